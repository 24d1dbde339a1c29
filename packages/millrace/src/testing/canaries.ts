/** Faults that the tests must notice. Each is injected around the engine, never in it. */
import type { TaskHandle } from "../engine/run/messages.js";
import type { Peers } from "../engine/run/task.js";
import type { EntryRef, Log } from "../log/log.js";
import type { Faults } from "./faults.js";

export interface Canary {
  readonly name: string;
  readonly what: string;
  /** Of the configuration that is able to notice it. */
  readonly configuration: string;
  /** Made anew for every program: some remember. */
  readonly faults: () => Faults;
}

export const CANARIES: readonly Canary[] = [
  {
    name: "skip-fsync",
    what: "the disk says that it has synced, and has not",
    configuration: "fault disk, crash after each step",
    faults: () => ({
      faultDisk: (disk) => {
        disk.skipSync = true;
      },
    }),
  },
  {
    name: "double-commit",
    what: "what an epoch published before its commit died stays, and the epoch publishes it again",
    configuration: "crash inside commits, 3 workers",
    faults: () => ({ log: withoutTruncate }),
  },
  {
    name: "drop-row",
    what: "the last row of every second epoch is not processed",
    configuration: "base",
    faults: () => ({ task: dropRow }),
  },
  {
    name: "exchange-order",
    what: "rows reach another worker one epoch late, behind the watermark that followed them",
    configuration: "epochs of 1 row, 2 workers",
    faults: () => ({ peers: delayedRows }),
  },
  {
    name: "late-rule",
    what: "rows are judged by the furthest partition's watermark, not by their own",
    configuration: "base",
    faults: () => ({ log: furthestWatermark }),
  },
];

/** A log with some of its methods replaced; the others keep their object. */
function logWith(log: Log, methods: Partial<Log>): Log {
  return new Proxy(log, {
    get(target, name) {
      const own = methods[name as keyof Log];
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value as (...args: unknown[]) => unknown).bind(target) : value;
    },
  });
}

function withoutTruncate(log: Log): Log {
  return logWith(log, { truncate: async () => {} });
}

function furthestWatermark(log: Log): Log {
  const highest = (stream: string): number => {
    const partitions = log.streams().find(({ name }) => name === stream)?.partitions ?? 0;
    const highs = Array.from({ length: partitions }, (_, partition) => {
      const { start, end } = log.bounds(stream, partition);
      return log.entries(stream, partition, start, end).map(timeHighAfter);
    });
    return Math.max(...highs.flat());
  };
  return logWith(log, {
    entries: (stream, partition, from, to) =>
      log.entries(stream, partition, from, to).map((ref) => ({ ...ref, timeHighBefore: highest(stream) })),
  });
}

function timeHighAfter({ body, timeHighBefore }: EntryRef): number {
  return body.kind === "rows" ? Math.max(timeHighBefore, body.timeMax) : timeHighBefore;
}

function dropRow(task: TaskHandle): TaskHandle {
  return {
    run: (work) => {
      const slices = work.slices.map((slice, k) =>
        work.epoch % 2 === 0 && k === work.slices.length - 1 ? { ...slice, to: slice.to - 1 } : slice,
      );
      return task.run({ ...work, slices });
    },
    save: () => task.save(),
    load: (pieces, watermarks) => task.load(pieces, watermarks),
    close: () => task.close(),
  };
}

function delayedRows(peers: Peers): Peers {
  const held = new Map<string, Parameters<Peers["send"]>[1]["rows"]>();
  return {
    send(to, message) {
      const key = `${to}/${message.level}`;
      const rows = held.get(key) ?? {};
      held.set(key, message.rows);
      peers.send(to, { ...message, rows });
    },
  };
}
