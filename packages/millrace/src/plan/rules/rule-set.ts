/** Rule sets as the plan knows them: where the files are, and what compiled rules are. */
import type { RulesNode } from "../nodes/node.js";
import type { Expr } from "./expr.js";

export interface RuleSource {
  /** Files, folders or globs, relative to the app's module. */
  readonly from: readonly string[];
}

export interface RuleFile {
  readonly path: string;
  readonly text: string;
}

export interface Rule<M> {
  readonly id: string;
  readonly when: Expr;
  /** Columns handed to `match`'s select for every match, as declared by the rule set. */
  readonly meta: M;
}

export interface RuleProblem {
  readonly path: string;
  /** From 1; 0 where no line can be named. */
  readonly line: number;
  readonly reason: string;
}

export interface CompiledRules<M> {
  readonly rules: readonly Rule<M>[];
  /** Files or documents that gave no rule; the others go on. */
  readonly problems?: readonly RuleProblem[];
}

const compiled = new WeakMap<readonly RuleFile[], Required<CompiledRules<object>>>();

/** Runs the author's compiler over the files, in order of path, once for each list of files; rules come out in order of id. */
export function compileRules(node: RulesNode, files: readonly RuleFile[]): Required<CompiledRules<object>> {
  let set = compiled.get(files);
  if (set === undefined) {
    set = compileAnew(node, files);
    compiled.set(files, set);
  }
  return set;
}

function compileAnew(node: RulesNode, files: readonly RuleFile[]): Required<CompiledRules<object>> {
  const ordered = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const { rules, problems = [] } = node.compile(ordered);
  return { rules: [...rules].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)), problems };
}
