/** Beside the query: examples, the queries before, and what there is to ask about. */
import type { ReactElement } from "react";
import { useState } from "react";
import { sqlRows } from "../../client/api.js";
import { useLivePart } from "../../client/live.js";
import { useResource } from "../../client/resource.js";
import { identifier } from "../../client/sql-text.js";
import { Button, Toggle } from "../../ui/controls.js";
import { ago, count } from "../../ui/format.js";
import { Empty, Failure, Panel, Skeleton } from "../../ui/panel.js";
import type { Example } from "./examples.js";
import type { Asked } from "./history.js";
import styles from "./sql.module.css";

interface SideProps {
  readonly examples: readonly Example[];
  readonly history: readonly Asked[];
  readonly onChoose: (sql: string) => void;
  readonly onClear: () => void;
  readonly onInsert: (text: string) => void;
}

const LISTS = ["Examples", "History", "Tables"] as const;

export function SideLists(props: SideProps): ReactElement {
  const [list, setList] = useState<(typeof LISTS)[number]>("Examples");
  return (
    <Panel
      title={
        <span className={styles.lists}>
          {LISTS.map((name) => (
            <Toggle key={name} on={list === name} onChange={() => setList(name)}>
              {name}
            </Toggle>
          ))}
        </span>
      }
      scroll
      className={styles.side}
      actions={
        list === "History" && props.history.length > 0 ? (
          <Button look="quiet" onClick={props.onClear}>
            Forget
          </Button>
        ) : null
      }
    >
      {list === "Examples" ? (
        <Examples {...props} />
      ) : list === "History" ? (
        <History {...props} />
      ) : (
        <Tables onInsert={props.onInsert} />
      )}
    </Panel>
  );
}

function Examples({ examples, onChoose }: SideProps): ReactElement {
  if (examples.length === 0) return <Skeleton lines={5} />;
  return (
    <ul>
      {examples.map(({ title, sql }) => (
        <li key={title}>
          <button type="button" className={styles.entry} onClick={() => onChoose(sql)}>
            <span>{title}</span>
            <code className="clip quiet">{oneLine(sql)}</code>
          </button>
        </li>
      ))}
    </ul>
  );
}

function History({ history, onChoose }: SideProps): ReactElement {
  if (history.length === 0) return <Empty title="No queries yet">Those you run are kept here, in this browser.</Empty>;
  return (
    <ul>
      {history.map(({ sql, at, rows }) => (
        <li key={sql}>
          <button type="button" className={styles.entry} onClick={() => onChoose(sql)}>
            <code className="clip">{oneLine(sql)}</code>
            <span className="quiet">
              {ago(at, Date.now())}
              {rows === null ? "" : `, ${count(rows)} rows`}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Tables({ onInsert }: { readonly onInsert: (text: string) => void }): ReactElement {
  const names = useLivePart(({ numbers }) =>
    [...(numbers?.status.streams ?? []), ...(numbers?.status.views ?? [])].map(({ name }) => name).join(" "),
  );
  const [open, setOpen] = useState<string | null>(null);
  return (
    <ul>
      {names.split(" ").map((name) => (
        <li key={name}>
          <button
            type="button"
            className={styles.table}
            aria-expanded={open === name}
            onClick={() => setOpen(open === name ? null : name)}
          >
            {name}
          </button>
          {open === name ? <TableColumns table={name} onInsert={onInsert} /> : null}
        </li>
      ))}
    </ul>
  );
}

function TableColumns({
  table,
  onInsert,
}: {
  readonly table: string;
  readonly onInsert: (text: string) => void;
}): ReactElement {
  const { data, error, reload } = useResource(`describe ${table}`, (signal) =>
    sqlRows<{ column_name: string; column_type: string }>(`describe ${identifier(table)}`, signal),
  );
  if (error !== null) return <Failure error={error} retry={reload} />;
  if (data === undefined) return <Skeleton lines={4} />;
  return (
    <ul>
      {data.map(({ column_name, column_type }) => (
        <li key={column_name}>
          <button type="button" className={styles.column} onClick={() => onInsert(identifier(column_name))}>
            <code className="clip">{column_name}</code>
            <span className="quiet">{column_type.toLowerCase()}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function oneLine(sql: string): string {
  return sql.replace(/\s+/g, " ").slice(0, 200);
}
