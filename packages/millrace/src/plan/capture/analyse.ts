/** One function through all analyses: parse, names, refusals, normal form, reads, expression. */

import { MillraceError } from "../../base/errors.js";
import type { Expression } from "./expression.js";
import { STANDARD_NAMES } from "./globals.js";
import type { Unrecognised } from "./lower.js";
import { lowerLambda } from "./lower.js";
import { importedName, normalText } from "./normal.js";
import type { Source } from "./parse.js";
import { parseLambda, quote } from "./parse.js";
import type { Reads } from "./reads.js";
import { readsOf } from "./reads.js";
import { refuseForbidden } from "./refuse.js";
import type { Scopes } from "./scope.js";
import { resolveScopes } from "./scope.js";
import { refuseWrites } from "./writes.js";

export interface Analysis {
  readonly source: string;
  readonly normal: string;
  /** One for each row argument. */
  readonly reads: readonly Reads[];
  readonly paramsRead: ReadonlySet<string> | "all";
  /** Free names that are not JavaScript's own, each once, in order of appearance. */
  readonly captured: readonly string[];
  readonly expression: Expression | null;
  readonly why: Unrecognised | null;
}

export interface AnalyseOptions {
  /** Row arguments. */
  readonly arity: number;
  /** The parameter object, passed after the rows. */
  readonly params: object | undefined;
  /** Positions of arguments that are state and may be changed. */
  readonly writable: readonly number[];
}

/** Throws `PROGRAM` for everything the law forbids. */
export function analyse(fn: unknown, options: AnalyseOptions): Analysis {
  const { arity, params, writable } = options;
  const source = parseLambda(fn);
  const scopes = resolveScopes(source.node);
  refuseForbidden(source, scopes);
  refuseWrites(source, scopes, arity, writable);
  refuseMissingArguments(source, arity, params);
  const lowered = lowerLambda({ source, scopes, arity, params });
  return {
    source: source.text,
    normal: normalText(source.node, scopes),
    reads: Array.from({ length: arity }, (_, row) => readsOf(source.node, scopes, row)),
    paramsRead: readsOf(source.node, scopes, arity).columns,
    captured: capturedNames(scopes),
    expression: "expression" in lowered ? lowered.expression : null,
    why: "why" in lowered ? lowered.why : null,
  };
}

function capturedNames(scopes: Scopes): string[] {
  const names = new Set<string>();
  for (const node of scopes.free)
    if (!STANDARD_NAMES.has(node.name) && node.name !== "arguments")
      names.add(importedName(scopes.parentOf.get(node), scopes) ?? node.name);
  return [...names];
}

/** A parameter nobody passes: the usual slip is `(e, p) =>` without the object after it. */
function refuseMissingArguments(source: Source, arity: number, params: object | undefined): void {
  const given = arity + (params === undefined ? 0 : 1);
  const extra = source.node.params[given];
  if (extra === undefined || extra.type === "AssignmentPattern" || extra.type === "RestElement") return;
  const name = source.code.slice(extra.start, extra.end);
  throw new MillraceError(
    "PROGRAM",
    `a lambda asks for \`${name}\`, but nothing is passed there: it is given ${count(arity, "row")}${params === undefined ? " and no parameters" : " and one object of parameters"}\n\n${quote(source, extra)}`,
    {
      hint:
        params === undefined
          ? "Pass parameters as an object after the lambda: .filter((e, p) => e.price > p.min, { min: 100 })."
          : "Put all parameters into the one object: (e, p) => … p.min … p.max …",
    },
  );
}

function count(n: number, noun: string): string {
  return n === 1 ? `one ${noun}` : `${n} ${noun}s`;
}
