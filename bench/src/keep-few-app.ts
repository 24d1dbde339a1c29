/** Filter and map: 1 row in 100 is kept and published. */
import { app, event, stream, t } from "millrace";

const Reading = event("reading", { at: t.timestamp(), value: t.float64() });

const kept = stream("readings", Reading, { time: "at" })
  .filter((e) => e.value % 100 === 7)
  .map((e) => ({ value: e.value * 2 + 1 }))
  .stream("kept");

export default app(import.meta, "keep-few", [kept]);
