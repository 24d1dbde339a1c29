/** Rows of one stream, the newest first: by offset, or those that satisfy a condition; one of them whole beside. */
import type { StreamStatus } from "millrace/client";
import type { ReactElement, ReactNode } from "react";
import { useEffect, useMemo, useState } from "react";
import { FilterField } from "../../app/filter-field.js";
import { useKeys } from "../../app/keys.js";
import type { Place } from "../../app/place.js";
import { goQuery } from "../../app/place.js";
import { told } from "../../client/http.js";
import { usePages } from "../../client/pages.js";
import type { SchemaColumn } from "../../client/program-schema.js";
import { getProgramSchema } from "../../client/program-schema.js";
import { useResource } from "../../client/resource.js";
import { identifier } from "../../client/sql-text.js";
import type { SearchColumns } from "../../client/stream-rows.js";
import { declaredSearch, FOUND_MAX, findRows, LISTED_MAX, newestFirst } from "../../client/stream-rows.js";
import type { EventColumns } from "../../hunt/event-columns.js";
import { describeEvents, searchedAttributes, summaryColumns } from "../../hunt/event-columns.js";
import { securityAttributes } from "../../hunt/security-event.js";
import { Button, classes } from "../../ui/controls.js";
import { DataGrid } from "../../ui/data-grid.js";
import { count, counted } from "../../ui/format.js";
import { Empty, Failure, Panel } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import type { ListedRow } from "./row-columns.js";
import { rowColumns } from "./row-columns.js";
import { RowDetail } from "./row-detail.js";
import styles from "./streams.module.css";

export interface StreamProps {
  readonly stream: StreamStatus;
  readonly tabs: ReactNode;
  readonly place: Place;
}

interface Listed {
  readonly count: number;
  readonly row: (index: number) => ListedRow | undefined;
  readonly note: string;
  readonly asEvents: boolean;
  readonly error: unknown;
  readonly retry: () => void;
  /** Names the list: another one begins at its top. */
  readonly key: string;
}

export function StreamRows({ stream, tabs, place }: StreamProps): ReactElement {
  const { query } = place;
  const typed = query.get("q") ?? "";
  const partition = Math.min(Number(query.get("p") ?? 0) || 0, stream.partitions.length - 1);
  const schema = useResource("schema", getProgramSchema).data?.get(`stream_${stream.name}`) ?? NO_COLUMNS;
  const byOffset = useOffsets(stream, partition, query.get("to"));
  const found = useFound(stream.name, schema, typed);
  const listed = found ?? byOffset;
  const columns = useMemo(() => rowColumns(schema, listed.asEvents), [schema, listed.asEvents]);
  const [selected, setSelected] = useState(-1);
  const chosen = selected >= 0 ? listed.row(selected) : undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list has other rows
  useEffect(() => setSelected(-1), [listed.key]);
  useKeys(
    "Rows",
    chosen === undefined ? NO_KEYS : [{ keys: "Esc", does: "Close the row", run: () => setSelected(-1) }],
  );
  return (
    <>
      <Panel
        title={stream.name}
        note={listed.note}
        tabs={tabs}
        className={split.main}
        actions={
          <>
            <FilterField
              label="Filter rows: words, or a SQL condition"
              placeholder="words, or EventID = 1 and …"
              className={styles.filter}
              text={typed}
              onFilter={filterBy}
            />
            <Offsets stream={stream} partition={partition} />
          </>
        }
      >
        {listed.error === null ? (
          <DataGrid
            label={`Rows of ${stream.name}`}
            columns={columns}
            count={listed.count}
            row={listed.row}
            selected={selected}
            onSelect={setSelected}
            primary
            listKey={listed.key}
            minWidth={720}
            empty={<NoRows filtered={typed !== ""} />}
          />
        ) : found === null ? (
          <Failure error={listed.error} retry={listed.retry} />
        ) : (
          <p className={styles.wrong} role="alert">
            {told(listed.error).message}
          </p>
        )}
      </Panel>
      {chosen === undefined || chosen.row === null ? null : (
        <RowDetail
          key={`${chosen.place.partition}/${chosen.place.offset}`}
          listed={chosen}
          onClose={() => setSelected(-1)}
        />
      )}
    </>
  );
}

function NoRows({ filtered }: { readonly filtered: boolean }): ReactElement {
  return filtered ? (
    <Empty title="No row satisfies that">Words are looked for in text columns; or write a SQL condition.</Empty>
  ) : (
    <Empty title="No rows yet">Rows appear here once they are committed.</Empty>
  );
}

const NO_COLUMNS: readonly SchemaColumn[] = [];
const NO_KEYS: readonly [] = [];

/** The list by offset. Its end stays where it is while one reads; it moves on when another list is chosen. */
function useOffsets(stream: StreamStatus, partition: number, to: string | null): Listed {
  const status = stream.partitions[partition];
  const [held, setHeld] = useState<{ key: string; end: number } | null>(null);
  const key = `${stream.name}/${partition}/${to ?? ""}`;
  const newest = status?.end ?? 0;
  const start = status?.start ?? 0;
  const wanted = to === null ? newest : Math.min(newest, Math.max(start, Number(to) + 1 || newest));
  const end = held?.key === key ? held.end : wanted;
  useEffect(() => {
    if (held?.key !== key || (held.end === 0 && wanted > 0)) setHeld({ key, end: wanted });
  }, [held, key, wanted]);
  const total = Math.min(LISTED_MAX, Math.max(0, end - start));
  const pages = usePages(`${key}@${end}`, async (from, limit, signal) =>
    total === 0 ? [] : newestFirst(stream.name, partition, end, from, Math.min(limit, total - from), signal),
  );
  const row = (index: number): ListedRow | undefined => {
    const found = pages.row(index);
    if (found === undefined) return undefined;
    return {
      place: { stream: stream.name, partition, offset: found.offset },
      row: found.row,
      event: found.row === null ? null : securityAttributes(found.row),
    };
  };
  const asEvents = total > 0 && (row(0)?.event ?? null) !== null;
  const fresh = newest - end;
  const note = `${counted(total, "row")}${total < end - start ? ` of ${count(end - start)}` : ""}${fresh > 0 && to === null ? `, ${count(fresh)} newer` : ""}`;
  return { count: total, row, note, asEvents, error: pages.error, retry: () => pages.retry(), key: `${key}@${end}` };
}

/** What was typed, once it has been found; null while nothing is typed. */
function useFound(stream: string, schema: readonly SchemaColumn[], typed: string): Listed | null {
  const open = schema.some(({ kind }) => kind === "open");
  const attributes = useResource(typed !== "" && open ? `columns of ${stream}` : null, (signal) =>
    describeEvents(stream, signal),
  );
  const ready = typed !== "" && schema.length > 0 && (!open || attributes.data !== undefined);
  const result = useResource(
    ready ? `${stream} ${typed}` : null,
    (signal) => {
      const declared = declaredSearch(schema);
      const search = attributes.data === undefined ? declared : eventSearch(attributes.data, declared);
      return findRows(stream, search, typed, signal);
    },
    { keep: true },
  );
  const rows = useMemo(() => {
    const { columns, rows: values } = result.data ?? { columns: [], rows: [] };
    return values.map((row) => {
      const named = Object.fromEntries(columns.map(({ name }, k) => [name, row[k]]));
      const place = { stream, partition: Number(named._partition), offset: Number(named._offset) };
      return { place, row: named, event: open ? named : null };
    });
  }, [result.data, stream, open]);
  if (typed === "") return null;
  return {
    count: rows.length,
    row: (index) => rows[index],
    note: result.loading
      ? "looking …"
      : `${counted(rows.length, "row")}${rows.length === FOUND_MAX ? ", the newest" : ""}`,
    asEvents: open,
    error: result.error ?? attributes.error,
    retry: result.reload,
    key: `${stream} ${typed}`,
  };
}

/** Events are found by what their summaries say. */
function eventSearch(columns: EventColumns, declared: SearchColumns): SearchColumns {
  const attributes = summaryColumns(columns);
  return {
    fetched: [`${identifier(columns.time)} as "$time"`, ...(attributes === "" ? declared.fetched : [attributes])],
    searched: [...declared.searched, ...searchedAttributes(columns)],
  };
}

function filterBy(text: string): void {
  goQuery({ q: text });
}

function Offsets({ stream, partition }: { readonly stream: StreamStatus; readonly partition: number }): ReactElement {
  return (
    <>
      {stream.partitions.length > 1 ? (
        <label className={styles.offset}>
          partition
          <select value={partition} onChange={(event) => goQuery({ p: event.target.value, to: null })}>
            {stream.partitions.map((one) => (
              <option key={one.partition} value={one.partition}>
                {one.partition}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      <form
        className={classes(styles.offset)}
        onSubmit={(event) => {
          event.preventDefault();
          const value = String(new FormData(event.currentTarget).get("to") ?? "");
          goQuery({ to: /^\d+$/.test(value) ? value : null, q: null });
        }}
      >
        <label className={styles.offset}>
          from
          <input name="to" inputMode="numeric" placeholder="newest" aria-label="From this offset downwards" />
        </label>
        <Button type="submit" look="quiet" title="Read from the newest row again, or from this offset">
          Read
        </Button>
      </form>
    </>
  );
}
