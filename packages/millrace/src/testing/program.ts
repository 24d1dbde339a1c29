/** A program on the embedded roles, for tests: memory or segment log, virtual clock, and the power to crash it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { VirtualClock } from "../base/clock.js";
import type { Disk } from "../base/disk.js";
import { MillraceError } from "../base/errors.js";
import { nodeDisk } from "../base/node-disk.js";
import { Random } from "../base/random.js";
import type { Snapshots } from "../engine/epoch/snapshots.js";
import { FileSnapshots, MemorySnapshots } from "../engine/epoch/snapshots.js";
import { openRules } from "../engine/ingest/rule-files.js";
import { localTasks } from "../engine/run/local-tasks.js";
import type { TaskHandle } from "../engine/run/messages.js";
import { threadTasks } from "../engine/run/thread-tasks.js";
import { Runtime } from "../engine/runtime.js";
import type { Log } from "../log/log.js";
import { MemoryLog } from "../log/memory/memory-log.js";
import { noIndex } from "../log/segment/entry-index.js";
import { FaultDisk } from "../log/segment/fault-disk.js";
import { openSegmentLog } from "../log/segment/segment-log.js";
import type { App } from "../plan/api.js";
import { outputsOf } from "../plan/app.js";
import { ResolvedPlan } from "../plan/resolve.js";
import { openLmdbStore } from "../view/lmdb/lmdb-store.js";
import { MemoryStore } from "../view/memory/memory-store.js";
import type { Store } from "../view/store.js";
import type { Configuration } from "./configuration.js";
import type { Faults } from "./faults.js";
import { dyingCommits, SimulatedCrash } from "./faults.js";

export interface ProgramOptions {
  readonly partitions?: Readonly<Record<string, number>>;
  readonly faults?: Faults;
}

type Rules = Awaited<ReturnType<typeof openRules>>;

/** What everything stands on, and stays when the engine is lost. */
interface Parts {
  readonly disk: Disk;
  readonly log: Log;
  readonly store: Store;
  readonly snapshots: Snapshots;
}

/** What was done to a program, for the proof that something was. */
export interface Done {
  threads: number;
  crashes: number;
  failedCommits: number;
  replayedEpochs: number;
}

/** Crashes in a row without a commit between them: a program that can't go on. */
const CRASHES_MAX = 1000;

export class Program {
  readonly app: App;
  readonly plan: ResolvedPlan;
  readonly clock: VirtualClock;
  readonly done: Done = { threads: 0, crashes: 0, failedCommits: 0, replayedEpochs: 0 };
  readonly #rules: Rules;
  readonly #faults: Faults;
  readonly #roles: Roles;
  readonly #died = new Set<number>();
  #configuration: Configuration;
  #parts: Parts;
  #runtime: Runtime;

  private constructor(
    app: App,
    plan: ResolvedPlan,
    clock: VirtualClock,
    configuration: Configuration,
    rules: Rules,
    faults: Faults,
    roles: Roles,
    parts: Parts,
  ) {
    this.app = app;
    this.plan = plan;
    this.clock = clock;
    this.#configuration = configuration;
    this.#rules = rules;
    this.#faults = faults;
    this.#roles = roles;
    this.#parts = parts;
    this.#runtime = this.#make();
  }

  static async open(
    app: App,
    clock: VirtualClock,
    configuration: Configuration,
    options: ProgramOptions = {},
  ): Promise<Program> {
    const { partitions = {}, faults = {} } = options;
    const draft = new ResolvedPlan({ app: app.name, url: app.url, outputs: outputsOf(app) });
    const rules = await openRules(draft.ruleSets, app.url);
    const plan = new ResolvedPlan({ app: app.name, url: app.url, outputs: outputsOf(app), rules, partitions });
    const roles = await openRoles(configuration, faults);
    const program = new Program(app, plan, clock, configuration, rules, faults, roles, await roles.open());
    await program.#start();
    return program;
  }

  get runtime(): Runtime {
    return this.#runtime;
  }

  /** The disk that the log's chunks are on. */
  get disk(): Disk {
    return this.#parts.disk;
  }

  get configuration(): Configuration {
    return this.#configuration;
  }

  /** Processes what is in the log; where a commit dies, recovers and goes on. */
  async settle(): Promise<void> {
    for (let crashes = 0; crashes < CRASHES_MAX; crashes++)
      try {
        await this.#runtime.settle();
        return;
      } catch (error) {
        if (!(error instanceof SimulatedCrash)) throw error;
        this.done.failedCommits++;
        await this.crash();
      }
    throw new MillraceError("REQUEST", "the program crashes without end");
  }

  /** Loses everything that is not in the log, the store and the last snapshot; goes on with another number of workers where given. */
  async crash(workers = this.#configuration.workers): Promise<{ readonly replayedEpochs: number }> {
    await this.#runtime.crash();
    this.#configuration = { ...this.#configuration, workers };
    this.#parts = await this.#roles.reopen(this.#parts);
    this.#runtime = this.#make();
    this.done.crashes++;
    const replayedEpochs = await this.#start();
    this.done.replayedEpochs += replayedEpochs;
    return { replayedEpochs };
  }

  async close(): Promise<void> {
    await this.#runtime.close().catch((error: unknown) => {
      if (!(error instanceof SimulatedCrash)) throw error;
    });
    await this.#roles.remove();
  }

  async #start(): Promise<number> {
    const { replayedEpochs } = await this.#runtime.start();
    if (this.#configuration.mode === "live") this.#runtime.live();
    return replayedEpochs;
  }

  #make(): Runtime {
    const { epochRows, snapshotRows, failCommits } = this.#configuration;
    const { disk, log, snapshots } = this.#parts;
    const faults = this.#faults;
    const dying = failCommits ? dyingCommits(this.#parts.store, this.#died) : this.#parts.store;
    const store = faults.store?.(dying) ?? dying;
    return new Runtime(
      {
        plan: this.plan,
        log: faults.log?.(log) ?? log,
        store,
        disk,
        clock: this.clock,
        snapshots,
        tasks: () => this.#tasks(),
      },
      { epochRows, snapshotRows },
    );
  }

  async #tasks(): Promise<readonly TaskHandle[]> {
    const { workers, threads, interpreted } = this.#configuration;
    const { task = (handle: TaskHandle) => handle, peers } = this.#faults;
    const options = { workers, interpreted, rules: this.#rules };
    if (threads) this.done.threads += workers;
    const tasks = threads
      ? await threadTasks(this.plan, this.app.url, options)
      : localTasks(this.plan, options, this.#parts.disk, peers);
    return tasks.map(task);
  }
}

/** How the log and the store of a configuration are opened, and opened again after a crash. */
interface Roles {
  open(): Promise<Parts>;
  reopen(before: Parts): Promise<Parts>;
  remove(): Promise<void>;
}

async function openRoles({ log }: Configuration, faults: Faults): Promise<Roles> {
  if (log === "segment") return fileRoles(await mkdtemp(join(tmpdir(), "millrace-test-")));
  return log === "fault" ? faultRoles(faults) : memoryRoles();
}

function memoryRoles(): Roles {
  return {
    open: async () => ({
      disk: nodeDisk,
      log: new MemoryLog(),
      store: new MemoryStore(),
      snapshots: new MemorySnapshots(),
    }),
    reopen: async (before) => before,
    remove: async () => {},
  };
}

function fileRoles(folder: string): Roles {
  const open = async (): Promise<Parts> => ({
    disk: nodeDisk,
    log: await openSegmentLog(nodeDisk, folder),
    store: openLmdbStore(folder),
    snapshots: new FileSnapshots(nodeDisk, join(folder, "state")),
  });
  return {
    open,
    async reopen(before) {
      await before.store.close();
      await before.log.close();
      return open();
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The machine crashes: the log and the snapshots keep what was synced; the store, which syncs in LMDB, keeps its commits. */
function faultRoles(faults: Faults): Roles {
  const machine = new FaultDisk(new Random(1));
  faults.faultDisk?.(machine);
  const open = async (store: Store): Promise<Parts> => {
    const booted = machine.boot();
    const disk = faults.disk?.(booted) ?? booted;
    const log = await openSegmentLog(disk, "/data", {
      index: noIndex,
      lock: async () => ({ release: async () => {} }),
    });
    return { disk, log, store, snapshots: new FileSnapshots(disk, "/data/state") };
  };
  return {
    open: () => open(new MemoryStore()),
    reopen(before) {
      machine.crash();
      return open(before.store);
    },
    remove: async () => {},
  };
}
