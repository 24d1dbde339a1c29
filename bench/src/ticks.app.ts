/** The programs that engine benches run, chosen by the module's query: `?filter` or `?count`. */
import { app, stream, t, tumble } from "millrace";

const ticks = stream("ticks", { at: t.timestamp(), key: t.int32(), value: t.float64() }, { time: "at" });

const outputs = {
  "?filter": () =>
    ticks
      .filter((e) => e.value > 0.9999)
      .map((e) => ({ doubled: e.value * 2 }))
      .stream("out"),
  "?count": () =>
    ticks
      .by("key")
      .window(tumble("1h"))
      .agg((a) => ({ n: a.count() }))
      .view("out"),
};

const made = outputs[new URL(import.meta.url).search as keyof typeof outputs]();
export default app(import.meta, "ticks", [made]);
