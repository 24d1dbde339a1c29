/**
 * Reading each line by what it is: long texts that a line of its kind does not ask for are passed over, and a line in
 * which something stands that asks for more is read whole, with all its attributes.
 *
 *   line ──> names and short values as ever; long texts are only noted
 *        ──> at its end: Channel, EventID, … tell its kind ──> the long texts that this kind asks for
 *                                                         └──> a kind that is read whole: once more, with all it has
 */
import type { Value } from "../schema/types.js";
import type { OpenColumnBuilder, OpenName } from "./open-column.js";

export interface LineChoice {
  /** Attributes that tell what a line is. None of them may be a declared column's. */
  readonly by: readonly string[];
  /** What a line is whose attributes `by` have these values; null where it has none. Asked once a batch and kind. */
  kindOf(values: readonly Value[]): LineKind;
  /** Other bytes from now on: [from, to) of whole lines. */
  begin(bytes: Buffer, view: DataView, from: number, to: number): void;
  /** The first place at or after `at` for which a line must be read whole; infinity when there is none. */
  next(at: number): number;
}

export interface LineKind {
  /** Attributes whose long texts are read. */
  readonly asks: ReadonlySet<string>;
  /** Every line of this kind is read whole. */
  readonly whole: boolean;
}

/** Texts of so many bytes wait for the end of their line. */
export const LONG_TEXT_BYTES = 512;
/** What `settle` says of a line that is to be read whole. */
export const READ_WHOLE = "read the line whole";

/** Kinds of lines by their values: a step for each attribute that a line has, by its number and value. */
interface Kinds {
  kind: LineKind | null;
  readonly steps: Map<number, Kinds>;
}

/** The long texts of the line that is being read, and the kinds of lines of the batch. */
export class ChosenLines {
  readonly #choice: LineChoice;
  readonly #open: OpenColumnBuilder;
  #by: readonly OpenName[] = [];
  /** Places in `#by` of names that have had values, when so many attributes had been made. */
  #used: readonly number[] = [];
  #made = -1;
  #kinds: Kinds = { kind: null, steps: new Map() };
  /** Texts of the line that wait. */
  count = 0;
  readonly #names: OpenName[] = [];
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #escaped: boolean[] = [];

  constructor(choice: LineChoice, open: OpenColumnBuilder) {
    this.#choice = choice;
    this.#open = open;
    this.nextBatch();
  }

  /** Codes of values are those of a batch; names may be new. */
  nextBatch(): void {
    this.#kinds = { kind: null, steps: new Map() };
    this.#by = this.#choice.by.map((name) => this.#open.name(name));
    this.#made = -1;
  }

  clear(): void {
    this.count = 0;
    this.#names.length = 0;
  }

  /** Whether a text under this name waits. */
  waits(name: OpenName, bytes: number): boolean {
    return bytes >= LONG_TEXT_BYTES && !this.#by.includes(name);
  }

  note(name: OpenName, from: number, to: number, escaped: boolean): void {
    this.drop(name);
    const k = this.count++;
    this.#names[k] = name;
    this.#from[k] = from;
    this.#to[k] = to;
    this.#escaped[k] = escaped;
  }

  /** A later text of the same name takes the place of one that waits. */
  drop(name: OpenName): void {
    const k = this.#names.indexOf(name);
    if (k < 0) return;
    this.count--;
    for (const list of [this.#names, this.#from, this.#to, this.#escaped]) list.splice(k, 1);
  }

  /** At the end of a line: takes in the texts that its kind asks for. Null, `READ_WHOLE`, or what is wrong. */
  settle(row: number, view: DataView): string | null {
    const { asks, whole } = this.#kindOf(row);
    if (whole) return READ_WHOLE;
    for (let k = 0; k < this.count; k++) {
      const name = this.#names[k] as OpenName;
      if (!asks.has(name.name)) continue;
      const taken = name.string.addText(
        row,
        view,
        this.#from[k] as number,
        this.#to[k] as number,
        this.#escaped[k] === true,
      );
      if (!taken) return "a string has a malformed escape";
    }
    return null;
  }

  #kindOf(row: number): LineKind {
    if (this.#made !== this.#open.made) this.#lookForUsed();
    let kinds: Kinds | null = this.#kinds;
    for (let u = 0; u < this.#used.length && kinds !== null; u++) {
      const k = this.#used[u] as number;
      const attribute = (this.#by[k] as OpenName).of(row);
      if (attribute === null) continue;
      kinds = stepOf(kinds, 2 * k + (attribute.kind === "string" ? 1 : 0), attribute.newestCode());
    }
    if (kinds === null) return this.#choice.kindOf(this.#values(row));
    kinds.kind ??= this.#choice.kindOf(this.#values(row));
    return kinds.kind;
  }

  #lookForUsed(): void {
    this.#made = this.#open.made;
    this.#used = [...this.#by.keys()].filter((k) => (this.#by[k] as OpenName).used);
  }

  #values(row: number): Value[] {
    return this.#by.map((name) => name.of(row)?.newestValue() ?? null);
  }
}

const CODES_MAX = 2 ** 32;

/** Null for a value that has no code. */
function stepOf(kinds: Kinds, attribute: number, code: number): Kinds | null {
  if (code < 0) return null;
  const key = attribute * CODES_MAX + code;
  let next = kinds.steps.get(key);
  if (next === undefined) {
    next = { kind: null, steps: new Map() };
    kinds.steps.set(key, next);
  }
  return next;
}
