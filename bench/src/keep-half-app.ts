/** Filter and map: about half of the rows are kept and published. */
import { app, event, stream, t } from "millrace";

const Reading = event("reading", { at: t.timestamp(), value: t.float64() });

const kept = stream("readings", Reading, { time: "at" })
  .filter((e) => e.value < 5000)
  .map((e) => ({ value: e.value * 2 + 1 }))
  .stream("kept");

export default app(import.meta, "keep-half", [kept]);
