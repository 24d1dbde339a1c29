/** Prometheus metrics. What the program counts itself is read from its status when it is asked for. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Clock } from "../base/clock.js";
import { TIME_MAX } from "../base/time.js";
import type { Runtime } from "../engine/runtime.js";
import type { Status } from "../engine/status.js";

export interface Metrics {
  readonly contentType: string;
  readonly requests: Counter<"method" | "route" | "status">;
  readonly seconds: Histogram<"route">;
  text(): Promise<string>;
  close(): void;
}

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export function openMetrics(runtime: Runtime, clock: Clock): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const fill = statusMetrics(registry, clock);
  const epochSeconds = new Histogram({
    name: "millrace_epoch_seconds",
    help: "From when an epoch's first work was there, or the epoch before was committed, to its commit",
    buckets: SECONDS,
    registers,
  });
  const stop = watchEpochs(runtime, clock, (seconds) => epochSeconds.observe(seconds));
  return {
    contentType: registry.contentType,
    requests: new Counter({
      name: "millrace_http_requests_total",
      help: "Answered requests",
      labelNames: ["method", "route", "status"],
      registers,
    }),
    seconds: new Histogram({
      name: "millrace_http_request_seconds",
      help: "Time to answer",
      labelNames: ["route"],
      buckets: SECONDS,
      registers,
    }),
    text() {
      fill(runtime.status());
      return registry.metrics();
    },
    close() {
      stop();
      registry.clear();
    },
  };
}

function watchEpochs(runtime: Runtime, clock: Clock, observe: (seconds: number) => void): () => void {
  let since: number | null = null;
  const stopAppends = runtime.log.onAppend(() => {
    since ??= clock.now();
  });
  const stopCommits = runtime.engine.onCommit(() => {
    const now = clock.now();
    if (since !== null) observe((now - since) / 1000);
    since = runtime.engine.lag() > 0 ? now : null;
  });
  return () => {
    stopAppends();
    stopCommits();
  };
}

/** Totals are counters that are set: the program counts them durably, over restarts. */
function statusMetrics(registry: Registry, clock: Clock): (status: Status) => void {
  const registers = [registry];
  const total = <L extends string>(name: string, help: string, ...labelNames: L[]): Counter<L> =>
    new Counter({ name, help, labelNames, registers });
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]): Gauge<L> =>
    new Gauge({ name, help, labelNames, registers });
  const rows = total(
    "millrace_rows_total",
    "Rows of a stream: processed of an input, written of an output",
    "stream",
    "kind",
  );
  const late = total("millrace_late_rows_total", "Rows behind their own partition's watermark", "stream");
  const dead = total("millrace_dead_letters_total", "Rows that could not be taken");
  const epochs = total("millrace_epochs_total", "Epochs committed");
  const lag = gauge("millrace_lag_rows", "Offsets that wait to be processed");
  const partitionLag = gauge("millrace_partition_lag_rows", "Offsets of a partition that wait", "stream", "partition");
  const watermark = gauge(
    "millrace_watermark_lag_seconds",
    "How far a partition's watermark is behind the clock",
    "stream",
    "partition",
  );
  const views = gauge("millrace_view_rows", "Rows of a view", "view");
  const ready = gauge("millrace_ready", "1 when the program runs");
  const failures = total("millrace_upkeep_failures_total", "Failures beside the processing, tried again", "work");
  const failing = gauge("millrace_upkeep_failing", "1 while work beside the processing fails", "work");
  return (status) => {
    for (const metric of [rows, late, dead, epochs, failures]) metric.reset();
    for (const { work, failures: n, since } of status.troubles) {
      failures.inc({ work }, n);
      failing.set({ work }, since === null ? 0 : 1);
    }
    dead.inc(status.deadLetters);
    epochs.inc(status.epoch);
    lag.set(status.lag);
    ready.set(status.ready ? 1 : 0);
    for (const { name, rows: n } of status.views) views.set({ view: name }, n);
    for (const { name: stream, kind, rows: n, late: n2, partitions } of status.streams) {
      rows.inc({ stream, kind }, n);
      if (kind !== "input") continue;
      late.inc({ stream }, n2);
      for (const { partition, end, processed, watermark: at } of partitions) {
        partitionLag.set({ stream, partition: String(partition) }, end - (processed ?? 0));
        // Nothing seen yet has no lag, and an input that has ended is behind nothing.
        if (at === null || at >= TIME_MAX) watermark.remove({ stream, partition: String(partition) });
        else watermark.set({ stream, partition: String(partition) }, (clock.now() - at) / 1000);
      }
    }
  };
}
