/**
 * Alerts in groups, as people work on them: a rule on a host in an hour. Acknowledging is an event like others: it goes to
 * the group of its time.
 *
 *   alerts ----\
 *               union -> by rule, host, hour -> alert_groups -> open_alerts -> delivered
 *   acks ------/
 */
import type { SinkSpec, Stream } from "millrace";
import { appendTo, http, MillraceError, stream, syslog, t, tumble, union, webhook } from "millrace";

/** Somebody has seen to a group. `at`: any time within the group's hour; its `windowStart`, say. */
export const acks = stream(
  "acks",
  {
    at: t.timestamp(),
    rule: t.string(),
    host: t.string().optional(),
    by: t.string(),
    note: t.string().optional(),
  },
  { time: "at", idle: "5s", from: http({ path: "/ingest/acks" }) },
);

interface Alert {
  readonly at: number;
  readonly rule: string;
  readonly title: string;
  readonly level: string;
  readonly host: string | null;
  readonly silenced: string | null;
}

const GROUPED = {
  rule: t.string(),
  host: t.string().optional(),
  title: t.string().optional(),
  level: t.string().optional(),
  seen: t.timestamp().optional(),
  alert: t.int(),
  silenced: t.int(),
  acknowledgedBy: t.string().optional(),
  note: t.string().optional(),
};

export function groupsOf<A extends Alert>(alerts: Stream<A>) {
  const found = alerts
    .map((a) => ({
      rule: a.rule,
      host: a.host,
      title: a.title as string | null,
      level: a.level as string | null,
      seen: a.at as number | null,
      alert: 1,
      silenced: a.silenced === null ? 0 : 1,
      acknowledgedBy: null as string | null,
      note: null as string | null,
    }))
    .typed(GROUPED);
  const acknowledged = acks
    .map((a) => ({
      rule: a.rule,
      host: a.host,
      title: null as string | null,
      level: null as string | null,
      seen: null as number | null,
      alert: 0,
      silenced: 0,
      acknowledgedBy: a.by as string | null,
      note: a.note,
    }))
    .typed(GROUPED);
  const groups = union(found, acknowledged)
    .by("rule", "host")
    .window(tumble("1h"), { emit: "updates", late: { correct: "forever" } })
    .agg(
      (a) => ({
        title: a.last("title"),
        level: a.last("level"),
        alerts: a.sum("alert"),
        silenced: a.sum("silenced"),
        first: a.min("seen"),
        last: a.max("seen"),
        acknowledgedBy: a.last("acknowledgedBy"),
        note: a.last("note"),
      }),
      { name: "alert_groups" },
    );
  const open = groups.filter((g) => g.alerts > g.silenced && g.acknowledgedBy === null);
  return { groups: groups.view("alert_groups"), open: open.view("open_alerts") };
}

/** `http(s)://…` is a webhook, `udp://…` and `tcp://…` syslog, all else a file. */
export function sinkOf(target: string): SinkSpec {
  if (/^https?:/.test(target)) return webhook(target);
  if (/^(?:udp|tcp):/.test(target)) return syslog(target, { severity: "level" });
  if (/^\w+:\/\//.test(target))
    throw new MillraceError("USAGE", `"${target}" is nothing to deliver to`, {
      hint: "There are https://…, udp://host:514, tcp://host:601, and files.",
    });
  return appendTo(target);
}
