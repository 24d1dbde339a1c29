/**
 * The control stream of a rule set, `<set>_changes`: which files changed, and from where in the log the change holds.
 *
 *   change  file        text      places                    retro
 *   1       a.yml       …         {}                        false     what the program began with: holds from the start
 *   2       b.yml       …         {"events/0": 7310, …}     true      holds for rows from offset 7310 of events/0 on
 *   3       a.yml       null      {"events/0": 9004, …}     true      removed
 *
 * The places are decided once, when the change is made, and written down; so which rules a row meets is a property of
 * the log, and any replay finds the same. Rows of one change have the same number and places.
 */
import type { Batch } from "../../batch/batch.js";
import { batchOf } from "../../batch/build.js";
import { rowsOf } from "../../batch/read.js";
import type { StreamSpec } from "../../log/log.js";
import { schemaOf, t } from "../../schema/builder.js";
import type { OffsetVector } from "../../view/store.js";
import type { RuleFile } from "./rule-set.js";

export interface FileChange {
  /** Path of the rule file, relative to the folder that all of the set's files are below. */
  readonly file: string;
  /** Null: the file is gone. */
  readonly text: string | null;
}

export interface RuleChange {
  /** From 1, without gaps. */
  readonly change: number;
  /** "stream/partition" -> first offset for which it holds; 0 where not named. */
  readonly places: OffsetVector;
  /** Whether rules that are new with it also meet the rows before `places`. */
  readonly retro: boolean;
  /** Who asked for it, for people: "start", "files", "api". */
  readonly by: string;
  readonly files: readonly FileChange[];
}

const TIME = "changed";

const COLUMNS = {
  [TIME]: t.timestamp(),
  change: t.int(),
  file: t.string(),
  text: t.string().optional(),
  places: t.string(),
  retro: t.bool(),
  origin: t.string(),
};

const SCHEMA = schemaOf(COLUMNS);

export function ruleChangesName(set: string): string {
  return `${set}_changes`;
}

export function ruleChangesSpec(set: string): StreamSpec {
  return { name: ruleChangesName(set), schema: SCHEMA, time: TIME, partitions: 1 };
}

export function ruleChangeBatch({ change, places, retro, by, files }: RuleChange, at: number): Batch {
  const shared = { [TIME]: at, change, places: JSON.stringify(places), retro, origin: by };
  return batchOf(
    SCHEMA,
    files.map(({ file, text }) => ({ ...shared, file, text })),
  );
}

/** The changes of one entry of the control stream. */
export function ruleChangesOf(batch: Batch): readonly RuleChange[] {
  const changes = new Map<number, RuleChange & { files: FileChange[] }>();
  for (const row of rowsOf(batch)) {
    const { change, file, text, places, retro, origin } = row as unknown as StoredRow;
    let found = changes.get(change);
    if (found === undefined) {
      found = { change, places: JSON.parse(places) as OffsetVector, retro, by: origin, files: [] };
      changes.set(change, found);
    }
    found.files.push({ file, text });
  }
  return [...changes.values()];
}

interface StoredRow {
  readonly change: number;
  readonly file: string;
  readonly text: string | null;
  readonly places: string;
  readonly retro: boolean;
  readonly origin: string;
}

/** The texts in force after these changes of the files before, by path. */
export function filesAfter(
  changes: Iterable<Pick<RuleChange, "files">>,
  before?: ReadonlyMap<string, string>,
): Map<string, string> {
  const texts = new Map<string, string>(before);
  for (const { files } of changes)
    for (const { file, text } of files)
      if (text === null) texts.delete(file);
      else texts.set(file, text);
  return texts;
}

/** As a compiler takes them. */
export function ruleFiles(texts: ReadonlyMap<string, string>): RuleFile[] {
  return Array.from(texts, ([path, text]) => ({ path, text }));
}
