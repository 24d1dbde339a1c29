/**
 * The fluent API at the type level: what programs see. The classes behind these interfaces are in `fluent.ts`; a
 * method is here only when the engine runs it.
 */
import type { Decimal } from "../base/decimal.js";
import type { Duration } from "../base/time.js";
import type { Col, Cols, ColValue, RowOf, Show, TimeName, Value } from "../schema/types.js";
import type { SinkSpec } from "../sink/spec.js";
import type { Source } from "../source/spec.js";
import type { PlanNode } from "./nodes/node.js";

// ---- what a lambda may return
type Bad<K> = `column ${K & string}: not a column value (string, number, bigint, boolean, null, list, struct)`;
export type Check<O> = { [K in keyof O]: O[K] extends Value | undefined ? unknown : Bad<K> };
type Norm<X> = undefined extends X ? Exclude<X, undefined> | null : X;
/** The row as the engine stores it: undefined becomes null. */
export type Out<O> = Show<{ [K in keyof O]-?: Norm<O[K]> }>;
/** One mapped type, not Omit & B: long chains of `with` stay shallow. */
type Merge<A, B> = A extends unknown
  ? { readonly [K in keyof A | keyof B]: K extends keyof B ? B[K] : K extends keyof A ? A[K] : never }
  : never;

/** An interface, not aliases: a misspelt name is answered with the plain list of names. */
interface Names<R> {
  any: keyof R & string;
  keyable: {
    [K in keyof R]: NonNullable<R[K]> extends number | bigint | boolean | string | Decimal ? K : never;
  }[keyof R] &
    string;
  numeric: { [K in keyof R]: NonNullable<R[K]> extends number | bigint | Decimal ? K : never }[keyof R] & string;
  ordered: { [K in keyof R]: NonNullable<R[K]> extends number | bigint | Decimal | string ? K : never }[keyof R] &
    string;
}
/** Stream column -> table key column of the same type. */
type On<L, R> = {
  readonly [A in keyof L & string]?: {
    [B in keyof R & string]: NonNullable<L[A]> extends NonNullable<R[B]>
      ? B
      : NonNullable<R[B]> extends NonNullable<L[A]>
        ? B
        : never;
  }[keyof R & string];
};
type Opt<X, Y> = null extends X ? Y | null : Y;

// ---- aggregates
export interface Agg<X> {
  readonly result?: X;
}
/** Nulls are skipped, as in SQL; over only nulls the result is null. */
export interface Aggs<R> {
  count(): Agg<number>;
  countDistinct(column: Names<R>["keyable"]): Agg<number>;
  /** Exact whatever the order; floats are rounded once, at the end. Leaving ±2^53 (number) or 64 bits (bigint) is an error. */
  sum<K extends Names<R>["numeric"]>(column: K): Agg<R[K]>;
  min<K extends Names<R>["ordered"]>(column: K): Agg<R[K]>;
  max<K extends Names<R>["ordered"]>(column: K): Agg<R[K]>;
  mean<K extends Names<R>["numeric"]>(column: K): Agg<Opt<R[K], number>>;
  /** Of the population, unless `sample`. */
  variance<K extends Names<R>["numeric"]>(column: K, options?: { sample?: boolean }): Agg<Opt<R[K], number>>;
  stddev<K extends Names<R>["numeric"]>(column: K, options?: { sample?: boolean }): Agg<Opt<R[K], number>>;
  /** By event time, then stream, partition and offset. */
  first<K extends Names<R>["any"]>(column: K): Agg<R[K]>;
  last<K extends Names<R>["any"]>(column: K): Agg<R[K]>;
}
type AggRow<A> = { [K in keyof A]: A[K] extends Agg<infer X> ? X : never };

// ---- windows
export interface Window<W = { readonly windowStart: number }> {
  readonly window: "tumble";
  readonly sizeMs: number;
  readonly identity?: W;
}
export interface WindowCols {
  readonly windowStart: number;
  readonly windowEnd: number;
}
export interface WindowOpts {
  /** final (default): a row once the window is closed; updates: a row after every epoch that changed it. */
  emit?: "final" | "updates";
  /** Rows behind their own partition's watermark: dropped and counted (default), or still taken in for so long. Needs `emit: "updates"`. */
  late?: "drop" | { correct: Duration | "forever" };
}
/** Bound on state. "forever" is the author's word that it may grow with the number of keys. */
export interface Keep {
  keep: "forever";
  name?: string;
}

// ---- nodes
export interface Node {
  readonly node: PlanNode;
}
export interface Rows<R> extends Node {
  readonly rowType?: R;
}
/** The row type of a stream, table or view. */
export type Row<N> = N extends Rows<infer R> ? R : never;

/** What `match`'s select is told about the place of the matching row. */
export interface Origin {
  readonly stream: string;
  readonly partition: number;
  readonly offset: number;
  /** Event time, epoch ms. */
  readonly time: number;
  /** Whether the rule came after the row and was found by hunting back; windows take such a row as late. */
  readonly retro: boolean;
}

export interface Stream<R, C = unknown> extends Rows<R> {
  readonly input?: C;
  filter<P extends object = Record<never, never>>(f: (e: R, p: P) => boolean, params?: P): Stream<R>;
  /** Adds or replaces columns. */
  with<O extends object, P extends object = Record<never, never>>(
    f: (e: R, p: P) => O & Check<O>,
    params?: P,
  ): Stream<Merge<R, Out<O>>>;
  map<O extends object, P extends object = Record<never, never>>(
    f: (e: R, p: P) => O & Check<O>,
    params?: P,
  ): Stream<Out<O>>;
  /** Any number of rows for each; they keep its time and place. Say the columns' types with `.typed` behind it. */
  flatMap<O extends object, P extends object = Record<never, never>>(
    f: (e: R, p: P) => readonly O[],
    params?: P,
  ): Stream<Out<O>>;
  pick<K extends Names<R>["any"]>(...columns: K[]): Stream<Show<Pick<R, K>>>;
  /** Drops rows where a named column is null, and the null from its type. */
  notNull<K extends Names<R>["any"]>(
    ...columns: K[]
  ): Stream<Show<{ [X in keyof R]: X extends K ? NonNullable<R[X]> : R[X] }>>;
  /** Schema on read: open attributes become optional typed columns. A value of another type reads as null. */
  lift<C2 extends Cols>(columns: C2): Stream<Merge<R, { [K in keyof C2]: ColValue<C2[K]> | null }>>;
  /** Fixes the types of computed columns. */
  typed<C2 extends { [K in keyof R]?: Col<unknown, string, boolean> }>(
    columns: C2,
  ): Stream<Merge<R, { [K in keyof C2]: ColValue<C2[K]> }>>;
  /** Rows behind their own partition's watermark: a property of the data, the same on replay. */
  late(): Stream<R>;
  by<K extends Names<R>["keyable"]>(...columns: K[]): Keyed<Show<Pick<R, K>>, R>;
  window<W>(window: Window<W>, options?: WindowOpts): Windowed<W, Record<never, never>, R>;
  /** Stream with table: the table's row as it is when the stream's row is processed. */
  lookup<K2, R2, O extends object, J extends "inner" | "left" = "inner">(
    table: NamedTable<string, K2, R2, unknown>,
    options: { on: On<R, R2>; kind?: J },
    select: (l: R, r: J extends "left" ? R2 | null : R2) => O & Check<O>,
  ): Stream<Out<O>>;
  /** One row for every rule of the set that the row satisfies. */
  match<M, O extends object, J extends "all" | "first" = "all">(
    rules: RuleSet<M>,
    select: (e: R, rule: J extends "first" ? M | null : M, place: Origin) => O & Check<O>,
    /** first: one row for each row, made of the first rule in order of id that it satisfies, or of null. */
    options?: { kind?: J },
  ): Stream<Out<O>>;
  /** Publishes as a named, durable stream. */
  stream<const N extends string>(name: N, options?: { keep?: Duration | "forever" }): NamedStream<N, R>;
}
export interface NamedStream<N extends string, R, C = unknown> extends Stream<R, C> {
  readonly kind: "stream";
  readonly name: N;
}
export interface Keyed<K, R> {
  window<W>(window: Window<W>, options?: WindowOpts): Windowed<W, K, R>;
  agg<A extends Record<string, Agg<unknown>>>(f: (a: Aggs<R>) => A, options: Keep): Table<K, Show<K & AggRow<A>>>;
  /** The last row of each key, by event time, then stream, partition and offset. */
  latest(options: Keep): Table<K, R>;
}
export interface Windowed<W, K, R> {
  agg<A extends Record<string, Agg<unknown>>>(
    f: (a: Aggs<R>) => A,
    options?: { name?: string },
  ): Table<Show<K & W>, Show<K & WindowCols & AggRow<A>>>;
}
/** Keyed rows that change: the result of an aggregate. */
export interface Table<K, R> extends Rows<R> {
  readonly keyType?: K;
  filter<P extends object = Record<never, never>>(f: (e: R, p: P) => boolean, params?: P): Table<K, R>;
  with<O extends object, P extends object = Record<never, never>>(
    f: (e: R, p: P) => O & Check<O>,
    params?: P,
  ): Table<K, Merge<R, Out<O>>>;
  view<const N extends string>(name: N, options?: { doc?: string }): View<N, K, R>;
}
export interface View<N extends string, K, R> extends Rows<R> {
  readonly kind: "view";
  readonly name: N;
  readonly keyType?: K;
  /**
   * Delivers rows that changed, at least once, each with an id that is the same for the same row. List it among the
   * app's outputs. every: a key is delivered at most so often, with what its row is by then.
   */
  to<const S extends string>(name: S, sink: SinkSpec, options?: { every?: Duration }): Delivered<S>;
}
export interface Delivered<N extends string> extends Node {
  readonly kind: "sink";
  readonly name: N;
}
export interface NamedTable<N extends string, K, R, I> extends Rows<R> {
  readonly kind: "table";
  readonly name: N;
  readonly keyType?: K;
  readonly input?: I;
}
export interface RuleSet<M> extends Node {
  readonly kind: "rules";
  readonly name: string;
  readonly rule?: M;
}

export interface StreamOpts<C extends Cols> {
  /** Event time: a timestamp column, or computed (epoch ms). */
  time: TimeName<C> | ((e: RowOf<C>) => number);
  /** Watermark: largest event time seen in the partition, less this. Default 0. */
  delay?: Duration;
  /** Without rows for so long a partition no longer holds back the others. Default: it does for ever. */
  idle?: Duration;
  /** Rows further ahead of the clock than this are quarantined among the dead letters. */
  future?: Duration;
  /** Default 1; fixed when the data directory is made. */
  partitions?: number;
  /** Rows with equal values share a partition. Default: rows are spread by source. */
  partitionBy?: readonly (keyof C & string)[];
  /** How long rows stay in the log, by append time. Default for ever. */
  keep?: Duration | "forever";
  from?: Source | readonly Source[];
}

export interface App<N extends string = string, P extends readonly Node[] = readonly Node[]> {
  readonly name: N;
  readonly parts: P;
  /** URL of the module that workers import; its default export is this app. */
  readonly url: string;
}

export type { Cols, RowOf };
