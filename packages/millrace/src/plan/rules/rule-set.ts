/** Rule sets as the plan knows them: where the files are, and what compiled rules are. */
import { createHash } from "node:crypto";
import { MillraceError } from "../../base/errors.js";
import { batchOf } from "../../batch/build.js";
import { rowAt } from "../../batch/read.js";
import type { RulesNode } from "../nodes/node.js";
import type { Expr } from "./expr.js";

export interface RuleSource {
  /** Files, folders or globs, relative to the app's module. */
  readonly from: readonly string[];
}

export interface RuleFile {
  /** Relative to the folder that all of the set's files are below, with forward slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Rule<M> {
  readonly id: string;
  readonly when: Expr;
  /** Columns handed to `match`'s select for every match, as declared by the rule set. */
  readonly meta: M;
  /** Path of the file it is written in, as `compile` was given it: the rule is listed there, and a broken file is told from an empty one. */
  readonly file?: string;
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

/** A rule as the engine runs it. */
export interface RuleEntry {
  readonly id: string;
  readonly when: Expr;
  readonly file: string | null;
  /** What `match`'s select sees: id and meta, as the set declares them. */
  readonly row: Readonly<Record<string, unknown>>;
  /** Two rules of one id with the same key match the same rows. */
  readonly key: string;
}

export interface RuleEntries {
  /** In order of id. */
  readonly rules: readonly RuleEntry[];
  readonly problems: readonly RuleProblem[];
}

interface Remembered {
  /** Sets last compiled, by the texts they were compiled from: tasks of one thread share them, and a change back is free. */
  readonly sets: Map<string, RuleEntries>;
  /** A compiler that keeps its own results by file gives the same rule again: then nothing is checked twice. */
  readonly entries: WeakMap<Rule<object>, RuleEntry>;
}

const SETS_MAX = 4;
const remembered = new WeakMap<RulesNode, Remembered>();

/**
 * Runs the author's compiler over the files, in order of path. Throws what the compiler throws; a rule whose meta does
 * not fit the declared columns is a problem, not an error.
 */
export function compileRules(node: RulesNode, files: Iterable<RuleFile>): RuleEntries {
  const ordered = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const digest = createHash("sha256");
  for (const { path, text } of ordered) digest.update(`${path.length} ${text.length} ${path}${text}`);
  const key = digest.digest("base64");
  const known = remembered.get(node) ?? { sets: new Map(), entries: new WeakMap() };
  remembered.set(node, known);
  const { sets } = known;
  const found = sets.get(key) ?? compileAnew(node, ordered, known.entries);
  sets.delete(key);
  sets.set(key, found);
  if (sets.size > SETS_MAX) sets.delete(sets.keys().next().value as string);
  return found;
}

function compileAnew(node: RulesNode, files: readonly RuleFile[], known: Remembered["entries"]): RuleEntries {
  const { rules, problems = [] } = node.compile(files);
  const unfit: RuleProblem[] = [];
  const compiled = rules.flatMap((rule) => {
    try {
      const entry = known.get(rule) ?? entryOf(node, rule);
      known.set(rule, entry);
      return [entry];
    } catch (error) {
      unfit.push({
        path: rule.file ?? "",
        line: 0,
        reason: `rule "${rule.id}" does not fit the columns of "${node.name}": ${(error as Error).message}`,
      });
      return [];
    }
  });
  compiled.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  return { rules: compiled, problems: [...problems, ...unfit] };
}

function entryOf(node: RulesNode, rule: Rule<object>): RuleEntry {
  if (typeof rule.id !== "string" || rule.id === "") throw new MillraceError("DECODE", "it has no id");
  const row = Object.freeze(rowAt(batchOf(node.meta, [{ ...rule.meta, id: rule.id }]), 0));
  const key = JSON.stringify(rule.when, (_key, value: unknown) => (typeof value === "bigint" ? `${value}n` : value));
  return { id: rule.id, when: rule.when, file: rule.file ?? null, row, key };
}
