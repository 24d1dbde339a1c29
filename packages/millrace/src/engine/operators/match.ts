/** match: one row for every rule of the set that a row satisfies, in order of rule number. */
import { MillraceError } from "../../base/errors.js";
import { batchOf } from "../../batch/build.js";
import { rowAt } from "../../batch/read.js";
import { int64AsNumber } from "../../batch/vector.js";
import type { MatchNode } from "../../plan/nodes/node.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import type { RuleFile } from "../../plan/rules/rule-set.js";
import { compileRules } from "../../plan/rules/rule-set.js";
import type { Cursor } from "../compile/cursor.js";
import { makeCursor } from "../compile/cursor.js";
import { RuleMatcher } from "../match/matcher.js";
import type { Rows } from "../rows.js";
import { offsetOf } from "../rows.js";
import { MadeRows } from "./made-rows.js";
import type { Edge, Operator, TaskContext } from "./operator.js";
import { emit } from "./operator.js";

export class MatchOperator implements Operator {
  readonly state = null;
  readonly id: string;
  readonly #node: MatchNode;
  readonly #plan: ResolvedPlan;
  readonly #matcher: RuleMatcher;
  /** What the lambda sees of each rule: its id and meta, checked against the declared columns. */
  readonly #rules: readonly Readonly<Record<string, unknown>>[];
  readonly #cursor: Cursor;
  readonly #out: readonly Edge[];
  readonly #context: TaskContext;

  constructor(
    id: string,
    plan: ResolvedPlan,
    node: MatchNode,
    files: readonly RuleFile[],
    out: readonly Edge[],
    context: TaskContext,
  ) {
    this.id = id;
    this.#node = node;
    this.#plan = plan;
    const { rules } = compileRules(node.rules, files);
    this.#matcher = new RuleMatcher(rules);
    this.#rules = rules.map((rule) => ruleRow(node, rule));
    this.#cursor = makeCursor(plan.neededSchema(node.input));
    this.#out = out;
    this.#context = context;
  }

  push(rows: Rows): void {
    const matches = this.#matcher.match(rows.batch);
    if (matches.rows.length === 0) return;
    const { fn } = this.#node.lambda;
    const made = new MadeRows(this.id, rows, this.#plan.schema(this.#node), this.#context);
    this.#cursor.bind(rows.batch);
    for (let m = 0; m < matches.rows.length; m++) {
      const row = matches.rows[m] as number;
      const place = { ...rows.origin, offset: offsetOf(rows, row), time: int64AsNumber(rows.time, row) };
      this.#cursor.at(row);
      made.attempt(row, () => fn(this.#cursor.row, this.#rules[matches.rules[m] as number], place));
    }
    emit(this.#out, made.finish());
  }

  advance(): void {}
}

function ruleRow(
  node: MatchNode,
  rule: { readonly id: string; readonly meta: object },
): Readonly<Record<string, unknown>> {
  try {
    return Object.freeze(rowAt(batchOf(node.rules.meta, [{ ...rule.meta, id: rule.id }]), 0));
  } catch (error) {
    throw new MillraceError("PROGRAM", `rule "${rule.id}" of "${node.rules.name}": ${(error as Error).message}`, {
      at: node.rules.at,
      cause: error,
    });
  }
}
