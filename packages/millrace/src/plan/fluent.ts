/**
 * The classes behind the fluent API. Each call makes one immutable plan node; nothing is checked here that needs the
 * whole plan: `app()` does that, all problems in one error.
 */
import { MillraceError } from "../base/errors.js";
import type { Duration } from "../base/time.js";
import { durationMs } from "../base/time.js";
import { schemaOf } from "../schema/builder.js";
import type { Cols } from "../schema/types.js";
import type { SinkSpec } from "../sink/spec.js";
import type { Agg, Keep, Window, WindowOpts } from "./api.js";
import type {
  AggKind,
  AggregateNode,
  AggSpec,
  Fn,
  KeyedNode,
  LambdaSpec,
  PlanNode,
  RowNode,
  RulesNode,
  SinkNode,
  TableNode,
  ViewNode,
} from "./nodes/node.js";
import { callSite } from "./place.js";
import { registerOutput } from "./registry.js";

type Params = Readonly<Record<string, unknown>> | null | undefined;

export function lambdaOf(fn: Fn, params: Params, what: string): LambdaSpec {
  if (typeof fn !== "function") throw new MillraceError("PROGRAM", `${what} takes a function`, { at: callSite() });
  return { fn, params: params ?? null };
}

export class NodeHandle<N extends PlanNode = PlanNode> {
  readonly node: N;

  constructor(node: N) {
    this.node = node;
  }

  get kind(): string {
    return this.node.kind === "publish" ? "stream" : this.node.kind;
  }

  get name(): string | undefined {
    return "name" in this.node ? this.node.name : undefined;
  }
}

export class StreamHandle extends NodeHandle<RowNode> {
  filter(fn: Fn, params?: Params): StreamHandle {
    return this.#next({ kind: "filter", at: callSite(), input: this.node, lambda: lambdaOf(fn, params, "filter") });
  }

  with(fn: Fn, params?: Params): StreamHandle {
    return this.#next({ kind: "with", at: callSite(), input: this.node, lambda: lambdaOf(fn, params, "with") });
  }

  map(fn: Fn, params?: Params): StreamHandle {
    return this.#next({ kind: "map", at: callSite(), input: this.node, lambda: lambdaOf(fn, params, "map") });
  }

  flatMap(fn: Fn, params?: Params): StreamHandle {
    return this.#next({ kind: "flatMap", at: callSite(), input: this.node, lambda: lambdaOf(fn, params, "flatMap") });
  }

  pick(...columns: string[]): StreamHandle {
    return this.#next({ kind: "pick", at: callSite(), input: this.node, columns });
  }

  notNull(...columns: string[]): StreamHandle {
    return this.#next({ kind: "notNull", at: callSite(), input: this.node, columns });
  }

  lift(columns: Cols): StreamHandle {
    return this.#next({ kind: "lift", at: callSite(), input: this.node, columns: schemaOf(columns) });
  }

  typed(columns: Cols): StreamHandle {
    for (const { name, default: given } of schemaOf(columns).fields)
      if (given !== undefined)
        throw new MillraceError("PROGRAM", `typed fixes the type of column "${name}" and fills nothing in`, {
          hint: `Leave out .default(…), and write the value in the lambda: ${name}: … ?? ${JSON.stringify(given)}.`,
          at: callSite(),
        });
    return this.#next({ kind: "typed", at: callSite(), input: this.node, columns: schemaOf(columns) });
  }

  late(): StreamHandle {
    return this.#next({ kind: "late", at: callSite(), input: this.node });
  }

  by(...columns: string[]): KeyedHandle {
    return new KeyedHandle(this.node, columns);
  }

  window(window: Window<unknown>, options?: WindowOpts): WindowedHandle {
    return new WindowedHandle(this.node, [], window, options);
  }

  lookup(
    table: NodeHandle<TableNode>,
    options: { on: Record<string, string>; kind?: "inner" | "left" },
    select: Fn,
  ): StreamHandle {
    return this.#next({
      kind: "lookup",
      at: callSite(),
      input: this.node,
      table: table.node,
      on: Object.entries(options.on),
      how: options.kind ?? "inner",
      lambda: lambdaOf(select, null, "lookup"),
    });
  }

  match(rules: NodeHandle<RulesNode>, select: Fn, options: { kind?: "all" | "first" } = {}): StreamHandle {
    return this.#next({
      kind: "match",
      at: callSite(),
      input: this.node,
      rules: rules.node,
      how: options.kind ?? "all",
      lambda: lambdaOf(select, null, "match"),
    });
  }

  stream(name: string, options?: { keep?: Duration | "forever" }): StreamHandle {
    const handle = this.#next({
      kind: "publish",
      at: callSite(),
      input: this.node,
      name,
      keepMs: keepMsOf(options?.keep),
    });
    registerOutput(handle);
    return handle;
  }

  #next(node: RowNode): StreamHandle {
    return new StreamHandle(Object.freeze(node));
  }
}

export class KeyedHandle {
  readonly #input: RowNode;
  readonly #key: readonly string[];

  constructor(input: RowNode, key: readonly string[]) {
    this.#input = input;
    this.#key = key;
  }

  window(window: Window<unknown>, options?: WindowOpts): WindowedHandle {
    return new WindowedHandle(this.#input, this.#key, window, options);
  }

  agg(build: (a: AggBuilder) => Record<string, Agg<unknown>>, options: Keep): TableHandle {
    return this.#aggregate(aggsOf(build), options);
  }

  latest(options: Keep): TableHandle {
    return this.#aggregate([{ name: "*", kind: "last", column: "*", sample: false, wholeRow: true }], options);
  }

  #aggregate(aggs: readonly AggSpec[], options: Keep): TableHandle {
    if (options?.keep !== "forever")
      throw new MillraceError("PROGRAM", "an aggregate without a window keeps a row for every key", {
        at: callSite(),
        hint: 'Say { keep: "forever" } if the number of keys is bounded, or put .window(…) before .agg.',
      });
    return new TableHandle({
      kind: "aggregate",
      at: callSite(),
      input: this.#input,
      key: this.#key,
      window: null,
      emit: "updates",
      correctMs: Number.POSITIVE_INFINITY,
      keepMs: Number.POSITIVE_INFINITY,
      aggs,
      stateName: options.name ?? null,
    });
  }
}

export class WindowedHandle {
  readonly #input: RowNode;
  readonly #key: readonly string[];
  readonly #window: Window<unknown>;
  readonly #options: WindowOpts;

  constructor(input: RowNode, key: readonly string[], window: Window<unknown>, options: WindowOpts = {}) {
    this.#input = input;
    this.#key = key;
    this.#window = window;
    this.#options = options;
  }

  agg(build: (a: AggBuilder) => Record<string, Agg<unknown>>, options?: { name?: string }): TableHandle {
    const { emit = "final", late = "drop" } = this.#options;
    if (late !== "drop" && emit === "final")
      throw new MillraceError("PROGRAM", "a closed window cannot be corrected", {
        at: callSite(),
        hint: 'late: { correct: … } needs emit: "updates", so that readers see the correction.',
      });
    const node: AggregateNode = {
      kind: "aggregate",
      at: callSite(),
      input: this.#input,
      key: this.#key,
      window: { kind: "tumble", sizeMs: this.#window.sizeMs },
      emit,
      correctMs: late === "drop" ? 0 : late.correct === "forever" ? Number.POSITIVE_INFINITY : durationMs(late.correct),
      keepMs: null,
      aggs: aggsOf(build),
      stateName: options?.name ?? null,
    };
    return new TableHandle(node);
  }
}

export class TableHandle extends NodeHandle<KeyedNode> {
  filter(fn: Fn, params?: Params): TableHandle {
    return new TableHandle({
      kind: "tableFilter",
      at: callSite(),
      input: this.node,
      lambda: lambdaOf(fn, params, "filter"),
    });
  }

  with(fn: Fn, params?: Params): TableHandle {
    return new TableHandle({
      kind: "tableWith",
      at: callSite(),
      input: this.node,
      lambda: lambdaOf(fn, params, "with"),
    });
  }

  view(name: string, options?: { doc?: string }): ViewHandle {
    const handle = new ViewHandle({ kind: "view", at: callSite(), input: this.node, name, doc: options?.doc ?? null });
    registerOutput(handle);
    return handle;
  }
}

export class ViewHandle extends NodeHandle<ViewNode> {
  to(name: string, sink: SinkSpec, options: { every?: Duration } = {}): SinkHandle {
    const everyMs = options.every === undefined ? 0 : durationMs(options.every);
    const handle = new SinkHandle({ kind: "sink", at: callSite(), input: this.node, name, sink, everyMs });
    registerOutput(handle);
    return handle;
  }
}

export class SinkHandle extends NodeHandle<SinkNode> {}

/** `a` in `.agg(a => …)`. */
export class AggBuilder {
  count = (): AggSpec => spec("count", null);
  countDistinct = (column: string): AggSpec => spec("countDistinct", column);
  sum = (column: string): AggSpec => spec("sum", column);
  min = (column: string): AggSpec => spec("min", column);
  max = (column: string): AggSpec => spec("max", column);
  mean = (column: string): AggSpec => spec("mean", column);
  variance = (column: string, options?: { sample?: boolean }): AggSpec => spec("variance", column, options?.sample);
  stddev = (column: string, options?: { sample?: boolean }): AggSpec => spec("stddev", column, options?.sample);
  first = (column: string): AggSpec => spec("first", column);
  last = (column: string): AggSpec => spec("last", column);
}

function spec(kind: AggKind, column: string | null, sample = false): AggSpec {
  return { name: "", kind, column, sample };
}

function aggsOf(build: (a: AggBuilder) => Record<string, Agg<unknown>>): readonly AggSpec[] {
  const built = build(new AggBuilder()) as unknown as Record<string, AggSpec>;
  if (typeof built !== "object" || built === null || Object.keys(built).length === 0)
    throw new MillraceError("PROGRAM", ".agg takes a function that returns an object of aggregates", {
      at: callSite(),
      hint: 'For example .agg(a => ({ orders: a.count(), total: a.sum("amount") })).',
    });
  return Object.entries(built).map(([name, aggregate]) => ({ ...aggregate, name }));
}

export function keepMsOf(keep: Duration | "forever" | undefined): number | null {
  return keep === undefined || keep === "forever" ? null : durationMs(keep);
}
