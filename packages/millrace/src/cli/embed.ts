/**
 * A program inside another one: no server, no threads unless asked for, in memory unless given a data directory.
 *
 *     const hunt = await embed(app, { workers: 2 });
 *     await hunt.ingest("windows", "recording.ndjson.gz");
 *     for await (const alert of hunt.rows("alerts")) …
 */
import { nodeDisk } from "../base/node-disk.js";
import { rowsOf } from "../batch/read.js";
import type { IngestedFiles, IngestFilesOptions } from "../engine/ingest/ingest-files.js";
import { ingestFiles } from "../engine/ingest/ingest-files.js";
import type { Runtime } from "../engine/runtime.js";
import type { Status } from "../engine/status.js";
import { loadRows } from "../log/load-chunk.js";
import type { App } from "../plan/api.js";
import { TIME_COLUMN } from "../plan/resolve.js";
import type { RuleProblem } from "../plan/rules/rule-set.js";
import type { Value } from "../schema/types.js";
import { files } from "../source/spec.js";
import type { QueryOptions, QueryResult } from "../sql/sql.js";
import { RowCodec } from "../view/row-codec.js";
import type { OpenedProgram, ProgramOptions } from "./open.js";
import { openProgram } from "./open.js";

export class Embedded {
  readonly #program: OpenedProgram;

  constructor(program: OpenedProgram) {
    this.#program = program;
  }

  /** Everything below: the log, the engine, the plan. */
  get runtime(): Runtime {
    return this.#program.runtime;
  }

  /** What the rule compilers could not use, by rule set. */
  get ruleProblems(): Readonly<Record<string, readonly RuleProblem[]>> {
    return this.#program.ruleProblems;
  }

  /** Reads streams and views as of the last commit. */
  sql(query: string, options?: QueryOptions): Promise<QueryResult> {
    return this.#program.sql.query(query, options);
  }

  /** Takes in files by path, folder or pattern, durably; resumes where it stopped when there is a data directory. */
  ingest(stream: string, pattern: string, options: IngestFilesOptions = {}): Promise<IngestedFiles> {
    return ingestFiles(this.runtime, this.runtime.input(stream), files(pattern), options);
  }

  /** Takes in rows as objects. */
  async push(
    stream: string,
    rows: readonly Readonly<Record<string, unknown>>[],
    options: { partition?: number } = {},
  ): Promise<void> {
    await this.runtime.push(stream, rows, options);
  }

  /** Says that no input follows for now: every window closes. Newer rows may come later, and count. */
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

  /**
   * Gives back what has been processed of a stream, where history is not wanted, but never what a recovery would read
   * again: of a stream that rows are put into, what came before the oldest snapshot. Returns bytes freed.
   */
  forget(stream: string): Promise<number> {
    return this.runtime.forget(stream);
  }

  /** Called after every commit. Returns the way to stop. */
  onCommit(listener: () => void): () => void {
    return this.runtime.engine.onCommit(listener);
  }

  status(): Status {
    return this.runtime.status();
  }

  close(): Promise<void> {
    return this.#program.close();
  }
}

/** Opens a program in this process. Close it. */
export async function embed(app: App, options?: ProgramOptions): Promise<Embedded> {
  return new Embedded(await openProgram(app, options));
}

export type { ProgramOptions as EmbedOptions };
