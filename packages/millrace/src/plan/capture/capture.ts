/**
 * Capturing a lambda: from a JavaScript function value to what the engine needs to know of it.
 *
 *     captureLambda((e, p) => e.price > p.min, { arity: 1, params: { min: 100 } })
 *       normal      fn[$0,$1](…)      equal for all spellings: goes into the plan hash
 *       reads       [{price}]         projection, chunk skipping
 *       captured    []                nothing the engine cannot see
 *       expression  column > param    inlining, static types, Spark; null where `why` says what stopped it
 *
 * Nothing is run: all of it comes from the text, so it is the same in every worker.
 */
import { MillraceError } from "../../base/errors.js";
import { analyse } from "./analyse.js";
import type { Expression } from "./expression.js";
import type { Unrecognised } from "./lower.js";
import type { ParamFunction } from "./params.js";
import { checkParams } from "./params.js";
import type { Reads } from "./reads.js";

export interface Captured {
  /** The function itself, for calling it. */
  readonly fn: (...args: readonly unknown[]) => unknown;
  /** The text as the runtime gives it. */
  readonly source: string;
  /** Canonical text of the lambda alone. With `paramsNormal` it says all there is to a closed lambda. */
  readonly normal: string;
  readonly paramsNormal: string;
  /** The number of row arguments. */
  readonly arity: number;
  /** What is read of each row argument. */
  readonly reads: readonly Reads[];
  /** Names read of the parameter object. */
  readonly paramsRead: ReadonlySet<string> | "all";
  readonly params: Readonly<Record<string, unknown>> | undefined;
  readonly functions: readonly ParamFunction[];
  /** Names from outside, of the lambda and of the functions among its parameters. Imports under vitest by their own name. */
  readonly captured: readonly string[];
  /** No captures: may be built again from its text. */
  readonly closed: boolean;
  /** The same arguments give the same value: closed, as everything else that could differ is refused. */
  readonly pure: boolean;
  /** Whether the body lies in the analysable subset. */
  readonly recognised: boolean;
  /** What stopped the analysis; null when recognised. */
  readonly why: Unrecognised | null;
  /** The value as an expression; null when not recognised. */
  readonly expression: Expression | null;
}

export interface CaptureOptions {
  /** How many rows it is called with; parameters come after them. */
  readonly arity: number;
  readonly params?: Readonly<Record<string, unknown>> | undefined;
  /** Positions of arguments that are state (process, entities) and may be changed. */
  readonly writable?: readonly number[];
  /** Where it is written, for errors: operator, file:line. */
  readonly at?: string;
}

/** Throws `PROGRAM` for what the law forbids (async, clock, chance, outside state) and for parameters that are no values. */
export function captureLambda(fn: unknown, options: CaptureOptions): Captured {
  const { arity, params, writable = [], at } = options;
  try {
    const checked = params === undefined ? { functions: [], captured: [], normal: "" } : checkParams(params);
    const analysis = analyse(fn, { arity, params, writable });
    const captured = [...new Set([...analysis.captured, ...checked.captured])];
    return {
      fn: fn as Captured["fn"],
      source: analysis.source,
      normal: analysis.normal,
      paramsNormal: checked.normal,
      arity,
      reads: analysis.reads,
      paramsRead: analysis.paramsRead,
      params,
      functions: checked.functions,
      captured,
      closed: captured.length === 0,
      pure: captured.length === 0,
      recognised: analysis.expression !== null,
      why: analysis.why,
      expression: analysis.expression,
    };
  } catch (cause) {
    if (at === undefined || !(cause instanceof MillraceError) || cause.at !== undefined) throw cause;
    throw new MillraceError(cause.code, cause.message, {
      at,
      cause,
      ...(cause.hint === undefined ? {} : { hint: cause.hint }),
    });
  }
}

/** The names read of the open column `column` of row argument `row`: a set, or "all" when it is used in another way. */
export function openReads(captured: Captured, row: number, column: string): ReadonlySet<string> | "all" {
  const reads = captured.reads[row];
  if (reads === undefined) return new Set();
  return reads.columns === "all" ? "all" : (reads.open.get(column) ?? new Set());
}

/** One line for `explain`: `e.list.sort() at 2:10: the method …`. */
export function describeWhy(why: Unrecognised): string {
  return `\`${why.text}\` (line ${why.line}, column ${why.column} of the lambda): ${why.reason}`;
}
