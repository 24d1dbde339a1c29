/**
 * The events a rule is tried on, in a file beside it:
 *
 *   rules/windows/registry-hive-saved.yml
 *   rules/windows/registry-hive-saved.events.ndjson
 *
 *   {"match":true,"note":"why it must","event":{…}}
 *   {"match":false,"note":"what makes it harmless","event":{…}}
 *
 * `event` is a line of a log as it came, and the last key: its text is taken over untouched, so numbers beyond 2^53
 * and repeated keys reach the rule as they would live. `note` may be left out. `rule` (an id, name or title) says which
 * rule is meant where a file holds several; without it every rule of the file is.
 */
import { existsSync, readFileSync, statSync } from "node:fs";
import type { RowAccess } from "millrace";
import { parseJsonRow } from "../sigma/json-row.js";
import { isMap } from "../sigma/load.js";
import type { Problem } from "../sigma/problem.js";

/** A larger file of events is refused. */
const BYTES_MAX = 16 << 20;
const KEYS: ReadonlySet<string> = new Set(["match", "note", "rule", "event"]);

export interface EventCase {
  /** The file of events, and the 1-based line in it. */
  readonly path: string;
  readonly line: number;
  readonly match: boolean;
  readonly note: string | null;
  /** Id, name or title of the rule that is meant; null means every rule of the file. */
  readonly rule: string | null;
  /** The event's own text: one line. */
  readonly text: string;
  readonly row: RowAccess;
}

export const EVENTS_ENDING = ".events.ndjson";

/** Where the events of a rule file are. */
export function eventsPath(rulePath: string): string {
  return rulePath.replace(/\.ya?ml$/i, EVENTS_ENDING);
}

/** The events of a file; none when there is no file. What can't be used is added to the problems. */
export function readEventCases(path: string, problems: Problem[]): EventCase[] {
  if (!existsSync(path)) return [];
  if (statSync(path).size > BYTES_MAX) {
    problems.push({ path, line: 1, reason: `the file is larger than ${BYTES_MAX} bytes` });
    return [];
  }
  const cases: EventCase[] = [];
  for (const [at, text] of readFileSync(path, "utf8").split("\n").entries()) {
    if (text.trim() === "") continue;
    const parsed = parseCase(path, at + 1, text);
    if (typeof parsed === "string") problems.push({ path, line: at + 1, reason: parsed });
    else cases.push(parsed);
  }
  return cases;
}

/** The case, or what is wrong with the line. */
function parseCase(path: string, line: number, text: string): EventCase | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return `not JSON: ${(error as Error).message}`;
  }
  if (!isMap(value)) return 'expected {"match":true,"event":{…}}';
  const { match, note = null, rule = null, event } = value;
  const unknown = Object.keys(value).find((key) => !KEYS.has(key));
  if (unknown !== undefined)
    return `"${unknown}" is not a key of a test; there are match, note, rule and event, and the log line stands under event`;
  if (typeof match !== "boolean") return `"match" must be true or false`;
  if (note !== null && typeof note !== "string") return `"note" must be text`;
  if (rule !== null && typeof rule !== "string") return `"rule" must be the id, name or title of a rule`;
  if (!isMap(event)) return `"event" must be an object: the log line as it came`;
  if (Object.keys(value).at(-1) !== "event") return `"event" must be the last key`;
  // A quote inside a string is escaped, so this can't be found in the note.
  const raw = /"event"\s*:\s*(\{[\s\S]*\})\s*\}\s*$/.exec(text)?.[1];
  if (raw === undefined) return `"event" must be written without escapes`;
  return { path, line, match, note, rule, text: raw, row: parseJsonRow(raw) };
}
