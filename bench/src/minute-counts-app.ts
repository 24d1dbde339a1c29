/** Events a minute for each key. */
import { app, event, stream, t, tumble } from "millrace";

const Reading = event("reading", { at: t.timestamp(), key: t.int32() });

const perMinute = stream("readings", Reading, { time: "at", delay: "10m" })
  .by("key")
  .window(tumble("1m"))
  .agg((a) => ({ events: a.count() }))
  .view("per_minute");

export default app(import.meta, "minute-counts", [perMinute]);
