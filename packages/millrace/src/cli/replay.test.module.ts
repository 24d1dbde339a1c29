/** A program whose rows may come without an event time, for tests of dead letters. */
import { app } from "../plan/app.js";
import { stream } from "../plan/define.js";
import { t } from "../schema/builder.js";

const readings = stream(
  "readings",
  { sensor: t.string(), rest: t.open() },
  { time: (e) => e.rest.number("when") as number, partitions: 2, partitionBy: ["sensor"] },
);
const perSensor = readings
  .by("sensor")
  .agg((a) => ({ readings: a.count() }), { keep: "forever" })
  .view("per_sensor");
/** Throws where there is no count. */
function half(count: bigint | null): number {
  return Number((count as bigint) * 1n) / 2;
}

const halves = readings.map((e) => ({ half: half(e.rest.int64("count")) })).stream("halves");

export default app(import.meta, "sensors", [perSensor, halves]);
