/** Puts a program on its roles. The only place that chooses implementations: segment log and LMDB, or memory. */
import { join } from "node:path";
import { systemClock } from "../base/clock.js";
import { Closing } from "../base/closing.js";
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
import { checkStoreFile } from "./lmdb-fault.js";

export interface ProgramOptions {
  /** Folder of the log and views; without it everything is in memory and gone with the process. */
  readonly data?: string;
  /** Default 1: on this thread. More: worker threads. */
  readonly workers?: number;
  /** Partitions by stream, where the program's are not wanted. */
  readonly partitions?: Readonly<Record<string, number>>;
  /** The most rows of an epoch. Default 65,536. */
  readonly epochRows?: number;
  /** Forgets all results, and computes them again from the log. */
  readonly rebuild?: boolean;
  /**
   * Told in words of what goes wrong without ending the program: a snapshot that can't be read or written, a retention
   * that failed, a full disk that a commit waits for. Default: `process.emitWarning`.
   */
  readonly onWarning?: (text: string) => void;
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
  const { data, rebuild = false, onWarning = warnOfProcess } = options;
  const outputs = outputsOf(app);
  const opened = new Closing();
  try {
    const roles = await openRoles(data, opened, onWarning);
    // The number of partitions is fixed when a stream is made: what is stored holds, unless the caller insists.
    const stored = Object.fromEntries(roles.log.streams().map((spec) => [spec.name, spec.partitions]));
    const plan = new ResolvedPlan({
      app: app.name,
      url: app.url,
      outputs,
      partitions: { ...stored, ...options.partitions },
    });
    const runtime = makeRuntime(roles, plan, app, { ...options, onWarning });
    opened.add(() => runtime.close());
    const report = await runtime.start({ rebuild });
    await runtime.syncRules("start");
    const ruleProblems = Object.fromEntries(Array.from(runtime.rules, ([set, { problems }]) => [set, problems]));
    const sql = new Sql({
      catalog: DATA_CATALOG,
      catalogOptions: { data: data ?? null },
      pin: pinFrom(roles.log, data === undefined ? roles.store : null),
    });
    opened.add(() => sql.close());
    return { runtime, sql, ruleProblems, ...report, close: () => opened.close() };
  } catch (error) {
    return opened.fail(error);
  }
}

function warnOfProcess(text: string): void {
  process.emitWarning(text, "MillraceWarning");
}

function makeRuntime(roles: Roles, plan: ResolvedPlan, app: App, options: ProgramOptions): Runtime {
  const { workers = 1, epochRows = EPOCH_ROWS, onWarning: warn = warnOfProcess } = options;
  const taskOptions = { workers, interpreted: false };
  const tasks = async (): Promise<readonly TaskHandle[]> =>
    workers > 1 ? threadTasks(plan, app.url, taskOptions) : localTasks(plan, taskOptions, nodeDisk);
  const spareTask = async (): Promise<TaskHandle> =>
    (await threadTasks(plan, app.url, { workers: 1, interpreted: false }))[0] as TaskHandle;
  return new Runtime(
    { ...roles, plan, disk: nodeDisk, clock: systemClock, tasks, spareTask, warn },
    { epochRows, snapshotRows: SNAPSHOT_ROWS },
  );
}

interface Roles {
  readonly log: Log;
  readonly store: Store;
  readonly snapshots: Snapshots;
}

async function openRoles(data: string | undefined, opened: Closing, warn: (text: string) => void): Promise<Roles> {
  if (data === undefined) return { log: new MemoryLog(), store: new MemoryStore(), snapshots: new MemorySnapshots() };
  const log = await openSegmentLog(nodeDisk, data);
  opened.add(() => log.close());
  checkStoreFile(data);
  const store = openLmdbStore(data);
  opened.add(() => store.close());
  return { log, store, snapshots: new FileSnapshots(nodeDisk, join(data, "state"), warn) };
}
