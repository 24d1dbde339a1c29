/**
 * Which names of the input mean which columns: the schema, its aliases and the projection, looked up by dotted path.
 */
import { MillraceError } from "../base/errors.js";
import type { Field, Schema } from "../schema/column-type.js";
import type { Projection } from "./decoder.js";

/** One name a column may come from. */
export interface Candidate {
  readonly column: number;
  /** 0 for the column's own name, then the aliases in order. */
  readonly rank: number;
}

/** Where a value comes from the source itself. */
export type Special = "$line" | "$file" | "$position";

export class Targets {
  /** The event type's schema. */
  readonly all: Schema;
  /** The schema of the batches: the projection's columns in the schema's order. */
  readonly output: Schema;
  /** Declared columns that must be looked for (the open one is not among them). */
  readonly columns: readonly Field[];
  /**
   * For each of `columns` its place in `output`, or -1: looked for only because an attribute asked for is its alias.
   */
  readonly outputs: readonly number[];
  /** For each of `columns` its candidates by rank: an index into `candidates`, or a special name. */
  readonly ranks: readonly (readonly (number | Special)[])[];
  readonly candidates: readonly Candidate[];
  /** Place of the open column in `output`; -1 without one. */
  readonly open: number;
  /** Whether the event type itself has an open column. */
  readonly keepsUnknown: boolean;
  readonly #byPath = new Map<string, number>();
  readonly #attributes: ReadonlySet<string> | null;
  /** Every path that leads to something wanted. */
  readonly #prefixes = new Set<string>();

  constructor(schema: Schema, projection: Projection | undefined) {
    const wanted = new Set(projection?.columns ?? schema.fields.map((f) => f.name));
    for (const name of wanted)
      if (!schema.fields.some((f) => f.name === name))
        throw new MillraceError("NAME", `no column "${name}" to project`);
    this.all = schema;
    this.output = { fields: schema.fields.filter((f) => wanted.has(f.name)) };
    this.open = this.output.fields.findIndex((f) => f.type.kind === "open");
    this.keepsUnknown = schema.fields.some((f) => f.type.kind === "open");
    this.#attributes =
      this.open < 0 ? new Set() : projection?.attributes === undefined ? null : new Set(projection.attributes);
    const attributeOf = (name: string): boolean => this.#attributes === null || this.#attributes.has(name);
    this.columns = schema.fields.filter(
      (f) => f.type.kind !== "open" && (wanted.has(f.name) || namesOf(f).some(attributeOf)),
    );
    this.outputs = this.columns.map((f) => this.output.fields.indexOf(f));
    const candidates: Candidate[] = [];
    this.ranks = this.columns.map((f, column) =>
      namesOf(f).map((name, rank) => {
        if (isSpecial(name)) return checkSpecial(f, name);
        const known = this.#byPath.get(name);
        if (known !== undefined)
          throw new MillraceError(
            "PROGRAM",
            `columns "${(this.columns[(candidates[known] as Candidate).column] as Field).name}" and "${f.name}" both come from "${name}"`,
          );
        this.#byPath.set(name, candidates.length);
        return candidates.push({ column, rank }) - 1;
      }),
    );
    this.candidates = candidates;
    for (const name of projection?.choice?.by ?? [])
      if (this.#byPath.has(name))
        throw new MillraceError("PROGRAM", `lines are chosen by the attribute "${name}", which is a declared column's`);
    for (const path of [...this.#byPath.keys(), ...(this.#attributes ?? [])])
      for (let dot = path.indexOf("."); dot >= 0; dot = path.indexOf(".", dot + 1))
        this.#prefixes.add(path.slice(0, dot));
  }

  /** The candidate at that path, or -1. */
  candidate(path: string): number {
    return this.#byPath.get(path) ?? -1;
  }

  /** Whether the value at that path goes to the open column when no declared column takes it. */
  wantsOpen(path: string): boolean {
    return this.#attributes === null || this.#attributes.has(path);
  }

  /** Whether an object at that path has members that are wanted. */
  walks(path: string): boolean {
    return this.#attributes === null || this.#prefixes.has(path);
  }
}

function namesOf(f: Field): readonly string[] {
  return [f.name, ...f.from.filter((name, k) => name !== f.name && f.from.indexOf(name) === k)];
}

function isSpecial(name: string): name is Special {
  return name === "$line" || name === "$file" || name === "$position";
}

function checkSpecial(f: Field, name: Special): Special {
  const { kind } = f.type;
  if (name === "$file" ? kind === "string" : kind === "int" || kind === "int64") return name;
  throw new MillraceError(
    "PROGRAM",
    `column "${f.name}" comes from "${name}" and so must be ${name === "$file" ? "t.string()" : "t.int()"}`,
  );
}
