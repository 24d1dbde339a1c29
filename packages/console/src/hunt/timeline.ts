/** What happened on a host in a span of event time. */
import { sqlRows } from "../client/api.js";
import { every, identifier, literal, timestamp } from "../client/sql-text.js";
import { hasWords } from "../client/stream-rows.js";
import { epochMs } from "../ui/format.js";
import type { LogPlace } from "./alerts.js";
import type { EventColumns } from "./event-columns.js";
import { attribute, hostIs, searchedAttributes, summaryColumns } from "./event-columns.js";
import type { EventCategory } from "./event-names.js";
import { eventName } from "./event-names.js";
import type { SecurityEvent } from "./security-event.js";
import { attributesOf, NAMES, readEvent } from "./security-event.js";

export interface Span {
  readonly stream: string;
  readonly host: string;
  /** Epoch ms; `to` is not included. */
  readonly from: number;
  readonly to: number;
}

export interface TimelineFilter {
  /** Empty: all. */
  readonly categories: readonly EventCategory[];
  readonly text: string;
}

/** Events of one log and number. */
export interface EventKind {
  readonly id: number;
  readonly channel: string;
  readonly category: EventCategory;
  readonly events: number;
}

export interface TimelineEvent extends SecurityEvent {
  readonly place: LogPlace;
  /** Event time, epoch ms. */
  readonly at: number;
}

function conditionOf(span: Span, columns: EventColumns): string {
  const time = identifier(columns.time);
  return every([`${time} >= ${timestamp(span.from)}`, `${time} < ${timestamp(span.to)}`, hostIs(columns, span.host)]);
}

/** What kinds there are, and how many of each: categories are chosen by these. */
export async function eventKinds(
  span: Span,
  columns: EventColumns,
  signal: AbortSignal,
): Promise<readonly EventKind[]> {
  const rows = await sqlRows<{ id: string | null; channel: string | null; n: number }>(
    `select ${attribute(columns, ...NAMES.id)} as id, ${attribute(columns, ...NAMES.channel)} as channel, count(*) as n
     from ${identifier(span.stream)} where ${conditionOf(span, columns)} group by 1, 2`,
    signal,
  );
  return rows.map(({ id, channel, n }) => ({
    id: Number(id),
    channel: channel ?? "",
    category: eventName(Number(id), channel ?? "").category,
    events: Number(n),
  }));
}

/** The condition that leaves the kinds of some categories, and events with some words. */
export function narrowed(filter: TimelineFilter, kinds: readonly EventKind[], columns: EventColumns): string {
  const { categories, text } = filter;
  const wanted = kinds.filter(({ category }) => categories.includes(category));
  const id = attribute(columns, ...NAMES.id);
  const channel = attribute(columns, ...NAMES.channel);
  const pairs = wanted.map((kind) => `(${id} = '${kind.id}' and coalesce(${channel}, '') = ${literal(kind.channel)})`);
  return every([
    categories.length === 0 ? null : pairs.length === 0 ? "false" : `(${pairs.join(" or ")})`,
    hasWords(text, searchedAttributes(columns)),
  ]);
}

export async function countEvents(
  span: Span,
  columns: EventColumns,
  also: string,
  signal: AbortSignal,
): Promise<number> {
  const rows = await sqlRows<{ n: number }>(
    `select count(*) as n from ${identifier(span.stream)} where ${conditionOf(span, columns)} and ${also}`,
    signal,
  );
  return Number(rows[0]?.n ?? 0);
}

/** How many of the list come before the event at a place; null where it is not in the span. */
export async function positionOf(
  span: Span,
  columns: EventColumns,
  also: string,
  { partition, offset }: LogPlace,
  signal: AbortSignal,
): Promise<number | null> {
  const time = identifier(columns.time);
  const from = identifier(span.stream);
  const rows = await sqlRows<{ n: number; here: number }>(
    `with event as (select ${time} as t from ${from} where _partition = ${partition} and _offset = ${offset})
     select count(*) filter ((${time}, _partition, _offset) < (event.t, ${partition}, ${offset})) as n,
       count(*) filter (_partition = ${partition} and _offset = ${offset}) as here
     from ${from}, event where ${conditionOf(span, columns)} and ${also}`,
    signal,
  );
  return Number(rows[0]?.here ?? 0) === 0 ? null : Number(rows[0]?.n);
}

/** In order of event time, skipping `skip`. */
export async function eventsOf(
  span: Span,
  columns: EventColumns,
  also: string,
  skip: number,
  limit: number,
  signal: AbortSignal,
): Promise<readonly TimelineEvent[]> {
  const time = identifier(columns.time);
  const rows = await sqlRows<Record<string, unknown>>(
    `select _partition, _offset, ${time} as _time, ${summaryColumns(columns)}
     from ${identifier(span.stream)} where ${conditionOf(span, columns)} and ${also}
     order by ${time}, _partition, _offset limit ${limit} offset ${skip}`,
    signal,
  );
  return rows.map((row) => ({
    ...readEvent(attributesOf(row)),
    place: { stream: span.stream, partition: Number(row._partition), offset: Number(row._offset) },
    at: epochMs(row._time),
  }));
}

/** By bucket of the span: events by category. */
export async function eventTimes(
  span: Span,
  columns: EventColumns,
  also: string,
  buckets: number,
  signal: AbortSignal,
): Promise<readonly ReadonlyMap<EventCategory, number>[]> {
  const rows = await sqlRows<{ b: number; id: string | null; channel: string | null; n: number }>(
    `select ${buckets} * (epoch_ms(${identifier(columns.time)}) - ${span.from}) // ${Math.max(1, span.to - span.from)} as b,
       ${attribute(columns, ...NAMES.id)} as id, ${attribute(columns, ...NAMES.channel)} as channel, count(*) as n
     from ${identifier(span.stream)} where ${conditionOf(span, columns)} and ${also} group by 1, 2, 3`,
    signal,
  );
  const made = Array.from({ length: buckets }, () => new Map<EventCategory, number>());
  for (const { b, id, channel, n } of rows) {
    const bucket = made[Math.min(buckets - 1, Math.max(0, Number(b)))];
    const { category } = eventName(Number(id), channel ?? "");
    bucket?.set(category, (bucket.get(category) ?? 0) + Number(n));
  }
  return made;
}
