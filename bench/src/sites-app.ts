/** Each reading finds its sensor in a table; events and sum a minute for each site. */
import { app, event, stream, t, table, tumble } from "millrace";

const Reading = event("reading", { at: t.timestamp(), key: t.int32(), value: t.float64() });

const sensors = table("sensors", { sensor: t.int(), site: t.string(), factor: t.float64() }, { key: ["sensor"] });
const perSite = stream("readings", Reading, { time: "at" })
  .lookup(sensors, { on: { key: "sensor" } }, (e, s) => ({ site: s.site, value: e.value * s.factor }))
  .by("site")
  .window(tumble("1m"))
  .agg((a) => ({ events: a.count(), total: a.sum("value") }))
  .view("per_site");

export default app(import.meta, "sites", [perSite]);
