/**
 * The public test kit: a whole program on a virtual clock. `push` processes what it takes before it resolves; event time
 * moves by the rows and by `watermark`; the clock moves by `advance` alone.
 */
import { VirtualClock } from "../base/clock.js";
import { MillraceError } from "../base/errors.js";
import type { Duration, Instant } from "../base/time.js";
import { durationMs, instantMs } from "../base/time.js";
import { rowsOf } from "../batch/read.js";
import { MemorySnapshots } from "../engine/epoch/snapshots.js";
import { localTasks } from "../engine/run/local-tasks.js";
import { Runtime } from "../engine/runtime.js";
import { DEAD_LETTERS } from "../log/dead-letters.js";
import type { Log } from "../log/log.js";
import type { App, Node, Rows, View } from "../plan/api.js";
import type { OutputNode, RowNode } from "../plan/nodes/node.js";
import { ResolvedPlan, TIME_COLUMN } from "../plan/resolve.js";
import { KeyCodec } from "../view/key-codec.js";
import { MemoryStore } from "../view/memory/memory-store.js";
import { RowCodec } from "../view/row-codec.js";
import { keyFields } from "../view/view-key.js";
import type { PlainRow } from "./answer.js";
import { readPublished, readView } from "./answer.js";
import type { Configuration } from "./configuration.js";
import { BASE } from "./configuration.js";
import { Program } from "./program.js";

export interface HarnessOptions extends Partial<Omit<Configuration, "name">> {
  readonly partitions?: Readonly<Record<string, number>>;
  /** Where the virtual clock starts, epoch ms. */
  readonly start?: number;
}

export class Harness {
  readonly #program: Program;

  private constructor(program: Program) {
    this.#program = program;
  }

  static async open(app: App, options: HarnessOptions = {}): Promise<Harness> {
    const { partitions, start, ...configuration } = options;
    const clock = new VirtualClock(start);
    const program = await Program.open(
      app,
      clock,
      { ...BASE, ...configuration },
      partitions === undefined ? {} : { partitions },
    );
    return new Harness(program);
  }

  /** Everything below the test kit, for tests that need it. */
  get program(): Program {
    return this.#program;
  }

  /** Rows enter partition 0 unless said (or as `partitionBy` has it); times may be ISO text. */
  async push<I>(
    to: { readonly input?: I; readonly name: string },
    rows: readonly I[],
    options: { partition?: number } = {},
  ): Promise<void> {
    await this.#runtime.push(to.name, rows as readonly Readonly<Record<string, unknown>>[], options);
    if (this.#program.configuration.mode === "live") await this.#program.settle();
    if (this.#program.configuration.crash) await this.crash();
  }

  /** Moves the clock. */
  async advance(by: Duration): Promise<void> {
    this.#program.clock.advance(durationMs(by));
    await this.#program.settle();
  }

  /** Says on all partitions of all streams that nothing older than `to` will come. */
  async watermark(to: Instant): Promise<void> {
    await this.#runtime.watermark(instantMs(to));
    await this.#program.settle();
  }

  /** Ends the input, as `run --once` does: every window closes. Newer rows may come later, and count. */
  async endInput(): Promise<void> {
    await this.#runtime.endInput();
    await this.#program.settle();
  }

  /** A view's rows in key order; a named stream's in log order; any other stream's by running its plan over the log. */
  async read<R>(of: Rows<R>): Promise<R[]> {
    await this.#program.settle();
    const { node } = of as unknown as Node;
    if (node.kind === "view") return readView(this.#program, node.name) as R[];
    if (node.kind === "publish" && this.#program.plan.published.some(({ name }) => name === node.name))
      return (await readPublished(this.#program, node.name)) as R[];
    return (await this.#adHoc(node as RowNode)) as R[];
  }

  async get<K, R>(view: View<string, K, R>, key: K): Promise<R | null> {
    await this.#program.settle();
    const spec = this.#program.plan.view(view.name);
    const reader = this.#runtime.store.read();
    try {
      const value = reader.get(
        view.name,
        new KeyCodec(keyFields(spec)).encode(spec.key.map((name) => (key as PlainRow)[name] ?? null)),
      );
      return value === null ? null : (new RowCodec(spec.schema).decode(value) as R);
    } finally {
      reader.close();
    }
  }

  async deadLetters(): Promise<
    { source: string; stream: string; reason: string; operator: string | null; bytes: Uint8Array }[]
  > {
    await this.#program.settle();
    return (await readPublished(this.#program, DEAD_LETTERS.name)) as never;
  }

  /** Loses the engine; the last commit stands, what follows it is done again. */
  async crash(options: { workers?: number } = {}): Promise<{ readonly replayedEpochs: number }> {
    const report = await this.#program.crash(options.workers);
    if (this.#program.configuration.mode === "live") await this.#program.settle();
    return report;
  }

  close(): Promise<void> {
    return this.#program.close();
  }

  get #runtime(): Runtime {
    return this.#program.runtime;
  }

  /** The stream's own plan, over the same log, with results that are thrown away. */
  async #adHoc(node: RowNode): Promise<PlainRow[]> {
    const name = "test_kit_read";
    const output: OutputNode = { kind: "publish", at: "read", input: node, name, keepMs: null };
    const { app, url } = { app: this.#program.app.name, url: this.#program.app.url };
    const partitions = Object.fromEntries(this.#program.plan.inputPlans.map((input) => [input.name, input.partitions]));
    const plan = new ResolvedPlan({ app, url, outputs: [output], partitions });
    if (plan.ruleSets.length > 0)
      throw new MillraceError("REQUEST", "give a stream behind match a name to read it in a test");
    const log = new OutputTap(this.#runtime.log, name);
    const runtime = new Runtime(
      {
        plan,
        log: log as unknown as Log,
        store: new MemoryStore(),
        disk: this.#program.disk,
        clock: this.#program.clock,
        snapshots: new MemorySnapshots(),
        tasks: async () => localTasks(plan, { workers: 1, interpreted: false }, this.#program.disk),
        spareTask: () => Promise.reject(new MillraceError("REQUEST", "a stream that is only read tries no rules")),
      },
      { epochRows: 1_000_000, snapshotRows: Number.POSITIVE_INFINITY },
    );
    await runtime.start();
    await runtime.settle();
    return log.rows.map(({ [TIME_COLUMN]: _time, ...row }) => row);
  }
}

/** Opens the test kit on a program. Close it: it may hold threads and files. */
export function harness(app: App, options?: HarnessOptions): Promise<Harness> {
  return Harness.open(app, options);
}

/** A log whose appends to one stream are kept aside, and to any other refused: reading must not write. */
class OutputTap {
  readonly rows: PlainRow[] = [];
  readonly #log: Log;
  readonly #name: string;

  constructor(log: Log, name: string) {
    this.#log = log;
    this.#name = name;
  }

  streams: Log["streams"] = () => this.#log.streams();
  async ensure(): Promise<void> {}
  async truncate(): Promise<void> {}
  bounds(stream: string, partition: number): { start: number; end: number } {
    return stream === this.#name ? { start: 0, end: this.rows.length } : this.#log.bounds(stream, partition);
  }
  entries: Log["entries"] = (...args) => this.#log.entries(...args);
  append: Log["append"] = async (requests) =>
    requests.map(({ stream, rows }) => {
      const from = this.rows.length;
      if (stream === this.#name) for (const row of rowsOf(rows)) this.rows.push(row);
      return { from, to: this.rows.length };
    });
}
