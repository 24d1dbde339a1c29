/** Readings to be queried: the plan itself does next to nothing with them. */
import { app, event, stream, t } from "millrace";

const Reading = event("reading", { at: t.timestamp(), key: t.int32(), value: t.float64() });

const outliers = stream("readings", Reading, { time: "at" })
  .filter((e) => e.key < 0)
  .stream("outliers");

export default app(import.meta, "kept-readings", [outliers]);
