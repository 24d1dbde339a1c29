/**
 * Every match of rules in files, from their bytes, without a program, log or views.
 *
 *   bytes ── what some rule reads, or this line's kind asks for ──> batch ──> matcher ──> line and rule
 *
 * Events are JSON, a line each. The files are read one after the other, in natural order of their names.
 */
import type { MillraceError } from "../../base/errors.js";
import type { Batch } from "../../batch/batch.js";
import { columnOf } from "../../batch/batch.js";
import type { Int64Vector } from "../../batch/vector.js";
import { int64AsNumber } from "../../batch/vector.js";
import { schemaOf, t } from "../../schema/builder.js";
import { readFiles } from "../../source/files.js";
import { files } from "../../source/spec.js";
import type { MatchableRule } from "./matcher.js";
import { RuleMatcher } from "./matcher.js";

/** A part of a file, as far as a batch goes. */
export interface ScannedPart {
  readonly file: string;
  readonly events: number;
  /** Lines that are no events. */
  readonly refused: number;
  /** In order of line, then rule. */
  readonly matches: readonly RuleMatch[];
  /** Why the file was not read to its end. What came before has been given. */
  readonly error: MillraceError | null;
}

export interface RuleMatch {
  /** From 1. */
  readonly line: number;
  /** Place of the rule in the list given. */
  readonly rule: number;
}

const schema = schemaOf({ line: t.int().from("$line"), rest: t.open() });

/** Scans files for rules, one pattern after another: what was learned of values is kept. */
export class FileScanner {
  readonly #matcher: RuleMatcher;

  constructor(rules: readonly MatchableRule[]) {
    this.#matcher = new RuleMatcher(rules);
  }

  /** Files by path, folder or pattern. Never throws for what is in a file or for one that can't be read. */
  async *scan(pattern: string): AsyncGenerator<ScannedPart, void, undefined> {
    const matcher = this.#matcher;
    const choice = matcher.lineChoice();
    const attributes = [...new Set([...matcher.names, ...choice.by])];
    const items = readFiles(files(pattern, { format: "ndjson" }), {
      schema,
      complete: true,
      projection: { columns: ["line", "rest"], attributes, choice },
    });
    for await (const item of items) {
      const { file } = item;
      if (item.kind === "decoded") {
        const { batch, dead } = item.decoded;
        yield { file, events: batch.length, refused: dead.length, matches: this.#matches(batch), error: null };
      } else if (item.outcome.error !== null)
        yield { file, events: 0, refused: 0, matches: [], error: item.outcome.error };
    }
  }

  #matches(batch: Batch): RuleMatch[] {
    const { rows, rules } = this.#matcher.match(batch);
    const { words } = columnOf(batch, "line") as Int64Vector;
    return Array.from(rows, (row, k) => ({ line: int64AsNumber(words, row), rule: rules[k] as number }));
  }
}
