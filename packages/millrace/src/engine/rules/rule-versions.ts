/**
 * A rule set over time, as a task knows it: which rules a row meets follows from the row's place in the log.
 *
 *   offsets of one partition   0 ------------- 7310 ------------- 9004 ------>
 *   in force                   version 1       version 2          version 3
 *   also meets, as retro       new in 2, 3     new in 3
 *
 *   1. A version holds for rows at or after its places, and until the next one's.
 *   2. A row before a version's places also meets the rules that are new with it (another condition counts as new),
 *      where the version hunts back: a retro match. Unless a rule of that id has matched the row already.
 *
 * Both follow from the log alone, so it does not matter whether a row meets a later version's rules while history is
 * replayed, or long after it was processed, in a hunt.
 */
import type { Batch } from "../../batch/batch.js";
import { sliceBatch } from "../../batch/take.js";
import type { RulesNode } from "../../plan/nodes/node.js";
import type { RuleChange } from "../../plan/rules/rule-change.js";
import { filesAfter, ruleChangesOf, ruleFiles } from "../../plan/rules/rule-change.js";
import type { RuleEntry } from "../../plan/rules/rule-set.js";
import { compileRules } from "../../plan/rules/rule-set.js";
import type { Matches } from "../match/matcher.js";
import { RuleMatcher } from "../match/matcher.js";
import { partitionKey } from "../time/watermarks.js";

/** Rules with the matcher made of them, when first asked: from the last one made, with which it shares most rules. */
export class RunningRules {
  readonly rules: readonly RuleEntry[];
  readonly #last: { matcher: RuleMatcher | null };
  #matcher: RuleMatcher | null = null;

  constructor(rules: readonly RuleEntry[], last: { matcher: RuleMatcher | null }) {
    this.rules = rules;
    this.#last = last;
  }

  match(batch: Batch): Matches {
    if (this.#matcher === null) {
      this.#matcher = new RuleMatcher(this.rules, this.#last.matcher);
      this.#last.matcher = this.#matcher;
    }
    return this.#matcher.match(batch);
  }
}

const VERSIONS_MAX = 8;

interface Version {
  readonly all: RunningRules;
  /** Rules that the version before did not have. */
  readonly fresh: RunningRules;
}

/** Offsets [from, to) of a partition in which the same rules are met. */
export interface Stretch {
  readonly to: number;
  /** Null before the first version. */
  readonly live: RunningRules | null;
  /** Changes whose new rules these rows meet in addition. */
  readonly retro: readonly number[];
}

export class RuleVersions {
  readonly #node: RulesNode;
  readonly #changes: RuleChange[] = [];
  /** Built when first met: a replay passes through them one after the other. */
  readonly #built = new Map<number, Version>();
  readonly #last: { matcher: RuleMatcher | null } = { matcher: null };

  constructor(node: RulesNode) {
    this.#node = node;
  }

  /** Takes in rows of the control stream, in order. What was taken before (a task's tables are loaded anew) is left out. */
  apply(batch: Batch): void {
    for (const change of ruleChangesOf(batch)) if (change.change > this.#changes.length) this.#changes.push(change);
  }

  /** The rules that rows of this partition meet from offset `from` on, and up to where. */
  stretch(stream: string, partition: number, from: number): Stretch {
    const key = partitionKey(stream, partition);
    const inForce = this.#inForce(key, from);
    const later = this.#changes.slice(inForce + 1);
    return {
      to: Math.min(Number.POSITIVE_INFINITY, ...later.map(({ places }) => places[key] ?? 0)),
      live: inForce < 0 ? null : this.#version(inForce).all,
      retro: later.filter(({ retro }) => retro).map(({ change }) => change),
    };
  }

  /** The rules that are new with a change. */
  fresh(change: number): RunningRules {
    return this.#version(change - 1).fresh;
  }

  /** Whether an earlier rule of that id matched the row, live or as retro: then it is no new match. */
  metBefore(change: number, { id }: RuleEntry, batch: Batch, row: number, place: RowPlace): boolean {
    const inForce = this.#inForce(partitionKey(place.stream, place.partition), place.offset);
    const earlier: RuleEntry[] = [];
    for (let k = Math.max(inForce, 0); k < change - 1; k++) {
      const { all, fresh } = this.#version(k);
      const met = k === inForce ? all.rules : (this.#changes[k] as RuleChange).retro ? fresh.rules : [];
      earlier.push(...met.filter((rule) => rule.id === id));
    }
    return earlier.length > 0 && new RuleMatcher(earlier).match(sliceBatch(batch, row, row + 1)).rows.length > 0;
  }

  /** Index of the last change that holds at this place; -1 before the first. Places never go back. */
  #inForce(key: string, offset: number): number {
    return this.#changes.findLastIndex(({ places }) => (places[key] ?? 0) <= offset);
  }

  #version(k: number): Version {
    let version = this.#built.get(k);
    if (version === undefined) {
      const all = this.#compiled(k);
      const before = new Set(k === 0 ? [] : this.#compiled(k - 1).map(({ id, key }) => `${id}\n${key}`));
      const fresh = all.filter(({ id, key }) => !before.has(`${id}\n${key}`));
      version = { all: new RunningRules(all, this.#last), fresh: new RunningRules(fresh, this.#last) };
      this.#built.set(k, version);
      // Matchers are large, and rows pass from one version to the next.
      for (const old of this.#built.keys()) if (this.#built.size > VERSIONS_MAX) this.#built.delete(old);
    }
    return version;
  }

  #compiled(k: number): readonly RuleEntry[] {
    return compileRules(this.#node, ruleFiles(filesAfter(this.#changes.slice(0, k + 1)))).rules;
  }
}

export interface RowPlace {
  readonly stream: string;
  readonly partition: number;
  readonly offset: number;
}
