/** From a sink's description to the sink. */
import { resolve } from "node:path";
import type { Clock } from "../base/clock.js";
import type { Disk } from "../base/disk.js";
import { FileSink } from "./file-sink.js";
import type { Sink } from "./sink.js";
import type { SinkSpec } from "./spec.js";
import { SyslogSink } from "./syslog.js";
import { Webhook } from "./webhook.js";

/** Nothing is connected or opened before the first delivery. */
export function openSink(name: string, spec: SinkSpec, { disk, clock }: { disk: Disk; clock: Clock }): Sink {
  switch (spec.sink) {
    case "webhook":
      return new Webhook(name, spec);
    case "file":
      return new FileSink(resolve(spec.path), disk);
    case "syslog":
      return new SyslogSink(name, spec, clock);
  }
}
