/** The type level: from column builders to row and input types. Nothing here exists at run time. */
import type { Decimal } from "../base/decimal.js";

declare const T: unique symbol;

/** Attributes that are not in the schema. Names are case-sensitive; a nested object's are joined by dots. */
export interface Open {
  /** The value as text: numbers and booleans in decimal, lists as JSON; null when absent. */
  text(field: string): string | null;
  number(field: string): number | null;
  int64(field: string): bigint | null;
  bool(field: string): boolean | null;
  has(field: string): boolean;
  /** Names present in this row. */
  names(): string[];
}

export type Value =
  | string
  | number
  | bigint
  | boolean
  | null
  | Uint8Array
  | Decimal
  | Open
  | readonly Value[]
  | { readonly [k: string]: Value };

export interface Col<V, K extends string = string, D extends boolean = false> {
  readonly [T]: V;
  readonly kind: K;
  readonly hasDefault: D;
  optional(): Col<V | null, K, D>;
  default(v: NonNullable<V>): Col<V, K, true>;
  /** Other names of this column in the input, in order of preference. */
  from(...names: string[]): Col<V, K, D>;
}
// biome-ignore lint/suspicious/noExplicitAny: `any` is the only way to say "a column of whatever value" without losing inference
export type Cols = { readonly [name: string]: Col<any, string, boolean> };
export type ColValue<C> = C extends Col<infer X, string, boolean> ? X : never;

/** Flattens intersections, so that hovers and errors show columns. */
export type Show<X> = X extends unknown ? { readonly [K in keyof X]: X[K] } : never;
export type RowOf<C> = Show<{ [K in keyof C]: ColValue<C[K]> }>;

type In<X, K> = K extends "timestamp"
  ? X | string | Date
  : K extends "decimal"
    ? X | string
    : K extends "open"
      ? Record<string, unknown>
      : X;
type OptIn<C> = {
  [K in keyof C]: C[K] extends Col<infer X, infer Kd, infer D>
    ? null extends X
      ? K
      : D extends true
        ? K
        : Kd extends "open"
          ? K
          : never
    : never;
}[keyof C];
/** What push and ingest accept: optional, defaulted and open columns may be left out. */
export type InputOf<C> = Show<
  {
    [K in Exclude<keyof C, OptIn<C>>]: C[K] extends Col<infer X, infer Kd, boolean> ? In<X, Kd> : never;
  } & { [K in OptIn<C>]?: C[K] extends Col<infer X, infer Kd, boolean> ? In<X, Kd> : never }
>;
export type TimeName<C> = {
  [K in keyof C]: C[K] extends Col<unknown, "timestamp" | "timestampNs", boolean> ? K : never;
}[keyof C] &
  string;
