/** A machine for tests of starting, stopping and failing: what outlives a program, and programs on it one after the other. */
import { VirtualClock } from "../base/clock.js";
import { MillraceError } from "../base/errors.js";
import { nodeDisk } from "../base/node-disk.js";
import type { Log } from "../log/log.js";
import { MemoryLog } from "../log/memory/memory-log.js";
import type { App } from "../plan/api.js";
import { outputsOf } from "../plan/app.js";
import { ResolvedPlan, TIME_COLUMN } from "../plan/resolve.js";
import { readStream } from "../testing/answer.js";
import { MemoryStore } from "../view/memory/memory-store.js";
import { RowCodec } from "../view/row-codec.js";
import type { Store } from "../view/store.js";
import type { Snapshots } from "./epoch/snapshots.js";
import { MemorySnapshots } from "./epoch/snapshots.js";
import type { EngineOptions, EngineParts, StartOptions } from "./run/engine.js";
import { localTasks } from "./run/local-tasks.js";
import type { TaskHandle } from "./run/messages.js";
import { Runtime } from "./runtime.js";

export interface MachineRoles {
  readonly log: Log;
  readonly store: Store;
  readonly snapshots: Snapshots;
}

/** Calls of these change what is kept; the others only read. */
const WRITES = new Set(["append", "mark", "truncate", "retain", "ensure", "commit", "trimJournal", "clear", "save"]);

/** Comes between a program and a role, before or after a call that writes: may make it reject. */
export type Fault = (call: string) => void | Promise<void>;

export class Machine {
  readonly clock: VirtualClock;
  readonly warnings: string[] = [];
  /** Of all roles; may be exchanged while a program runs. */
  fault: Fault = () => {};
  after: Fault = () => {};
  readonly #roles: MachineRoles;
  readonly #own: Partial<EngineParts & EngineOptions>;

  constructor(roles: Partial<MachineRoles> = {}, own: Partial<EngineParts & EngineOptions> = {}) {
    this.clock = new VirtualClock();
    this.#own = own;
    const { log = new MemoryLog(), store = new MemoryStore(), snapshots = new MemorySnapshots() } = roles;
    this.#roles = {
      log: this.#faulty("log", log),
      store: this.#faulty("store", store),
      snapshots: this.#faulty("snapshots", snapshots),
    };
  }

  get log(): Log {
    return this.#roles.log;
  }

  get store(): Store {
    return this.#roles.store;
  }

  /** A program on this machine, not started. */
  runtime(app: App, own: Partial<EngineParts & EngineOptions> & { readonly workers?: number } = {}): Runtime {
    const { workers = 1 } = own;
    const stored = Object.fromEntries(this.log.streams().map(({ name, partitions }) => [name, partitions]));
    const plan = new ResolvedPlan({ app: app.name, url: app.url, outputs: outputsOf(app), partitions: stored });
    const parts: EngineParts = {
      ...this.#roles,
      plan,
      disk: nodeDisk,
      clock: this.clock,
      tasks: async () => localTasks(plan, { workers, interpreted: false }, nodeDisk),
      spareTask: async () => localTasks(plan, { workers: 1, interpreted: false }, nodeDisk)[0] as TaskHandle,
      warn: (text) => this.warnings.push(text),
      ...this.#own,
      ...own,
    };
    return new Runtime(parts, { epochRows: 64, snapshotRows: Number.POSITIVE_INFINITY, ...this.#own, ...own });
  }

  async started(app: App, options: StartOptions & { readonly workers?: number } = {}): Promise<Runtime> {
    const { workers = 1, ...own } = options;
    const runtime = this.runtime(app, { workers });
    await runtime.start(own);
    return runtime;
  }

  #faulty<T extends object>(role: string, of: T): T {
    return new Proxy(of, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        const call = (value as (...args: unknown[]) => unknown).bind(target);
        if (!WRITES.has(String(name))) return call;
        return async (...args: unknown[]) => {
          await this.fault(`${role}.${String(name)}`);
          const result = await call(...args);
          await this.after(`${role}.${String(name)}`);
          return result;
        };
      },
    });
  }
}

/** Rows of a view in order of key, or of a published stream in order of offset. */
export async function rowsIn({ plan, log, store }: Runtime, name: string): Promise<Record<string, unknown>[]> {
  const stream = plan.published.find((spec) => spec.name === name);
  if (stream !== undefined)
    return (await readStream(log, name, 1, stream.schema)).map(({ [TIME_COLUMN]: _time, ...row }) => row);
  const codec = new RowCodec(plan.view(name).schema);
  const reader = store.read();
  try {
    return Array.from(reader.range(name, {}), ({ value }) => codec.decode(value));
  } finally {
    reader.close();
  }
}

export function fullDisk(): MillraceError {
  return new MillraceError("DISK", "the disk is full", { hint: "Free space." });
}
