/** Hosts: what alerts say of each. */
import { sqlRows } from "../client/api.js";
import { epochMs } from "../ui/format.js";
import { ALERTS } from "./alerts.js";

export interface HostSummary {
  readonly host: string;
  readonly byLevel: ReadonlyMap<string, number>;
  readonly alerts: number;
  readonly rules: number;
  readonly techniques: number;
  readonly users: number;
  readonly first: number;
  readonly last: number;
}

const HOSTS_MAX = 5000;

/** The gravest first. */
export async function hostSummaries(head: number, signal: AbortSignal): Promise<readonly HostSummary[]> {
  const rows = await sqlRows<Record<string, unknown>>(
    `select host, count(*) as alerts, count(distinct rule) as rules, count(distinct "user") as users,
       len(list_distinct(flatten(list(coalesce(techniques, []))))) as techniques, min("at") as "first", max("at") as "last",
       count(*) filter (level = 'critical') as critical, count(*) filter (level = 'high') as high,
       count(*) filter (level = 'medium') as medium, count(*) filter (level = 'low') as low,
       count(*) filter (level not in ('critical', 'high', 'medium', 'low')) as informational
     from ${ALERTS} where host is not null and _offset < ${head}
     group by host order by critical desc, high desc, alerts desc limit ${HOSTS_MAX}`,
    signal,
  );
  return rows.map((row) => ({
    host: String(row.host),
    alerts: Number(row.alerts),
    rules: Number(row.rules),
    techniques: Number(row.techniques),
    users: Number(row.users),
    first: epochMs(row.first),
    last: epochMs(row.last),
    byLevel: new Map(
      ["critical", "high", "medium", "low", "informational"].map((level) => [level, Number(row[level] ?? 0)]),
    ),
  }));
}
