/**
 * Alerts as people work on them: a rule on a host in an hour, until somebody acknowledges it. Rows of the view
 * "alert_groups", as the hunt application keeps them.
 */
import { getViewPage, postRow, sqlRows } from "../client/api.js";
import { contains, every } from "../client/sql-text.js";
import { epochMs, instantAt } from "../ui/format.js";

export const ALERT_GROUPS = "alert_groups";
export const OPEN_ALERTS = "open_alerts";
export const ACKS = "acks";

export interface AlertGroup {
  readonly rule: string;
  readonly host: string | null;
  /** The hour, event time, epoch ms; `to` is not included. */
  readonly from: number;
  readonly to: number;
  readonly title: string;
  readonly level: string;
  readonly alerts: number;
  /** So many of them a silence fits. */
  readonly silenced: number;
  readonly first: number;
  readonly last: number;
  readonly acknowledgedBy: string | null;
  readonly note: string | null;
}

export const GROUP_STATES = ["open", "acknowledged", "silenced"] as const;
export type GroupState = (typeof GROUP_STATES)[number];

const STATES: Readonly<Record<GroupState, string>> = {
  open: '"acknowledgedBy" is null and alerts > silenced',
  acknowledged: '"acknowledgedBy" is not null',
  silenced: '"acknowledgedBy" is null and alerts <= silenced',
};
/** Weights are those of the levels in `alert-queries.ts`. */
const WEIGHT = "case level when 'critical' then 5 when 'high' then 4 when 'medium' then 3 when 'low' then 2 else 1 end";
/** A list has no more: words or acknowledging make it shorter. */
export const GROUPS_MAX = 1000;

/** The gravest first, of a level the newest. */
export async function findAlertGroups(
  state: GroupState,
  text: string,
  signal: AbortSignal,
): Promise<readonly AlertGroup[]> {
  const words = text.split(/\s+/).filter((word) => word !== "");
  const condition = every([
    `(${STATES[state]})`,
    ...words.map(
      (word) => `(${["title", "host", "rule", "note"].map((column) => contains(column, word)).join(" or ")})`,
    ),
  ]);
  const rows = await sqlRows<Record<string, unknown>>(
    `select * from ${ALERT_GROUPS} where ${condition} order by ${WEIGHT} desc, "last" desc, rule, host limit ${GROUPS_MAX}`,
    signal,
  );
  return rows.map(alertGroupOf);
}

export async function countAlertGroups(signal: AbortSignal): Promise<Readonly<Record<GroupState, number>>> {
  const counts = GROUP_STATES.map((state) => `count(*) filter (where ${STATES[state]}) as ${state}`);
  const [row] = await sqlRows<Record<GroupState, unknown>>(`select ${counts.join(", ")} from ${ALERT_GROUPS}`, signal);
  return { open: Number(row?.open), acknowledged: Number(row?.acknowledged), silenced: Number(row?.silenced) };
}

/** The group of that key as it is now; null where there is none. */
export async function readAlertGroup({ rule, host, from }: GroupKey, signal: AbortSignal): Promise<AlertGroup | null> {
  const words = { rule, host: host ?? "", windowStart: new Date(from).toISOString() };
  const { rows } = await getViewPage(ALERT_GROUPS, words, 1, null, signal);
  return rows[0] === undefined ? null : alertGroupOf(rows[0]);
}

/** Somebody has seen to it: the group leaves the open ones once that is processed. */
export function acknowledge({ rule, host, from }: GroupKey, by: string, note: string): Promise<void> {
  const ack = { at: new Date(from).toISOString(), rule, by, ...(host === null ? {} : { host }) };
  return postRow(ACKS, note === "" ? ack : { ...ack, note });
}

export type GroupKey = Pick<AlertGroup, "rule" | "host" | "from">;

/** A group as one word of an address. */
export function groupWord({ rule, host, from }: GroupKey): string {
  return [from, rule, host ?? ""].join("|");
}

export function groupOfWord(word: string | null): GroupKey | null {
  const [from = "", rule = "", ...host] = (word ?? "").split("|");
  if (!/^\d{1,15}$/.test(from) || rule === "") return null;
  return { from: Number(from), rule, host: host.join("|") || null };
}

/** "2025-03-11 13:00" */
export function hourText(from: number): string {
  return instantAt(from)?.slice(0, 16) ?? "";
}

export function alertGroupOf(row: Readonly<Record<string, unknown>>): AlertGroup {
  const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
  return {
    rule: String(row.rule),
    host: text(row.host),
    from: epochMs(row.windowStart),
    to: epochMs(row.windowEnd),
    title: text(row.title) ?? String(row.rule),
    level: text(row.level) ?? "informational",
    alerts: Number(row.alerts),
    silenced: Number(row.silenced),
    first: epochMs(row.first),
    last: epochMs(row.last),
    acknowledgedBy: text(row.acknowledgedBy),
    note: text(row.note),
  };
}
