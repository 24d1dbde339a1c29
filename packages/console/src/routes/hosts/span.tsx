/** The span of event time a host is looked at in: from the address, moved and stretched by keys. */
import type { ReactElement } from "react";
import { useMemo } from "react";
import { useKeys } from "../../app/keys.js";
import type { Place } from "../../app/place.js";
import { goQuery } from "../../app/place.js";
import { sqlRows } from "../../client/api.js";
import { useLivePart } from "../../client/live.js";
import { useResource } from "../../client/resource.js";
import { literal } from "../../client/sql-text.js";
import type { EventColumns } from "../../hunt/event-columns.js";
import { describeEvents } from "../../hunt/event-columns.js";
import type { Span } from "../../hunt/timeline.js";
import { AROUND_MS } from "../../hunt/ways.js";
import { Button } from "../../ui/controls.js";
import { epochMs, instantAt } from "../../ui/format.js";
import styles from "./hosts.module.css";

export interface Looked {
  readonly span: Span;
  readonly columns: EventColumns;
}

/** Null while it is not known. Without times in the address: around the host's alerts. */
export function useSpan(host: string, place: Place): { readonly looked: Looked | null; readonly error: unknown } {
  const { query } = place;
  const input = useLivePart(
    ({ numbers }) => numbers?.status.streams.find(({ kind }) => kind === "input")?.name ?? null,
  );
  const stream = query.get("s") ?? input;
  const given = timesIn(query);
  const columns = useResource(stream === null ? null : `columns of ${stream}`, (signal) =>
    describeEvents(stream as string, signal),
  );
  const found = useResource(given === null ? `times of ${host}` : null, async (signal) => {
    const [row] = await sqlRows<{ lo: string | null; hi: string | null }>(
      `select min("at") as lo, max("at") as hi from alerts where host = ${literal(host)}`,
      signal,
    );
    return row === undefined || row.lo === null
      ? null
      : { from: epochMs(row.lo) - AROUND_MS, to: epochMs(row.hi) + AROUND_MS };
  });
  const times = given ?? found.data ?? null;
  const { from, to } = times ?? { from: 0, to: 0 };
  const looked = useMemo(
    () =>
      stream === null || columns.data === undefined || (from === 0 && to === 0)
        ? null
        : { span: { stream, host, from, to }, columns: columns.data },
    [stream, host, from, to, columns.data],
  );
  return { looked, error: columns.error ?? found.error };
}

function timesIn(query: URLSearchParams): { from: number; to: number } | null {
  const [from, to, at] = ["from", "to", "at"].map((word) => Number(query.get(word) ?? Number.NaN)) as [
    number,
    number,
    number,
  ];
  if (!Number.isNaN(from) && !Number.isNaN(to) && to > from) return { from, to };
  return Number.isNaN(at) ? null : { from: at - 2 * AROUND_MS, to: at + 2 * AROUND_MS };
}

/** Earlier, later, wider, narrower. */
export function SpanControls({ span }: { readonly span: Span }): ReactElement {
  const { from, to } = span;
  const length = to - from;
  const move = (by: number): void => set(from + by * length, to + by * length);
  const stretch = (by: number): void => set(from - (by * length) / 2, to + (by * length) / 2);
  useKeys("Time", [
    { keys: "[", does: "Earlier", run: () => move(-0.5) },
    { keys: "]", does: "Later", run: () => move(0.5) },
    { keys: "-", does: "A longer span", run: () => stretch(1) },
    { keys: "+", does: "A shorter span", run: () => stretch(-0.5) },
  ]);
  return (
    <span className={styles.span}>
      <Button look="quiet" icon="left" aria-label="Earlier" title="Earlier ([)" onClick={() => move(-0.5)} />
      <span className={styles.times}>
        {instantAt(from)?.slice(0, 19)} to {instantAt(to)?.slice(sameDay(from, to) ? 11 : 0, 19)}
      </span>
      <Button look="quiet" icon="right" aria-label="Later" title="Later (])" onClick={() => move(0.5)} />
      <Button look="quiet" title="A longer span (-)" onClick={() => stretch(1)}>
        longer
      </Button>
      <Button look="quiet" title="A shorter span (+)" onClick={() => stretch(-0.5)}>
        shorter
      </Button>
    </span>
  );
}

function set(from: number, to: number): void {
  goQuery({ from: Math.round(from), to: Math.round(to), at: null });
}

function sameDay(a: number, b: number): boolean {
  return Math.floor(a / 86_400_000) === Math.floor(b / 86_400_000);
}
