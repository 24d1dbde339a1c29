/** Alerts: rows of the stream "alerts", as the hunt application writes them. */
import type { StreamRowAnswer } from "millrace/client";
import { getRows } from "../client/api.js";
import { epochMs } from "../ui/format.js";

export const ALERTS = "alerts";

/** Where a row is in the log. */
export interface LogPlace {
  readonly stream: string;
  readonly partition: number;
  readonly offset: number;
}

export interface Alert {
  /** The alert's own place. */
  readonly place: LogPlace;
  /** Event time, epoch ms. */
  readonly at: number;
  readonly level: string;
  readonly title: string;
  readonly rule: string;
  readonly author: string;
  readonly techniques: readonly string[];
  readonly tactics: readonly string[];
  readonly host: string | null;
  readonly user: string | null;
  readonly process: string | null;
  /** The event it is about; null where the program does not say. */
  readonly event: LogPlace | null;
  /** Found by a rule that came after the event. */
  readonly retro: boolean;
  /** The silence that fits it; null: none. */
  readonly silenced: string | null;
}

export function alertOf({ partition, offset, row }: StreamRowAnswer): Alert {
  return alertFrom({ stream: ALERTS, partition, offset }, row);
}

/** From a row by column names; values are whatever they are. */
export function alertFrom(place: LogPlace, row: Readonly<Record<string, unknown>>): Alert {
  const { stream, partition, offset } = row;
  return {
    place,
    at: epochMs(row.at),
    level: textOf(row.level) ?? "informational",
    title: textOf(row.title) ?? textOf(row.rule) ?? "alert",
    rule: textOf(row.rule) ?? "",
    author: textOf(row.author) ?? "",
    techniques: textsOf(row.techniques),
    tactics: textsOf(row.tactics),
    host: textOf(row.host),
    user: textOf(row.user),
    process: textOf(row.process),
    event:
      typeof stream === "string" && Number.isInteger(Number(partition)) && Number.isInteger(Number(offset))
        ? { stream, partition: Number(partition), offset: Number(offset) }
        : null,
    retro: row.retro === true,
    silenced: textOf(row.silenced),
  };
}

/** Alerts of one rule on one host that follow one another. */
export interface AlertRun {
  readonly newest: Alert;
  readonly alerts: number;
}

/** Neighbours of one rule and host together: a storm is one line. */
export function foldRuns(alerts: readonly Alert[]): readonly AlertRun[] {
  const runs: AlertRun[] = [];
  for (const alert of alerts) {
    const last = runs.at(-1);
    if (last !== undefined && last.newest.rule === alert.rule && last.newest.host === alert.host)
      runs[runs.length - 1] = { ...last, alerts: last.alerts + 1 };
    else runs.push({ newest: alert, alerts: 1 });
  }
  return runs;
}

const BY_WEIGHT = ["critical", "high", "medium", "low", "informational"];

/** The gravest of some levels. */
export function gravest(levels: readonly string[]): string {
  return BY_WEIGHT.find((level) => levels.includes(level)) ?? "informational";
}

/** A host without its domain. */
export function shortHost(host: string | null): string {
  if (host === null) return "";
  return /^[\d.:]+$/.test(host) ? host : (host.split(".")[0] as string);
}

/** The newest first; `end` is the offset after the last. */
export async function newestAlerts(end: number, limit: number, signal: AbortSignal): Promise<readonly Alert[]> {
  if (end === 0) return [];
  const rows = await getRows(ALERTS, 0, Math.max(0, end - limit), limit, signal);
  return rows.map(alertOf).reverse();
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
