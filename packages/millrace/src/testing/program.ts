/** A program on the embedded roles, for tests: memory or segment log, virtual clock, and the power to crash it. */
import type { VirtualClock } from "../base/clock.js";
import type { Disk } from "../base/disk.js";
import { MillraceError } from "../base/errors.js";
import { localTasks } from "../engine/run/local-tasks.js";
import type { TaskHandle } from "../engine/run/messages.js";
import { threadTasks } from "../engine/run/thread-tasks.js";
import { Runtime } from "../engine/runtime.js";
import type { App } from "../plan/api.js";
import { outputsOf } from "../plan/app.js";
import { ResolvedPlan } from "../plan/resolve.js";
import type { Configuration } from "./configuration.js";
import type { Faults } from "./faults.js";
import { dyingCommits, SimulatedCrash } from "./faults.js";
import type { Parts, Roles } from "./roles.js";
import { openRoles } from "./roles.js";

export interface ProgramOptions {
  readonly partitions?: Readonly<Record<string, number>>;
  readonly faults?: Faults;
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
    faults: Faults,
    roles: Roles,
    parts: Parts,
  ) {
    this.app = app;
    this.plan = plan;
    this.clock = clock;
    this.#configuration = configuration;
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
    const plan = new ResolvedPlan({ app: app.name, url: app.url, outputs: outputsOf(app), partitions });
    const roles = await openRoles(configuration, faults);
    const program = new Program(app, plan, clock, configuration, faults, roles, await roles.open());
    await program.#start();
    await program.runtime.syncRules("start");
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
    await this.#runtime.close();
    await this.#parts.store.close();
    await this.#parts.log.close();
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
        spareTask: async () =>
          localTasks(this.plan, { workers: 1, interpreted: false }, this.#parts.disk)[0] as TaskHandle,
      },
      { epochRows, snapshotRows },
    );
  }

  async #tasks(): Promise<readonly TaskHandle[]> {
    const { workers, threads, interpreted } = this.#configuration;
    const { task = (handle: TaskHandle) => handle, peers } = this.#faults;
    const options = { workers, interpreted };
    if (threads) this.done.threads += workers;
    const tasks = threads
      ? await threadTasks(this.plan, this.app.url, options)
      : localTasks(this.plan, options, this.#parts.disk, peers);
    return tasks.map(task);
  }
}
