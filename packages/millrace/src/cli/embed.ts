/**
 * A program inside another one: no server, no threads unless asked for, in memory unless given a data directory.
 *
 *     const hunt = await embed(app, { workers: 2 });
 *     await hunt.ingest("windows", "recording.ndjson.gz");
 *     for await (const alert of hunt.rows("alerts")) …
 */
import { join } from "node:path";
import { systemClock } from "../base/clock.js";
import { nodeDisk } from "../base/node-disk.js";
import { rowsOf } from "../batch/read.js";
import { FileSnapshots, MemorySnapshots } from "../engine/epoch/snapshots.js";
import type { IngestedFiles, IngestFilesOptions } from "../engine/ingest/ingest-files.js";
import { ingestFiles } from "../engine/ingest/ingest-files.js";
import { openRules } from "../engine/ingest/rule-files.js";
import { localTasks } from "../engine/run/local-tasks.js";
import { threadTasks } from "../engine/run/thread-tasks.js";
import type { Status } from "../engine/runtime.js";
import { Runtime } from "../engine/runtime.js";
import { loadRows } from "../log/load-chunk.js";
import { MemoryLog } from "../log/memory/memory-log.js";
import { openSegmentLog } from "../log/segment/segment-log.js";
import type { App } from "../plan/api.js";
import { outputsOf } from "../plan/app.js";
import { ResolvedPlan, TIME_COLUMN } from "../plan/resolve.js";
import type { RuleProblem } from "../plan/rules/rule-set.js";
import { compileRules } from "../plan/rules/rule-set.js";
import type { Value } from "../schema/types.js";
import { files } from "../source/spec.js";
import { openLmdbStore } from "../view/lmdb/lmdb-store.js";
import { MemoryStore } from "../view/memory/memory-store.js";
import { RowCodec } from "../view/row-codec.js";

export interface EmbedOptions {
  /** Folder of the log and views; without it everything is in memory and gone with the process. */
  readonly data?: string;
  /** Default 1: on this thread. More: worker threads. */
  readonly workers?: number;
  /** Partitions by stream, where the program's are not wanted. */
  readonly partitions?: Readonly<Record<string, number>>;
  /** The most rows of an epoch. Default 65,536. */
  readonly epochRows?: number;
}

export class Embedded {
  readonly runtime: Runtime;

  constructor(runtime: Runtime) {
    this.runtime = runtime;
  }

  /** Takes in files by path, folder or pattern, durably; resumes where it stopped when there is a data directory. */
  ingest(stream: string, pattern: string, options: IngestFilesOptions = {}): Promise<IngestedFiles> {
    return ingestFiles(this.runtime, this.runtime.input(stream), files(pattern), options);
  }

  /** Takes in rows as objects. */
  async push(stream: string, rows: readonly Readonly<Record<string, unknown>>[], options: { partition?: number } = {}): Promise<void> {
    await this.runtime.push(stream, rows, options);
  }

  /** Says that no more input follows: every window closes. */
  endInput(): Promise<void> {
    return this.runtime.endInput();
  }

  /** Processes everything taken in so far. */
  settle(): Promise<void> {
    return this.runtime.settle();
  }

  /** Rows of a named stream of the program, from an offset on, up to what has been committed. */
  async *rows(stream: string, from = 0): AsyncGenerator<Record<string, Value>> {
    const { plan, log } = this.runtime;
    const spec = [...plan.published, ...plan.inputs].find(({ name }) => name === stream);
    for (let partition = 0; spec !== undefined && partition < spec.partitions; partition++) {
      const { end } = log.bounds(stream, partition);
      for (const ref of log.entries(stream, partition, Math.max(from, log.bounds(stream, partition).start), end)) {
        if (ref.body.kind !== "rows") continue;
        const rows = rowsOf(await loadRows(ref, spec.schema, null, nodeDisk));
        for (const { [TIME_COLUMN]: _time, ...row } of rows.slice(Math.max(0, from - ref.from))) yield row;
      }
    }
  }

  /** A view's rows in key order. */
  view(name: string): Record<string, Value>[] {
    const codec = new RowCodec(this.runtime.plan.view(name).schema);
    const reader = this.runtime.store.read();
    try {
      return Array.from(reader.range(name, {}), ({ value }) => codec.decode(value));
    } finally {
      reader.close();
    }
  }

  /** Gives back what has been processed of a stream, where history is not wanted. Returns bytes freed. */
  async forget(stream: string): Promise<number> {
    const { plan, log, clock } = this.runtime;
    const spec = [...plan.published, ...plan.inputs].find(({ name }) => name === stream);
    let freed = 0;
    for (let partition = 0; spec !== undefined && partition < spec.partitions; partition++)
      freed += await log.retain(stream, partition, { before: clock.now() + 1, keepFrom: log.bounds(stream, partition).end });
    return freed;
  }

  /** What the rule compilers could not use, by rule set. */
  async ruleProblems(): Promise<Readonly<Record<string, readonly RuleProblem[]>>> {
    return this.#problems;
  }

  status(): Status {
    return this.runtime.status();
  }

  close(): Promise<void> {
    return this.runtime.close();
  }

  #problems: Readonly<Record<string, readonly RuleProblem[]>> = {};

  /** Compiles the rule sets once on this thread, to tell what is wrong with them. */
  static async open(app: App, options: EmbedOptions = {}): Promise<Embedded> {
    const outputs = outputsOf(app);
    const rules = await openRules(new ResolvedPlan({ app: app.name, url: app.url, outputs }).ruleSets, app.url);
    const plan = new ResolvedPlan({
      app: app.name,
      url: app.url,
      outputs,
      rules,
      ...(options.partitions === undefined ? {} : { partitions: options.partitions }),
    });
    const workers = options.workers ?? 1;
    const taskOptions = { workers, interpreted: false, rules };
    const roles = await openRoles(options.data);
    const runtime = new Runtime(
      {
        ...roles,
        plan,
        disk: nodeDisk,
        clock: systemClock,
        tasks: async () => (workers > 1 ? threadTasks(plan, app.url, taskOptions) : localTasks(plan, taskOptions, nodeDisk)),
      },
      { epochRows: options.epochRows ?? 65_536, snapshotRows: 5_000_000 },
    );
    const embedded = new Embedded(runtime);
    embedded.#problems = Object.fromEntries(plan.ruleSets.map((set) => [set.name, compileRules(set, rules[set.name] ?? []).problems]));
    await runtime.start();
    return embedded;
  }
}

/** Opens a program in this process. Close it. */
export function embed(app: App, options?: EmbedOptions): Promise<Embedded> {
  return Embedded.open(app, options);
}

async function openRoles(data: string | undefined) {
  if (data === undefined) return { log: new MemoryLog(), store: new MemoryStore(), snapshots: new MemorySnapshots() };
  return {
    log: await openSegmentLog(nodeDisk, data),
    store: openLmdbStore(data),
    snapshots: new FileSnapshots(nodeDisk, join(data, "state")),
  };
}
