/**
 * The hunt application: security events in, alerts out.
 *
 *   windows -> match(sigma) -> alerts            one row for every rule an event satisfies
 *             -> match(silences)
 *                              alerts -> alerts_by_rule, alerts_by_host
 *                              alerts, acks -> alert_groups, open_alerts -> delivered
 *   windows -> events_by_host (a minute)
 */
import { app, http, stream, t, tumble } from "millrace";
import { groupsOf, sinkOf } from "./alert-groups.js";
import { hostOf, processOf, userOf } from "./entities.js";
import { eventTime } from "./event-time.js";
import { sigmaRules } from "./rules.js";
import { SecurityEvent } from "./security-event.js";
import { silenceRules } from "./silences.js";

const params = new URL(import.meta.url).searchParams;
const silences = silenceRules(params.get("silences") ?? "../silences");

export const windows = stream("windows", SecurityEvent, {
  time: (e) => eventTime(e.rest),
  delay: "10s",
  idle: "30s",
  from: http({ path: "/ingest/windows" }),
});

export const alerts = windows
  .match(sigmaRules(import.meta.url), (e, rule, place) => ({
    at: place.time,
    level: rule.level,
    title: rule.title,
    rule: rule.id,
    author: rule.author,
    techniques: rule.techniques,
    tactics: rule.tactics,
    host: hostOf(e.rest),
    user: userOf(e.rest),
    process: processOf(e.rest),
    file: e.file,
    line: e.line,
    stream: place.stream,
    partition: place.partition,
    offset: place.offset,
    retro: place.retro,
  }))
  // What calls functions of other modules is typed by trial; these are known better.
  .typed({
    at: t.timestamp(),
    level: t.string(),
    title: t.string(),
    rule: t.string(),
    author: t.string(),
    line: t.int().optional(),
    stream: t.string(),
    partition: t.int(),
    offset: t.int(),
    retro: t.bool(),
  })
  .match(silences, (a, silence) => ({ ...a, silenced: silence?.id ?? null }), { kind: "first" })
  .typed({ silenced: t.string().optional() })
  .stream("alerts");

const { groups, open } = groupsOf(alerts);

/** The same alerts, group by group, to those who should know: `?deliver=` of the module's URL, any number of them. */
const delivered = params
  .getAll("deliver")
  .map((target, k) => open.to(`deliver_${k + 1}`, sinkOf(target), { every: "1m" }));

export const alertsByRule = alerts
  .by("rule")
  .agg(
    (a) => ({
      title: a.last("title"),
      level: a.last("level"),
      alerts: a.count(),
      hosts: a.countDistinct("host"),
      first: a.min("at"),
      last: a.max("at"),
    }),
    {
      keep: "forever",
    },
  )
  .view("alerts_by_rule");

export const alertsByHost = alerts
  .by("host", "level")
  .agg((a) => ({ alerts: a.count(), rules: a.countDistinct("rule"), first: a.min("at"), last: a.max("at") }), {
    keep: "forever",
  })
  .view("alerts_by_host");

export const eventsByHost = windows
  .with((e) => ({ host: hostOf(e.rest) }))
  .typed({ host: t.string().optional() })
  .by("host")
  .window(tumble("1m"), { emit: "updates", late: { correct: "forever" } })
  .agg((a) => ({ events: a.count() }))
  .view("events_by_host");

export default app(import.meta, "hunt", [alerts, groups, open, alertsByRule, alertsByHost, eventsByHost, ...delivered]);
