/**
 * A rule file tried on history, without a trace: a task of its own runs the plan for these rules alone, over what is in
 * the log, and what would be published is handed back instead.
 *
 *   the set without the file  |  the file: a change that hunts back over everything that is there
 *
 * Both are made up here as entries that are in no log; the task can't tell.
 */
import type { Clock } from "../../base/clock.js";
import { encodeChunk } from "../../batch/chunk-codec.js";
import { rowAt } from "../../batch/read.js";
import type { Log } from "../../log/log.js";
import type { RulesNode } from "../../plan/nodes/node.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import type { FileChange, RuleChange } from "../../plan/rules/rule-change.js";
import { filesAfter, ruleChangeBatch, ruleChangesSpec, ruleFiles } from "../../plan/rules/rule-change.js";
import type { RuleProblem } from "../../plan/rules/rule-set.js";
import { compileRules } from "../../plan/rules/rule-set.js";
import type { Value } from "../../schema/types.js";
import type { Hunt, OffsetVector } from "../../view/store.js";
import { slicesOf } from "../run/epoch-plan.js";
import type { EntrySlice, HuntSlice, TaskHandle } from "../run/messages.js";
import { endsOf, huntsOf } from "./hunts.js";

export interface TrialParts {
  readonly plan: ResolvedPlan;
  readonly log: Log;
  readonly clock: Clock;
  /** A task that is nobody else's. */
  readonly task: () => Promise<TaskHandle>;
}

export interface TrialOptions {
  /** Rows handed back at most. */
  readonly rowsMax: number;
  /** Looks no further after so long. */
  readonly msMax: number;
  readonly stopped?: () => boolean;
}

export interface Trial {
  /** Rules that the file gives. */
  readonly rules: readonly string[];
  readonly problems: readonly RuleProblem[];
  /** Rows looked through, of how many. */
  readonly scanned: number;
  readonly total: number;
  readonly matched: number;
  /** What the plan makes of the matches, by published stream. */
  readonly rows: readonly { readonly stream: string; readonly row: Readonly<Record<string, Value>> }[];
  /** Whether everything was looked through. */
  readonly complete: boolean;
}

/** Offsets looked through between two looks at the clock. */
const PIECE = 65_536;

export async function tryRules(
  parts: TrialParts,
  set: RulesNode,
  texts: ReadonlyMap<string, string>,
  file: FileChange,
  options: TrialOptions,
): Promise<Trial> {
  const { plan, log, clock } = parts;
  const after = compileRules(set, ruleFiles(filesAfter([{ files: [file] }], texts)));
  const problems = after.problems.filter(({ path }) => path === file.file);
  const rules = after.rules.filter((rule) => rule.file === file.file).map(({ id }) => id);
  const ends = endsOf(plan, log);
  const changes = madeUp(ends, texts, file);
  const hunt = changes.at(-1) as RuleChange;
  const hunts = huntsOf(plan, log, set.name, hunt, ends);
  const total = hunts.reduce((sum, { from, to }) => sum + to - from, 0);
  const trial = {
    rules,
    problems,
    scanned: 0,
    total,
    matched: 0,
    rows: [] as Trial["rows"][number][],
    complete: false,
  };
  if (rules.length === 0) return trial;
  const task = await parts.task();
  const until = clock.now() + options.msMax;
  try {
    const first = [...tablesOf(plan, log), ...changes.map((change) => entryOf(set, change))];
    await task.run({ epoch: 0, first, slices: [], hunts: [], marks: {} });
    for (const piece of pieces(log, hunts)) {
      if (trial.rows.length >= options.rowsMax || clock.now() > until || options.stopped?.() === true) return trial;
      const result = await task.run({ epoch: 1, first: [], slices: [], hunts: piece, marks: {} });
      trial.scanned += piece.reduce((sum, { from, to }) => sum + to - from, 0);
      trial.matched += result.counters[`retro/${set.name}/${hunt.change}`] ?? 0;
      for (const { stream, rows } of result.published)
        for (const { batch } of rows)
          for (let row = 0; row < batch.length && trial.rows.length < options.rowsMax; row++)
            trial.rows.push({ stream, row: rowAt(batch, row) });
    }
    trial.complete = true;
    return trial;
  } finally {
    await task.close();
  }
}

/** The set without the file, and the file; neither holds for anything that is there, the second hunts back over all of it. */
function madeUp(places: OffsetVector, texts: ReadonlyMap<string, string>, file: FileChange): readonly RuleChange[] {
  const others = filesAfter([{ files: [{ ...file, text: null }] }], texts);
  const before = Array.from(others, ([path, text]) => ({ file: path, text }));
  return [
    { retro: false, files: before },
    { retro: true, files: [file] },
  ]
    .filter(({ files }) => files.length > 0)
    .map((each, k) => ({ ...each, change: k + 1, places, by: "trial" }));
}

function tablesOf(plan: ResolvedPlan, log: Log): EntrySlice[] {
  return plan.inputPlans
    .filter(({ kind }) => kind === "table")
    .flatMap(({ name }) => slicesOf(log, name, 0, 0, log.bounds(name, 0).end).slices);
}

function entryOf(set: RulesNode, change: RuleChange): EntrySlice {
  const spec = ruleChangesSpec(set.name);
  const rows = ruleChangeBatch(change, 0);
  const chunk = encodeChunk(rows);
  const place = { stream: spec.name, partition: 0, from: 0, to: rows.length };
  const body = { kind: "rows", timeMin: 0, timeMax: 0, bytes: chunk.length, at: { kind: "memory", chunk } } as const;
  const ref = { ...place, appendTime: 0, timeHighBefore: 0, markHighBefore: 0, body };
  return { ref, from: 0, to: rows.length };
}

function* pieces(log: Log, hunts: readonly Hunt[]): Generator<HuntSlice[]> {
  for (const { set, change, stream, partition, from, to } of hunts)
    for (let next = from; next < to; next += PIECE)
      yield slicesOf(log, stream, partition, next, Math.min(to, next + PIECE)).slices.map((slice) => ({
        ...slice,
        set,
        change,
      }));
}
