/** Count and sum a minute for each key. */
import { app, event, stream, t, tumble } from "millrace";

const Reading = event("reading", { at: t.timestamp(), key: t.int32(), value: t.float64() });

const perMinute = stream("readings", Reading, { time: "at" })
  .by("key")
  .window(tumble("1m"))
  .agg((a) => ({ events: a.count(), total: a.sum("value") }))
  .view("per_minute");

export default app(import.meta, "minute-sums", [perMinute]);
