/**
 * match: one row for every rule of the set that a row satisfies, in order of rule number. Which rules a row meets
 * follows from its place (`rules/rule-versions.ts`).
 *
 *   push      rows on their way: the rules in force at their place, and later rules that hunt back
 *   huntPush  rows gone by, once more: the rules alone that are new with one change
 */
import { int64AsNumber } from "../../batch/vector.js";
import type { MatchNode } from "../../plan/nodes/node.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import type { RuleEntry } from "../../plan/rules/rule-set.js";
import type { Cursor } from "../compile/cursor.js";
import { makeCursor } from "../compile/cursor.js";
import type { Matches } from "../match/matcher.js";
import type { Rows } from "../rows.js";
import { offsetOf, rowsBetween } from "../rows.js";
import type { RuleVersions, RunningRules } from "../rules/rule-versions.js";
import { MadeRows } from "./made-rows.js";
import type { Edge, Operator, TaskContext } from "./operator.js";
import { emit } from "./operator.js";

export class MatchOperator implements Operator {
  readonly id: string;
  readonly #node: MatchNode;
  readonly #plan: ResolvedPlan;
  readonly #versions: RuleVersions;
  readonly #cursor: Cursor;
  readonly #out: readonly Edge[];
  readonly #context: TaskContext;
  /** The change whose rules are hunted for. */
  #change = 0;

  constructor(
    id: string,
    plan: ResolvedPlan,
    node: MatchNode,
    versions: RuleVersions,
    out: readonly Edge[],
    context: TaskContext,
  ) {
    this.id = id;
    this.#node = node;
    this.#plan = plan;
    this.#versions = versions;
    this.#cursor = makeCursor(plan.neededSchema(node.input));
    this.#out = out;
    this.#context = context;
  }

  push(rows: Rows): void {
    const { stream, partition } = rows.origin;
    const n = rows.batch.length;
    for (let from = 0; from < n; ) {
      const stretch = this.#versions.stretch(stream, partition, offsetOf(rows, from));
      const part = rowsBetween(rows, from, stretch.to);
      if (this.#node.how === "first") this.#first(part, stretch.live);
      else {
        if (stretch.live !== null) this.#select(part, stretch.live, null);
        for (const change of stretch.retro) this.#retro(part, change);
      }
      from += part.batch.length;
    }
  }

  /** Runs `feed`, whose rows reach `huntPush`, for one change. */
  hunting(change: number, feed: () => void): void {
    this.#change = change;
    feed();
  }

  huntPush(rows: Rows): void {
    this.#retro(rows, this.#change);
  }

  /** A row found so is later than any bound: to windows it is as late in a replay as it was in the hunt. */
  #retro(rows: Rows, change: number): void {
    const lateBy = new Float64Array(rows.batch.length).fill(Number.POSITIVE_INFINITY);
    this.#select({ ...rows, lateBy }, this.#versions.fresh(change), change);
  }

  /** One row for each, judged once: what comes later changes nothing. */
  #first(rows: Rows, running: RunningRules | null): void {
    const first = new Int32Array(rows.batch.length).fill(-1);
    if (running !== null) {
      const matches = running.match(rows.batch);
      for (let m = matches.rows.length - 1; m >= 0; m--) first[matches.rows[m] as number] = matches.rules[m] as number;
    }
    const made = new MadeRows(this.id, rows, this.#plan.schema(this.#node), this.#context);
    this.#cursor.bind(rows.batch);
    for (let row = 0; row < first.length; row++) {
      const rule = running?.rules[first[row] as number]?.row ?? null;
      const place = { ...rows.origin, offset: offsetOf(rows, row), time: int64AsNumber(rows.time, row), retro: false };
      this.#cursor.at(row);
      made.attempt(row, () => this.#node.lambda.fn(this.#cursor.row, rule, place));
    }
    emit(this.#out, made.finish());
  }

  /** Rows of one source row are told apart by what found them: the rules in force, or those new with one change. */
  #select(rows: Rows, running: RunningRules, change: number | null): void {
    const matches = running.match(rows.batch);
    if (matches.rows.length === 0) return;
    const made = new MadeRows(this.id, rows, this.#plan.schema(this.#node), this.#context);
    this.#cursor.bind(rows.batch);
    let found = 0;
    for (let m = 0; m < matches.rows.length; m++) {
      const rule = running.rules[matches.rules[m] as number] as RuleEntry;
      if (this.#selectOne(made, rows, matches, m, rule, change)) found++;
    }
    if (change !== null && found > 0) this.#context.count(`retro/${this.#node.rules.name}/${change}`, found);
    emit(this.#out, { ...made.finish(), via: [change ?? 0, ...rows.via] });
  }

  #selectOne(made: MadeRows, rows: Rows, matches: Matches, m: number, rule: RuleEntry, change: number | null): boolean {
    const row = matches.rows[m] as number;
    const offset = offsetOf(rows, row);
    const time = int64AsNumber(rows.time, row);
    const place = { ...rows.origin, offset, time, retro: change !== null };
    if (change !== null && this.#versions.metBefore(change, rule, rows.batch, row, place)) return false;
    this.#cursor.at(row);
    made.attempt(row, () => this.#node.lambda.fn(this.#cursor.row, rule.row, place));
    return true;
  }
}
