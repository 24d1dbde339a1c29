/** Puts a program on its roles. The only place that chooses implementations: segment log and LMDB, or memory. */
import { join } from "node:path";
import { systemClock } from "../base/clock.js";
import { MillraceError } from "../base/errors.js";
import { nodeDisk } from "../base/node-disk.js";
import type { Snapshots } from "../engine/epoch/snapshots.js";
import { FileSnapshots, MemorySnapshots } from "../engine/epoch/snapshots.js";
import { localTasks } from "../engine/run/local-tasks.js";
import type { TaskHandle } from "../engine/run/messages.js";
import { threadTasks } from "../engine/run/thread-tasks.js";
import { Runtime } from "../engine/runtime.js";
import type { Log } from "../log/log.js";
import { MemoryLog } from "../log/memory/memory-log.js";
import { openSegmentLog } from "../log/segment/segment-log.js";
import type { App } from "../plan/api.js";
import { outputsOf } from "../plan/app.js";
import { ResolvedPlan } from "../plan/resolve.js";
import type { RuleProblem } from "../plan/rules/rule-set.js";
import { DATA_CATALOG } from "../sql/data-catalog.js";
import { pinFrom } from "../sql/pinned-log.js";
import { Sql } from "../sql/sql.js";
import { openLmdbStore } from "../view/lmdb/lmdb-store.js";
import { MemoryStore } from "../view/memory/memory-store.js";
import type { Store } from "../view/store.js";

export interface ProgramOptions {
  /** Folder of the log and views; without it everything is in memory and gone with the process. */
  readonly data?: string;
  /** Default 1: on this thread. More: worker threads. */
  readonly workers?: number;
  /** Partitions by stream, where the program's are not wanted. */
  readonly partitions?: Readonly<Record<string, number>>;
  /** The most rows of an epoch. Default 65,536. */
  readonly epochRows?: number;
  /** Forgets views and state, and computes them again from the log. */
  readonly rebuild?: boolean;
}

export interface OpenedProgram {
  readonly runtime: Runtime;
  /** SQL over the program's streams and views. Its worker starts with the first query. */
  readonly sql: Sql;
  /** What the rule compilers could not use, by rule set. */
  readonly ruleProblems: Readonly<Record<string, readonly RuleProblem[]>>;
  readonly replayedEpochs: number;
  /** The program changed since the data directory was last used: views are computed anew. */
  readonly rebuilt: boolean;
  close(): Promise<void>;
}

export const EPOCH_ROWS = 65_536;
const SNAPSHOT_ROWS = 5_000_000;

/**
 * Opens and recovers; nothing is processed yet. Throws `DATA_DIR` when another process has the data directory,
 * `PROGRAM`, `NAME` when it holds other event types, `RETENTION` when views can't be computed anew.
 */
export async function openProgram(app: App, options: ProgramOptions = {}): Promise<OpenedProgram> {
  const { data } = options;
  const outputs = outputsOf(app);
  const roles = await openRoles(data);
  try {
    // The number of partitions is fixed when a stream is made: what is stored holds, unless the caller insists.
    const stored = Object.fromEntries(roles.log.streams().map((spec) => [spec.name, spec.partitions]));
    const plan = new ResolvedPlan({
      app: app.name,
      url: app.url,
      outputs,
      partitions: { ...stored, ...options.partitions },
    });
    if (options.rebuild === true) await forget(roles, plan);
    const runtime = makeRuntime(roles, plan, app, options);
    const report = await runtime.start();
    await runtime.syncRules("start");
    const ruleProblems = Object.fromEntries(Array.from(runtime.rules, ([set, { problems }]) => [set, problems]));
    const sql = new Sql({
      catalog: DATA_CATALOG,
      catalogOptions: { data: data ?? null },
      pin: pinFrom(roles.log, data === undefined ? roles.store : null),
    });
    const close = async (): Promise<void> => {
      await sql.close();
      await runtime.close();
    };
    return { runtime, sql, ruleProblems, ...report, close };
  } catch (error) {
    await roles.store.close();
    await roles.log.close();
    throw error;
  }
}

function makeRuntime(roles: Roles, plan: ResolvedPlan, app: App, options: ProgramOptions): Runtime {
  const { workers = 1, epochRows = EPOCH_ROWS } = options;
  const taskOptions = { workers, interpreted: false };
  const tasks = async (): Promise<readonly TaskHandle[]> =>
    workers > 1 ? threadTasks(plan, app.url, taskOptions) : localTasks(plan, taskOptions, nodeDisk);
  const spareTask = async (): Promise<TaskHandle> =>
    (await threadTasks(plan, app.url, { workers: 1, interpreted: false }))[0] as TaskHandle;
  return new Runtime(
    { ...roles, plan, disk: nodeDisk, clock: systemClock, tasks, spareTask },
    { epochRows, snapshotRows: SNAPSHOT_ROWS },
  );
}

/** Empties views and state, where the log can give them back. */
async function forget({ log, store, snapshots }: Roles, plan: ResolvedPlan): Promise<void> {
  for (const { name, partitions } of log
    .streams()
    .filter((spec) => plan.inputs.some((input) => input.name === spec.name)))
    for (let partition = 0; partition < partitions; partition++) {
      const { start } = log.bounds(name, partition);
      if (start > 0)
        throw new MillraceError(
          "RETENTION",
          `"${name}" reaches back only to offset ${start} of partition ${partition}`,
          {
            hint: "Its views can't be computed again from the whole history, so nothing was changed.",
          },
        );
    }
  // Snapshots first: epochs begin at 1 again, and a snapshot is known by its epoch.
  await snapshots.clear();
  await store.clear();
}

interface Roles {
  readonly log: Log;
  readonly store: Store;
  readonly snapshots: Snapshots;
}

async function openRoles(data: string | undefined): Promise<Roles> {
  if (data === undefined) return { log: new MemoryLog(), store: new MemoryStore(), snapshots: new MemorySnapshots() };
  const log = await openSegmentLog(nodeDisk, data);
  try {
    return { log, store: openLmdbStore(data), snapshots: new FileSnapshots(nodeDisk, join(data, "state")) };
  } catch (error) {
    await log.close();
    throw error;
  }
}
