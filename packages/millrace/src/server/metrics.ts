/** Prometheus metrics, read from the program's status when they are asked for. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Runtime, Status } from "../engine/runtime.js";

export interface Metrics {
  readonly registry: Registry;
  readonly requests: Counter<"method" | "route" | "status">;
  text(): Promise<string>;
}

export function openMetrics(runtime: Runtime): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> => new Gauge({ name, help, labelNames, registers });
  const rows = gauge("millrace_stream_rows", "Rows of a stream: processed of an input, written of an output", ["stream", "kind"]);
  const late = gauge("millrace_late_rows", "Rows behind their own partition's watermark", ["stream"]);
  const watermark = gauge("millrace_watermark_seconds", "Watermark of a partition, seconds since the epoch", ["stream", "partition"]);
  const lag = gauge("millrace_lag_rows", "Offsets that wait to be processed", []);
  const epoch = gauge("millrace_epoch", "Epochs committed", []);
  const dead = gauge("millrace_dead_letters", "Rows that could not be taken", []);
  const views = gauge("millrace_view_rows", "Rows of a view", ["view"]);
  const requests = new Counter({ name: "millrace_http_requests_total", help: "Answered requests", labelNames: ["method", "route", "status"], registers });
  const commits = new Histogram({ name: "millrace_commit_interval_seconds", help: "Time between commits while there is work", buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5], registers });
  let last = Number.NaN;
  runtime.engine.onCommit(({ at }) => {
    if (!Number.isNaN(last)) commits.observe((at - last) / 1000);
    last = at;
  });
  const fill = (status: Status): void => {
    lag.set(status.lag);
    epoch.set(status.epoch);
    dead.set(status.deadLetters);
    for (const { name, rows: n } of status.views) views.set({ view: name }, n);
    for (const stream of status.streams) {
      rows.set({ stream: stream.name, kind: stream.kind }, stream.rows);
      late.set({ stream: stream.name }, stream.late);
      for (const { partition, watermark: at } of stream.partitions)
        if (at !== null) watermark.set({ stream: stream.name, partition: String(partition) }, at / 1000);
    }
  };
  return {
    registry,
    requests,
    text() {
      fill(runtime.status());
      return registry.metrics();
    },
  };
}
