/**
 * Keeps one rule set: what is in force, what was wrong with files, and every change as a record in the log.
 *
 *   files on disk -> sync -> what differs -> change: compiled here first, then appended with its places -> tasks
 *
 * A file that gives no rule and has a problem is not taken: what it said before holds on, and the problem is told.
 * The others go on.
 */
import type { Clock } from "../../base/clock.js";
import type { Disk } from "../../base/disk.js";
import { describeError } from "../../base/errors.js";
import { loadRows } from "../../log/load-chunk.js";
import type { Log } from "../../log/log.js";
import type { RulesNode } from "../../plan/nodes/node.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import type { FileChange, RuleChange } from "../../plan/rules/rule-change.js";
import {
  filesAfter,
  ruleChangeBatch,
  ruleChangesOf,
  ruleChangesSpec,
  ruleFiles,
} from "../../plan/rules/rule-change.js";
import type { RuleEntries, RuleProblem } from "../../plan/rules/rule-set.js";
import { compileRules } from "../../plan/rules/rule-set.js";
import type { OffsetVector } from "../../view/store.js";
import { endsOf } from "./hunts.js";

export interface RuleKeeperParts {
  readonly plan: ResolvedPlan;
  readonly log: Log;
  readonly disk: Disk;
  readonly clock: Clock;
  /** Runs something while no epoch runs. */
  readonly between: <T>(work: () => Promise<T>) => Promise<T>;
  /** Whether no epoch ever ran: then rules may hold from the start. */
  readonly fresh: () => boolean;
}

export interface ChangeOptions {
  /** Who asks, for people. */
  readonly by: "start" | "files" | "api";
  /** Whether new rules are run over history too. Default: as the rule set says. */
  readonly retro?: boolean;
  /** Done when it is clear what changes, before it does: the files are written, say. */
  readonly before?: (files: readonly FileChange[]) => Promise<void>;
}

export interface Changed {
  /** Number of the change; null where nothing changed. */
  readonly change: number | null;
  readonly files: readonly FileChange[];
  /** What is wrong with files that were asked for. */
  readonly problems: readonly RuleProblem[];
}

/** A change without its texts. */
export interface ChangeSummary {
  readonly change: number;
  readonly by: string;
  readonly retro: boolean;
  readonly files: readonly string[];
}

export class RuleKeeper {
  readonly set: RulesNode;
  readonly #parts: RuleKeeperParts;
  #changes: readonly ChangeSummary[] = [];
  #texts = new Map<string, string>();
  #problems: readonly RuleProblem[] = [];
  #busy: Promise<unknown> = Promise.resolve();

  private constructor(set: RulesNode, parts: RuleKeeperParts) {
    this.set = set;
    this.#parts = parts;
  }

  /** Takes up what the log says of the set. */
  static async open(set: RulesNode, parts: RuleKeeperParts): Promise<RuleKeeper> {
    const keeper = new RuleKeeper(set, parts);
    const { name, schema } = ruleChangesSpec(set.name);
    const changes: RuleChange[] = [];
    for (const ref of parts.log.entries(name, 0, 0, parts.log.bounds(name, 0).end))
      changes.push(...ruleChangesOf(await loadRows(ref, schema, null, parts.disk)));
    keeper.#texts = filesAfter(changes);
    keeper.#changes = changes.map(summaryOf);
    return keeper;
  }

  /** Texts in force, by path. */
  get texts(): ReadonlyMap<string, string> {
    return this.#texts;
  }

  /** All changes, the first first. */
  get changes(): readonly ChangeSummary[] {
    return this.#changes;
  }

  /** What is wrong with the files as they were last seen. */
  get problems(): readonly RuleProblem[] {
    return this.#problems;
  }

  /** The rules in force. */
  compiled(): RuleEntries {
    return compileRules(this.set, ruleFiles(this.#texts));
  }

  /** Brings the set in line with these texts, all there are. Durable when it resolves. */
  sync(texts: ReadonlyMap<string, string>, options: ChangeOptions): Promise<Changed> {
    return this.#next(() => {
      this.#problems = this.#problems.filter(({ path }) => texts.has(path));
      const gone = [...this.#texts.keys()].filter((file) => !texts.has(file));
      return this.#change([...texts, ...gone.map((file) => [file, null] as const)], options);
    });
  }

  /** Changes some files. Durable when it resolves. */
  change(files: readonly FileChange[], options: ChangeOptions): Promise<Changed> {
    return this.#next(() =>
      this.#change(
        files.map(({ file, text }) => [file, text] as const),
        options,
      ),
    );
  }

  #next<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#busy.then(work);
    this.#busy = done.catch(() => {}); // the caller's to see
    return done;
  }

  async #change(asked: readonly (readonly [string, string | null])[], options: ChangeOptions): Promise<Changed> {
    const wanted = asked
      .filter(([file, text]) => (this.#texts.get(file) ?? null) !== text)
      .map(([file, text]) => ({ file, text }));
    if (wanted.length === 0) return { change: null, files: [], problems: [] };
    const { files, problems } = this.#usable(wanted);
    const named = new Set(wanted.map(({ file }) => file));
    this.#problems = [...this.#problems.filter(({ path }) => !named.has(path)), ...problems];
    if (files.length === 0) return { change: null, files, problems };
    const change = this.#changes.length + 1;
    const { by, retro = this.set.retro, before } = options;
    await before?.(files);
    await this.#parts.between(async () => {
      const { log, clock } = this.#parts;
      const at = clock.now();
      const rows = ruleChangeBatch({ change, places: this.#places(change), retro, by, files }, at);
      await log.append([{ stream: ruleChangesSpec(this.set.name).name, partition: 0, rows, appendTime: at }]);
    });
    this.#texts = filesAfter([{ files }], this.#texts);
    this.#changes = [...this.#changes, summaryOf({ change, by, retro, files })];
    return { change, files, problems };
  }

  /** The changes that leave every file with a rule or without a problem. */
  #usable(wanted: readonly FileChange[]): Pick<Changed, "files" | "problems"> {
    const { rules, problems } = this.#compile(filesAfter([{ files: wanted }], this.#texts));
    const giving = new Set(rules.map(({ file }) => file));
    const named = new Set(wanted.map(({ file }) => file));
    const broken = new Set(problems.map(({ path }) => path).filter((path) => named.has(path) && !giving.has(path)));
    const files = wanted.filter(({ file, text }) => text === null || !broken.has(file));
    return { files, problems: problems.filter(({ path }) => this.#changes.length === 0 || named.has(path)) };
  }

  /** A compiler that throws for a hot change must not stop what runs. */
  #compile(texts: ReadonlyMap<string, string>): RuleEntries {
    try {
      return compileRules(this.set, ruleFiles(texts));
    } catch (error) {
      if (this.#changes.length === 0) throw error;
      const files = [...texts].filter(([file, text]) => this.#texts.get(file) !== text).map(([file]) => file);
      const reason = `the rules can't be compiled: ${describeError(error)}`;
      return { rules: [], problems: files.map((path) => ({ path, line: 0, reason })) };
    }
  }

  /** What a program begins with holds from the start; a change from the end of what is there. */
  #places(change: number): OffsetVector {
    const { plan, log, fresh } = this.#parts;
    if (change === 1 && fresh()) return {};
    return endsOf(plan, log);
  }
}

function summaryOf({ change, by, retro, files }: Omit<RuleChange, "places">): ChangeSummary {
  return { change, by, retro, files: files.map(({ file }) => file) };
}
