/** The ATT&CK matrix by what was seen: alerts counted under tactics and techniques. */
import { sqlRows } from "../client/api.js";
import { literal } from "../client/sql-text.js";
import { epochMs } from "../ui/format.js";
import { ALERTS, gravest } from "./alerts.js";
import { parentOf, TACTIC_ORDER, tacticsOf } from "./attack.js";

/** Alerts that name the same techniques and tactics, of one level. */
export interface Seen {
  readonly techniques: readonly string[];
  readonly tactics: readonly string[];
  readonly level: string;
  readonly alerts: number;
  readonly hosts: readonly string[];
  readonly rules: readonly string[];
  readonly first: number;
  readonly last: number;
}

const KINDS_MAX = 5000;

export async function seenTechniques(host: string | null, head: number, signal: AbortSignal): Promise<readonly Seen[]> {
  const rows = await sqlRows<Record<string, unknown>>(
    `select list_sort(coalesce(techniques, [])) as techniques, list_sort(coalesce(tactics, [])) as tactics, level, count(*) as alerts,
       list(distinct host)[:50] as hosts, list(distinct title)[:50] as rules, min("at") as "first", max("at") as "last"
     from ${ALERTS} where _offset < ${head} ${host === null ? "" : `and host = ${literal(host)}`}
     group by 1, 2, 3 limit ${KINDS_MAX}`,
    signal,
  );
  return rows.map((row) => ({
    techniques: texts(row.techniques),
    tactics: texts(row.tactics),
    level: String(row.level),
    alerts: Number(row.alerts),
    hosts: texts(row.hosts),
    rules: texts(row.rules),
    first: epochMs(row.first),
    last: epochMs(row.last),
  }));
}

export interface Cell {
  readonly technique: string;
  readonly alerts: number;
  readonly level: string;
  readonly hosts: readonly string[];
  readonly rules: readonly string[];
  readonly first: number;
  readonly last: number;
}

export interface TechniqueCell extends Cell {
  /** Sub-techniques that were named, without the technique itself. */
  readonly subs: readonly Cell[];
}

export interface TacticColumn {
  readonly tactic: string;
  readonly alerts: number;
  readonly cells: readonly TechniqueCell[];
}

/** Tactics in the matrix's order, those without anything seen left out; techniques with most alerts first. */
export function matrixOf(seen: readonly Seen[]): readonly TacticColumn[] {
  const columns = new Map<string, Map<string, Seen[]>>();
  for (const one of seen)
    for (const technique of one.techniques)
      for (const tactic of tacticsOf(technique, one.tactics, one.techniques)) {
        const column = columns.get(tactic) ?? new Map<string, Seen[]>();
        column.set(technique, [...(column.get(technique) ?? []), one]);
        columns.set(tactic, column);
      }
  const order = [...TACTIC_ORDER, ...[...columns.keys()].filter((tactic) => !TACTIC_ORDER.includes(tactic)).sort()];
  return order.flatMap((tactic) => {
    const column = columns.get(tactic);
    return column === undefined ? [] : [columnOf(tactic, column)];
  });
}

function columnOf(tactic: string, byTechnique: ReadonlyMap<string, readonly Seen[]>): TacticColumn {
  const parents = [...new Set([...byTechnique.keys()].map(parentOf))];
  const cells = parents.map((parent) => {
    const own = [...byTechnique].filter(([technique]) => parentOf(technique) === parent);
    const subs = own
      .filter(([technique]) => technique !== parent)
      .map(([technique, seen]) => cellOf(technique, seen))
      .sort(byAlerts);
    return { ...cellOf(parent, [...new Set(own.flatMap(([, seen]) => seen))]), subs };
  });
  const all = new Set([...byTechnique.values()].flat());
  return { tactic, alerts: [...all].reduce((sum, { alerts }) => sum + alerts, 0), cells: cells.sort(byAlerts) };
}

function cellOf(technique: string, seen: readonly Seen[]): Cell {
  return {
    technique,
    alerts: seen.reduce((sum, { alerts }) => sum + alerts, 0),
    level: gravest(seen.map(({ level }) => level)),
    hosts: [...new Set(seen.flatMap(({ hosts }) => hosts))].sort(),
    rules: [...new Set(seen.flatMap(({ rules }) => rules))].sort(),
    first: Math.min(...seen.map(({ first }) => first)),
    last: Math.max(...seen.map(({ last }) => last)),
  };
}

function byAlerts(a: Cell, b: Cell): number {
  return b.alerts - a.alerts || (a.technique < b.technique ? -1 : 1);
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
