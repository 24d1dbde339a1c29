/** The functions a program starts from: `stream`, `table`, `rules`, `union`, `tumble`. */
import { MillraceError } from "../base/errors.js";
import type { Duration } from "../base/time.js";
import { durationMs } from "../base/time.js";
import type { EventType } from "../schema/builder.js";
import { schemaOf, t } from "../schema/builder.js";
import type { Cols, InputOf, RowOf, Show } from "../schema/types.js";
import type { Source } from "../source/spec.js";
import type { NamedStream, NamedTable, RuleSet, Stream, StreamOpts, Window } from "./api.js";
import { keepMsOf, lambdaOf, NodeHandle, StreamHandle } from "./fluent.js";
import type { RulesNode, StreamNode, TableNode } from "./nodes/node.js";
import { callSite } from "./place.js";
import type { CompiledRules, RuleFile } from "./rules/rule-set.js";

/** A partitioned, durable log of one event type. */
export function stream<const N extends string, C extends Cols>(
  name: N,
  columns: C | EventType<C>,
  options: NoInfer<StreamOpts<C>>,
): NamedStream<N, RowOf<C>, InputOf<C>> {
  const node: StreamNode = {
    kind: "stream",
    at: callSite(),
    name,
    schema: schemaOf(columnsOf(columns)),
    time: typeof options.time === "function" ? lambdaOf(options.time, null, "time") : options.time,
    delayMs: options.delay === undefined ? 0 : durationMs(options.delay),
    idleMs: options.idle === undefined ? null : durationMs(options.idle),
    futureMs: options.future === undefined ? null : durationMs(options.future),
    partitions: options.partitions ?? 1,
    partitionBy: options.partitionBy ?? [],
    keepMs: keepMsOf(options.keep),
    from: sourcesOf(options.from),
  };
  if (!Number.isInteger(node.partitions) || node.partitions < 1 || node.partitions > 1024)
    throw new MillraceError("PROGRAM", `stream "${name}": partitions is a whole number from 1 to 1024`, {
      at: node.at,
    });
  return new StreamHandle(Object.freeze(node)) as unknown as NamedStream<N, RowOf<C>, InputOf<C>>;
}

/** Keyed rows read from files or pushed in: the last row of each key holds. */
export function table<const N extends string, C extends Cols, const K extends readonly (keyof C & string)[]>(
  name: N,
  columns: C | EventType<C>,
  options: { key: K; from?: Source | readonly Source[] },
): NamedTable<N, Show<Pick<RowOf<C>, K[number]>>, RowOf<C>, InputOf<C>> {
  const node: TableNode = {
    kind: "table",
    at: callSite(),
    name,
    schema: schemaOf(columnsOf(columns)),
    key: options.key,
    from: sourcesOf(options.from),
  };
  return new NodeHandle(Object.freeze(node)) as unknown as NamedTable<
    N,
    Show<Pick<RowOf<C>, K[number]>>,
    RowOf<C>,
    InputOf<C>
  >;
}

/**
 * A set of predicates read from files, which may change while events flow. `compile` sees all files at once, as one may
 * refer to another, and reports what it could not use; `meta` declares what `match` is told about a rule besides its id.
 */
export function rules<C extends Cols>(
  name: string,
  options: {
    from: string | readonly string[];
    meta: C;
    /** Whether rules added later are also run over the history (default). */
    retro?: boolean;
    compile(files: readonly RuleFile[]): CompiledRules<InputOf<C>>;
  },
): RuleSet<Show<RowOf<C> & { readonly id: string }>> {
  const node: RulesNode = {
    kind: "rules",
    at: callSite(),
    name,
    source: { from: typeof options.from === "string" ? [options.from] : options.from },
    meta: schemaOf({ id: t.string(), ...options.meta }),
    retro: options.retro ?? true,
    compile: options.compile as unknown as RulesNode["compile"],
  };
  return new NodeHandle(Object.freeze(node)) as unknown as RuleSet<Show<RowOf<C> & { readonly id: string }>>;
}

/** The rows of several streams of the same columns. */
export function union<R>(...streams: readonly Stream<R>[]): Stream<R> {
  if (streams.length === 0) throw new MillraceError("PROGRAM", "union takes at least one stream", { at: callSite() });
  const inputs = streams.map((s) => (s as unknown as StreamHandle).node);
  return new StreamHandle(Object.freeze({ kind: "union", at: callSite(), inputs })) as unknown as Stream<R>;
}

/** Windows of equal length one after the other, aligned to the epoch (1970-01-01T00:00Z): [k * size, (k + 1) * size). */
export function tumble(size: Duration): Window {
  const sizeMs = durationMs(size);
  if (sizeMs < 1) throw new MillraceError("PROGRAM", "a window is at least 1 ms long", { at: callSite() });
  return { window: "tumble", sizeMs };
}

function columnsOf<C extends Cols>(columns: C | EventType<C>): C {
  const named = columns as EventType<C>;
  return typeof named.name === "string" && typeof named.columns === "object" ? named.columns : (columns as C);
}

function sourcesOf(from: Source | readonly Source[] | undefined): readonly Source[] {
  return from === undefined ? [] : Array.isArray(from) ? from : [from as Source];
}
