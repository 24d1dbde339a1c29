/**
 * Types by trial: where the text of a lambda does not tell its result's type, the lambda is run on a few made-up rows
 * and the JavaScript types of what comes out are taken. Only the type is: a number is float64 whatever column it came
 * from, and every result may be null. The made-up rows are the same each time and on every thread.
 */
import { Decimal } from "../../base/decimal.js";
import type { ColumnType, Field, Schema } from "../../schema/column-type.js";
import type { Open, Value } from "../../schema/types.js";
import type { Captured } from "./capture.js";
import type { InferEnv, Inferred } from "./infer.js";
import type { Guess } from "./static-type.js";
import { isUnknown, join, orNull, typeOfValue } from "./static-type.js";

const VARIANTS = 8;
/** All columns that may be null are. */
const ALL_NULL = 1;
/** Every second one is. */
const SOME_NULL = 5;

/** The type of what the lambda returns; nullable always. */
export function probeType(captured: Captured, env: InferEnv): Inferred {
  const { results, error } = run(captured, env);
  return seen(results, error, "the lambda");
}

/** The columns of the objects the lambda returns; of the objects in its lists, where `inLists`. */
export function probeObject(
  captured: Captured,
  env: InferEnv,
  inLists = false,
): ReadonlyMap<string, Inferred> | { readonly unknown: string } {
  const { results, error } = run(captured, env);
  const objects = (inLists ? results.flat() : results).filter((result) => result !== null && result !== undefined);
  const other = objects.find((object) => typeof object !== "object" || Array.isArray(object));
  if (other !== undefined)
    return {
      unknown: `it returned ${Array.isArray(other) ? "a list" : `a ${typeof other}`} where an object of columns belongs`,
    };
  if (objects.length === 0) return { unknown: nothingSeen(error, "the lambda") };
  const names = new Set(objects.flatMap((object) => Object.keys(object as object)));
  return new Map(
    [...names].map((name) => [
      name,
      seen(
        objects.map((object) => (object as Record<string, unknown>)[name]),
        error,
        `"${name}"`,
      ),
    ]),
  );
}

function run(captured: Captured, env: InferEnv): { results: unknown[]; error: unknown } {
  const results: unknown[] = [];
  let error: unknown;
  for (let v = 0; v < VARIANTS; v++) {
    const missing = v === VARIANTS - 1;
    const rows = env.rows.map((schema, i) => (missing && i > 0 ? null : madeUpRow(schema, v)));
    if (missing && rows.length === 1) break;
    try {
      results.push(captured.fn(...rows, captured.params));
    } catch (thrown) {
      error ??= thrown;
    }
  }
  return { results, error };
}

function seen(values: readonly unknown[], error: unknown, what: string): Inferred {
  const guesses = values.map(
    (value): Guess => (value instanceof MadeUpOpen ? { type: { kind: "open" }, nullable: true } : typeOfValue(value)),
  );
  // An empty list says nothing when another variant gave a full one.
  const telling = guesses.filter((found) => !isUnknown(found) || !/empty list/.test(found.unknown));
  const type = (telling.length > 0 ? telling : guesses).reduce<Guess | undefined>(
    (a, b) => (a === undefined ? b : join(a, b)),
    undefined,
  );
  if (type !== undefined && isUnknown(type)) return type;
  const settled = type === undefined ? undefined : orNull(type);
  if (settled === undefined || isUnknown(settled) || settled.type === null)
    return { unknown: nothingSeen(error, what) };
  return { type: settled.type, nullable: true };
}

function nothingSeen(error: unknown, what: string): string {
  if (error === undefined) return `${what} gave only null when it was tried on made-up rows`;
  const text = error instanceof Error ? error.message : String(error);
  return `${what} gave no value when it was tried on made-up rows (it threw: ${text.slice(0, 120)})`;
}

/** Row number `v` of a schema: typical values first, then nulls, zeros, empties and others. */
export function madeUpRow(schema: Schema, v: number): Record<string, Value> {
  return Object.fromEntries(schema.fields.map((f, i) => [f.name, madeUpValue(f, v, i)]));
}

function madeUpValue(f: Field, v: number, i: number): Value {
  if (f.nullable && (v === ALL_NULL || (v === SOME_NULL && i % 2 === 0))) return null;
  return valueIn(f.type, v);
}

function valueIn(type: ColumnType, v: number): Value {
  const small = [1, 3, 0, -2, 7, 12, 1000, 5][v] as number;
  switch (type.kind) {
    case "bool":
      return v % 2 === 0;
    case "int32":
    case "int":
      return small;
    case "int64":
      return BigInt(small);
    case "float64":
      return small + (v === 4 ? 0.5 : 0);
    case "decimal":
      return new Decimal(BigInt(small * 10 + 5), type.scale);
    case "string":
      return ["text", "a", "", "10", "Some Words, and more", "C:\\a\\b.exe", "été", "2026-01-01T00:00:00Z"][
        v
      ] as string;
    case "oneOf":
      return type.values[v % type.values.length] ?? "";
    case "timestamp":
      return 1_767_225_600_000 + v * 3_600_000;
    case "timestampNs":
      return 1_767_225_600_000_000_000n + BigInt(v);
    case "binary":
      return new Uint8Array([1, 2, 3].slice(0, v % 4));
    case "list":
      return Array.from({ length: [2, 1, 0, 3][v % 4] as number }, (_, k) =>
        madeUpValue(type.item, (v + k) % VARIANTS, k),
      );
    case "struct":
      return madeUpRow({ fields: type.fields }, v);
    case "open":
      return new MadeUpOpen(v);
  }
}

/** Open attributes that answer whatever they are asked; nothing, where everything is null. */
class MadeUpOpen implements Open {
  readonly #v: number;

  constructor(v: number) {
    this.#v = v;
  }

  text(_name: string): string | null {
    return this.#v === ALL_NULL ? null : (valueIn({ kind: "string" }, this.#v) as string);
  }

  number(_name: string): number | null {
    return this.#v === ALL_NULL ? null : (valueIn({ kind: "int" }, this.#v) as number);
  }

  int64(_name: string): bigint | null {
    return this.#v === ALL_NULL ? null : (valueIn({ kind: "int64" }, this.#v) as bigint);
  }

  bool(_name: string): boolean | null {
    return this.#v === ALL_NULL ? null : this.#v % 2 === 0;
  }

  has(_name: string): boolean {
    return this.#v !== ALL_NULL;
  }

  names(): string[] {
    return this.#v === ALL_NULL ? [] : ["Name"];
  }
}
