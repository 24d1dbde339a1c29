/**
 * Questions about alerts. `head` is the end that an answer stands at: alerts from that offset on are not in it, so that
 * pages of one list fit together while more alerts come.
 */
import { getRows, sqlRows } from "../client/api.js";
import { literal } from "../client/sql-text.js";
import { epochMs } from "../ui/format.js";
import type { AlertFilter } from "./alert-filter.js";
import { ALL_ALERTS, conditionBesideLevels, conditionOf } from "./alert-filter.js";
import type { Alert, LogPlace } from "./alerts.js";
import { ALERTS, alertFrom, alertOf } from "./alerts.js";

const COLUMNS =
  '_offset, "at", level, title, rule, author, techniques, tactics, host, "user", process, stream, "partition", "offset", retro, silenced';

/** Alerts by offset, ascending: alert k of the list has offset k; null where a mark has it. */
export async function alertsByOffset(
  from: number,
  limit: number,
  signal: AbortSignal,
): Promise<readonly (Alert | null)[]> {
  const rows = await getRows(ALERTS, 0, from, limit, signal);
  const last = rows.at(-1)?.offset ?? from - 1;
  const found = new Map(rows.map((row) => [row.offset, alertOf(row)]));
  return Array.from({ length: Math.min(limit, last - from + 1) }, (_, k) => found.get(from + k) ?? null);
}

/** The newest first, skipping `from`. */
export async function findAlerts(
  filter: AlertFilter,
  head: number,
  from: number,
  limit: number,
  signal: AbortSignal,
): Promise<readonly Alert[]> {
  const rows = await sqlRows<Record<string, unknown>>(
    `select ${COLUMNS} from ${ALERTS} where ${conditionOf(filter)} and _offset < ${head} order by _offset desc limit ${limit} offset ${from}`,
    signal,
  );
  return rows.map((row) => alertFrom({ stream: ALERTS, partition: 0, offset: Number(row._offset) }, row));
}

/** By level, of those that the rest of the filter leaves. */
export async function countLevels(
  filter: AlertFilter,
  head: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const rows = await sqlRows<{ level: string; n: number }>(
    `select level, count(*) as n from ${ALERTS} where ${conditionBesideLevels(filter)} and _offset < ${head} group by all`,
    signal,
  );
  return new Map(rows.map(({ level, n }) => [level, Number(n)]));
}

export interface Histogram {
  /** Epoch ms: the first alert's time, and the last's. */
  readonly from: number;
  readonly to: number;
  /** By bucket: numbers by level. */
  readonly buckets: readonly ReadonlyMap<string, number>[];
}

/** Alerts over event time, in as many buckets of one length; null when there are none. */
export async function alertHistogram(
  filter: AlertFilter,
  head: number,
  buckets: number,
  signal: AbortSignal,
): Promise<Histogram | null> {
  const rows = await sqlRows<{ b: number; level: string; n: number; lo: number; hi: number }>(
    `with found as (select epoch_ms("at") as t, level from ${ALERTS} where ${conditionOf(filter)} and _offset < ${head}),
     bounds as (select min(t) as lo, max(t) as hi from found)
     select least(${buckets - 1}, ${buckets} * (t - lo) // greatest(1, hi - lo)) as b, level, count(*) as n, any_value(lo) as lo, any_value(hi) as hi
     from found, bounds group by b, level`,
    signal,
  );
  const [first] = rows;
  if (first === undefined) return null;
  const made = Array.from({ length: buckets }, () => new Map<string, number>());
  for (const { b, level, n } of rows) made[Number(b)]?.set(level, Number(n));
  return { from: Number(first.lo), to: Number(first.hi), buckets: made };
}

export type GroupBy = "rule" | "host" | "time";

export interface AlertSum {
  /** What the group's alerts have in common: a rule's id, a host, or a time's beginning in epoch ms. */
  readonly key: string;
  readonly title: string;
  readonly level: string;
  readonly alerts: number;
  readonly hosts: number;
  readonly rules: number;
  readonly first: number;
  readonly last: number;
}

const SUMS_MAX = 1000;
const KEYS: Readonly<Record<GroupBy, readonly [key: string, title: string]>> = {
  rule: ["rule", "arg_max(title, _offset)"],
  host: ["coalesce(host, '')", "coalesce(any_value(host), 'no host')"],
  time: [
    'epoch_ms(time_bucket(interval 5 minutes, "at"))::varchar',
    'any_value(time_bucket(interval 5 minutes, "at"))::varchar',
  ],
};
const WEIGHT = "case level when 'critical' then 5 when 'high' then 4 when 'medium' then 3 when 'low' then 2 else 1 end";

/** The heaviest first; by time the newest first. */
export async function sumAlerts(
  filter: AlertFilter,
  head: number,
  by: GroupBy,
  signal: AbortSignal,
): Promise<readonly AlertSum[]> {
  const [key, title] = KEYS[by];
  const rows = await sqlRows<Record<string, unknown>>(
    `select ${key} as key, ${title} as title, arg_max(level, ${WEIGHT}) as level, max(${WEIGHT}) as weight, count(*) as alerts,
       count(distinct host) as hosts, count(distinct rule) as rules, min("at") as "first", max("at") as "last"
     from ${ALERTS} where ${conditionOf(filter)} and _offset < ${head}
     group by 1 order by ${by === "time" ? "key desc" : "weight desc, alerts desc"} limit ${SUMS_MAX}`,
    signal,
  );
  return rows.map((row) => ({
    key: String(row.key),
    title: String(row.title),
    level: String(row.level),
    alerts: Number(row.alerts),
    hosts: Number(row.hosts),
    rules: Number(row.rules),
    first: epochMs(row.first),
    last: epochMs(row.last),
  }));
}

/** Alerts about one event. */
export async function alertsOfEvent(
  { stream, partition, offset }: LogPlace,
  signal: AbortSignal,
): Promise<readonly Alert[]> {
  const rows = await sqlRows<Record<string, unknown>>(
    `select ${COLUMNS} from ${ALERTS} where stream = ${literal(stream)} and "partition" = ${partition} and "offset" = ${offset} order by _offset limit 200`,
    signal,
  );
  return rows.map((row) => alertFrom({ stream: ALERTS, partition: 0, offset: Number(row._offset) }, row));
}

/** Alerts of a host in a span of event time, the oldest first. */
export async function alertsOfHost(
  host: string,
  from: number,
  to: number,
  signal: AbortSignal,
): Promise<readonly Alert[]> {
  const filter: AlertFilter = { ...ALL_ALERTS, host, from, to };
  const rows = await sqlRows<Record<string, unknown>>(
    `select ${COLUMNS} from ${ALERTS} where ${conditionOf(filter)} order by "at", _offset limit 5000`,
    signal,
  );
  return rows.map((row) => alertFrom({ stream: ALERTS, partition: 0, offset: Number(row._offset) }, row));
}
