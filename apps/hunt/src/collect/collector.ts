/** One look at this machine: what is new among its processes and connections, as events, numbered. */
import type { BootClock } from "./boot-clock.js";
import { startTime } from "./boot-clock.js";
import { ConnectionTable } from "./connection-table.js";
import type { CollectedEvent, EventContext } from "./events.js";
import { connectionEvent, endEvent, processEvent } from "./events.js";
import type { ProcFiles } from "./proc-files.js";
import { ProcessTable } from "./process-table.js";
import type { Told } from "./told.js";

export interface CollectorOptions extends EventContext {
  readonly proc: ProcFiles;
  readonly clock: BootClock;
  /** What was told before, by a collector on the same start of the machine. */
  readonly told: Told;
  /** Ms between looks at the connections; null never looks. */
  readonly networkEveryMs: number | null;
  /** Whether what ran before the first look is told as well. */
  readonly tellRunning: boolean;
}

export class Collector {
  readonly #options: CollectorOptions;
  readonly #processes: ProcessTable;
  readonly #connections: ConnectionTable;
  #networkAtMs = Number.NEGATIVE_INFINITY;
  #first = true;

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#processes = new ProcessTable(options.proc, options.clock, new Set(options.told.processes.keys()));
    this.#connections = new ConnectionTable(options.proc, options.told.connections);
  }

  /** Events since the last look, in the order of what happened as far as it can be told. */
  look(nowMs: number): CollectedEvent[] {
    const { networkEveryMs, tellRunning, told } = this.#options;
    const first = this.#first;
    this.#first = false;
    const events = this.#processes
      .poll(nowMs)
      // What began while nobody looked is new, too.
      .filter(({ kind, process }) => kind !== "running" || tellRunning || startedSince(process.startMs, told))
      .map((change) => processEvent(change, this.#options, nowMs));
    if (first) events.unshift(...this.#endedMeanwhile(nowMs, told));
    // The absolute value: the clock may have been set back.
    if (networkEveryMs === null || Math.abs(nowMs - this.#networkAtMs) < networkEveryMs) return events;
    this.#networkAtMs = nowMs;
    const connections = this.#connections.poll(this.#processes.processes());
    if (first && !tellRunning) {
      this.#connections.skip();
      return events;
    }
    // Our own connection to where events go would be told through itself.
    const others = connections.filter((connection) => connection.process?.pid !== process.pid);
    return [...events, ...others.map((connection) => connectionEvent(connection, this.#options, nowMs))];
  }

  /** Processes that were told of, and are gone since: nobody was looking when they ended. */
  #endedMeanwhile(nowMs: number, told: Told): CollectedEvent[] {
    const now = new Set(Array.from(this.#processes.processes(), ({ guid }) => guid));
    return [...told.processes.values()]
      .filter(({ ProcessGuid }) => !now.has(ProcessGuid as string))
      .map((start) => {
        const ticks = Number((start.ProcessGuid as string).split("-").at(-1));
        return endEvent(start, startTime(this.#options.clock, ticks), told.lastMs, nowMs);
      });
  }

  /** The keys of all connections there are. */
  connectionKeys(): ReadonlySet<string> {
    return new Set(this.#connections.keys());
  }

  /** What can't be seen, in numbers, for the one who runs this. */
  get counts(): CollectorCounts {
    const { denied, missed, tooMany } = this.#processes.counts;
    const { ownerless, tooMany: connectionsTooMany } = this.#connections.counts;
    return {
      processes: this.#processes.size,
      connections: this.#connections.size,
      denied,
      missed,
      tooMany: tooMany + connectionsTooMany,
      ownerless,
    };
  }
}

function startedSince(startMs: number, { lastMs }: Told): boolean {
  return lastMs > 0 && startMs > lastMs;
}

export interface CollectorCounts {
  readonly processes: number;
  readonly connections: number;
  readonly denied: number;
  readonly missed: number;
  readonly tooMany: number;
  readonly ownerless: number;
}
