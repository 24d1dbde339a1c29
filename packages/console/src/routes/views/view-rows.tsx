/** The rows of one view as they are now: by key, or a part of the key. */
import type { ColumnAnswer, ViewAnswer } from "millrace/client";
import type { ReactElement } from "react";
import { useEffect, useMemo, useState } from "react";
import { useKeys } from "../../app/keys.js";
import type { Place } from "../../app/place.js";
import { goQuery, link } from "../../app/place.js";
import type { Row } from "../../client/api.js";
import { useLivePart } from "../../client/live.js";
import { identifier } from "../../client/sql-text.js";
import { HELD_MAX, useViewRows } from "../../client/view-rows.js";
import { Button, classes, LevelMark, LinkButton } from "../../ui/controls.js";
import type { Column } from "../../ui/data-grid.js";
import { DataGrid } from "../../ui/data-grid.js";
import { Fields, fieldsOf } from "../../ui/fields.js";
import { cellText, count, counted, instant } from "../../ui/format.js";
import { Empty, Failure, Panel } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import styles from "./views.module.css";

interface ViewRowsProps {
  readonly view: ViewAnswer;
  readonly views: readonly ViewAnswer[];
  readonly place: Place;
}

export function ViewRows({ view, views, place }: ViewRowsProps): ReactElement {
  const { name, key } = view;
  const given = useMemo(() => givenKey(view, place.query), [view, place.query]);
  const epoch = useLivePart(({ numbers }) => numbers?.status.epoch ?? 0);
  const total = useLivePart(({ numbers }) => numbers?.status.views.find((one) => one.name === name)?.rows ?? 0);
  const { rows, more, loaded, error, loadMore, retry } = useViewRows(name, given, epoch);
  const columns = useMemo(() => columnsOf(view), [view]);
  const [selected, setSelected] = useState(-1);
  const whole = Object.keys(given).length === 0;
  const shown = whole ? Math.min(Math.max(total, rows.length), more ? total : rows.length) : rows.length;
  const chosen = selected >= 0 ? rows[selected] : undefined;
  useKeys("View", chosen === undefined ? [] : [{ keys: "Esc", does: "Close the row", run: () => setSelected(-1) }]);
  const asSql = `select *\nfrom ${identifier(name)}\nlimit 1000`;
  return (
    <div className={split.split}>
      <ViewList views={views} current={name} />
      <Panel
        title={name}
        note={`${counted(whole ? total : rows.length, "row")}, one for each ${key.join(", ")}`}
        className={split.main}
        actions={
          <>
            <KeyFields view={view} given={given} />
            <LinkButton href={link(["sql"], { q: asSql })} icon="sql">
              Ask in SQL
            </LinkButton>
          </>
        }
      >
        {error !== null ? (
          <Failure error={error} retry={retry} />
        ) : (
          <DataGrid
            label={`Rows of ${name}`}
            columns={columns}
            count={loaded ? Math.min(shown, HELD_MAX) : Math.min(total, 40)}
            row={(index) => {
              if (index >= rows.length - 40 && more) queueMicrotask(loadMore);
              return rows[index];
            }}
            selected={selected}
            onSelect={setSelected}
            primary
            listKey={JSON.stringify(given)}
            minWidth={600}
            empty={loaded ? <Empty title={whole ? "The view is empty" : "No row has that key"} /> : null}
          />
        )}
        {total > HELD_MAX && whole ? (
          <p className={styles.bound}>
            The first {count(HELD_MAX)} of {count(total)} rows by key; give a part of the key, or ask in SQL.
          </p>
        ) : null}
      </Panel>
      {chosen === undefined ? null : (
        <Panel
          title={text(chosen, key)}
          scroll
          className={split.side}
          actions={<Button look="quiet" icon="close" aria-label="Close" onClick={() => setSelected(-1)} />}
        >
          <Fields fields={fieldsOf(chosen)} />
        </Panel>
      )}
    </div>
  );
}

function ViewList({
  views,
  current,
}: {
  readonly views: readonly ViewAnswer[];
  readonly current: string;
}): ReactElement {
  return (
    <Panel title="Views" scroll className={classes(split.list, styles.list)}>
      <ul>
        {views.map(({ name }) => (
          <li key={name}>
            <a
              className={styles.item}
              href={link(["views", name])}
              aria-current={name === current ? "page" : undefined}
            >
              <span className="clip">{name}</span>
            </a>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function text(row: Row, key: readonly string[]): string {
  return key.map((column) => cellText(row[column])).join(", ");
}

/** Words of the address that are key columns, from the first on without a gap. */
function givenKey({ key }: ViewAnswer, query: URLSearchParams): Readonly<Record<string, string>> {
  const given: Record<string, string> = {};
  for (const column of key) {
    const value = query.get(`key.${column}`);
    if (value === null) break;
    given[`key.${column}`] = value;
  }
  return given;
}

function KeyFields({
  view,
  given,
}: {
  readonly view: ViewAnswer;
  readonly given: Readonly<Record<string, string>>;
}): ReactElement {
  const open = view.key.slice(0, Object.keys(given).length + 1);
  return (
    <>
      {open.map((column) => (
        <KeyField
          key={`${column} ${given[`key.${column}`] ?? ""}`}
          column={column}
          value={given[`key.${column}`] ?? ""}
          view={view}
        />
      ))}
    </>
  );
}

function KeyField({
  column,
  value,
  view,
}: {
  readonly column: string;
  readonly value: string;
  readonly view: ViewAnswer;
}): ReactElement {
  const [typed, setTyped] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => {
      if (typed === value) return;
      // What follows in the key means nothing without what comes before.
      const after = view.key.slice(view.key.indexOf(column) + 1).map((later) => [`key.${later}`, null] as const);
      goQuery({ ...Object.fromEntries(after), [`key.${column}`]: typed === "" ? null : typed });
    }, 400);
    return () => clearTimeout(timer);
  }, [typed, value, column, view]);
  return (
    <label className={styles.key}>
      {column}
      <input value={typed} onChange={(event) => setTyped(event.target.value)} spellCheck={false} autoComplete="off" />
    </label>
  );
}

function columnsOf({ row, key }: ViewAnswer): readonly Column<Row>[] {
  return Object.entries(row.properties).map(([name, schema]) => {
    const kind = schema["x-millrace"];
    const number = ["int", "int32", "int64", "float64", "decimal"].includes(kind);
    return {
      id: name,
      title: key.includes(name) ? `${name} (key)` : name,
      width: widthOf(kind, name),
      end: number,
      cell: (value: Row) => shownValue(value[name], name, schema),
    };
  });
}

function widthOf(kind: string, name: string): string {
  if (kind === "timestamp") return "160px";
  if (name === "level") return "96px";
  return ["int", "int32", "int64", "float64", "decimal"].includes(kind) ? "minmax(80px, 120px)" : "minmax(120px, 1fr)";
}

function shownValue(value: unknown, name: string, schema: ColumnAnswer): React.ReactNode {
  if (value === null || value === undefined) return <span className="quiet">null</span>;
  if (name === "level") return <LevelMark level={value} />;
  const kind = schema["x-millrace"];
  if (kind === "timestamp") return instant(value)?.slice(0, 19) ?? "";
  if ((kind === "int" || kind === "int32") && typeof value === "number") return count(value);
  return cellText(value);
}
