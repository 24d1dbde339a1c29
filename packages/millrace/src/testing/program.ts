/** A program on the embedded roles, for tests: memory or segment log, virtual clock, and the power to crash it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { VirtualClock } from "../base/clock.js";
import { nodeDisk } from "../base/node-disk.js";
import type { Snapshots } from "../engine/epoch/snapshots.js";
import { FileSnapshots, MemorySnapshots } from "../engine/epoch/snapshots.js";
import { localTasks } from "../engine/run/local-tasks.js";
import { threadTasks } from "../engine/run/thread-tasks.js";
import { Runtime } from "../engine/runtime.js";
import type { Log } from "../log/log.js";
import { MemoryLog } from "../log/memory/memory-log.js";
import { openSegmentLog } from "../log/segment/segment-log.js";
import type { App } from "../plan/api.js";
import { outputsOf } from "../plan/app.js";
import { ResolvedPlan } from "../plan/resolve.js";
import { openRules } from "../engine/ingest/rule-files.js";
import { openLmdbStore } from "../view/lmdb/lmdb-store.js";
import { MemoryStore } from "../view/memory/memory-store.js";
import type { Store } from "../view/store.js";
import type { Configuration } from "./configuration.js";

export interface ProgramOptions {
  readonly partitions?: Readonly<Record<string, number>>;
}

export class Program {
  readonly app: App;
  readonly plan: ResolvedPlan;
  readonly clock: VirtualClock;
  #configuration: Configuration;
  readonly #folder: string | null;
  readonly #rules: Awaited<ReturnType<typeof openRules>>;
  #log: Log;
  #store: Store;
  #snapshots: Snapshots;
  #runtime: Runtime;

  private constructor(app: App, plan: ResolvedPlan, clock: VirtualClock, configuration: Configuration, folder: string | null, rules: Awaited<ReturnType<typeof openRules>>, parts: Parts) {
    this.app = app;
    this.plan = plan;
    this.clock = clock;
    this.#configuration = configuration;
    this.#folder = folder;
    this.#rules = rules;
    this.#log = parts.log;
    this.#store = parts.store;
    this.#snapshots = parts.snapshots;
    this.#runtime = this.#make();
  }

  static async open(app: App, clock: VirtualClock, configuration: Configuration, options: ProgramOptions = {}): Promise<Program> {
    const draft = new ResolvedPlan({ app: app.name, url: app.url, outputs: outputsOf(app) });
    const rules = await openRules(draft.ruleSets, app.url);
    const plan = new ResolvedPlan({ app: app.name, url: app.url, outputs: outputsOf(app), rules, ...options });
    const folder = configuration.log === "segment" ? await mkdtemp(join(tmpdir(), "millrace-test-")) : null;
    const program = new Program(app, plan, clock, configuration, folder, rules, await openParts(folder));
    await program.#runtime.start();
    return program;
  }

  get runtime(): Runtime {
    return this.#runtime;
  }

  get configuration(): Configuration {
    return this.#configuration;
  }

  /** Loses everything that is not in the log, the store and the last snapshot; goes on with another number of workers where given. */
  async crash(workers = this.#configuration.workers): Promise<{ readonly replayedEpochs: number }> {
    await this.#runtime.crash();
    this.#configuration = { ...this.#configuration, workers };
    if (this.#folder !== null) {
      await this.#store.close();
      await this.#log.close();
      const parts = await openParts(this.#folder);
      this.#log = parts.log;
      this.#store = parts.store;
      this.#snapshots = parts.snapshots;
    }
    this.#runtime = this.#make();
    return this.#runtime.start();
  }

  async close(): Promise<void> {
    await this.#runtime.close();
    if (this.#folder !== null) await rm(this.#folder, { recursive: true, force: true });
  }

  #make(): Runtime {
    const { workers, threads, interpreted, epochRows, snapshotRows } = this.#configuration;
    const options = { workers, interpreted, rules: this.#rules };
    return new Runtime(
      {
        plan: this.plan,
        log: this.#log,
        store: this.#store,
        disk: nodeDisk,
        clock: this.clock,
        snapshots: this.#snapshots,
        tasks: async () => (threads ? threadTasks(this.plan, this.app.url, options) : localTasks(this.plan, options, nodeDisk)),
      },
      { epochRows, snapshotRows },
    );
  }
}

interface Parts {
  readonly log: Log;
  readonly store: Store;
  readonly snapshots: Snapshots;
}

async function openParts(folder: string | null): Promise<Parts> {
  if (folder === null) return { log: new MemoryLog(), store: new MemoryStore(), snapshots: new MemorySnapshots() };
  const log = await openSegmentLog(nodeDisk, folder);
  return { log, store: openLmdbStore(folder), snapshots: new FileSnapshots(nodeDisk, join(folder, "state")) };
}
