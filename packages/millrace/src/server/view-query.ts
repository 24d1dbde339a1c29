/**
 * Query words of a view's address to a range of its keys.
 *
 *   region=eu                                    all keys that begin so; every column given: one row
 *   region=eu&from.windowStart=…&to.windowStart=…  the next column from (inclusive) to (exclusive)
 *   key.limit=3                                  a key column whose name is a word of the API
 */
import { Decimal } from "../base/decimal.js";
import { MillraceError, suggest } from "../base/errors.js";
import { parseInstant } from "../base/time.js";
import type { Field } from "../schema/column-type.js";
import { typeText } from "../schema/column-type.js";
import type { KeyRange } from "../view/key-codec.js";
import { KeyCodec } from "../view/key-codec.js";
import type { ViewSpec } from "../view/store.js";
import { keyFields } from "../view/view-key.js";

/** Words that are not key columns. */
const WORDS = new Set(["limit", "reverse", "cursor"]);

export interface ViewRange extends KeyRange {
  /** The whole key, where all of it is given: then `from` is the row's key. */
  readonly exact: boolean;
}

/** Throws `REQUEST` for a word that is no key column, a value that is not of its type, or a gap in the key. */
export function viewRange(view: ViewSpec, query: Readonly<Record<string, unknown>>): ViewRange {
  const fields = keyFields(view);
  const codec = new KeyCodec(fields);
  const given = { equal: new Map<string, string>(), from: new Map<string, string>(), to: new Map<string, string>() };
  for (const [word, value] of Object.entries(query)) {
    if (WORDS.has(word)) continue;
    const [, kind = "key", column] = /^(?:(key|from|to)\.)?(.*)$/s.exec(word) as unknown as [
      string,
      "key" | "from" | "to" | undefined,
      string,
    ];
    if (!view.key.includes(column))
      throw new MillraceError("REQUEST", `"${column}" is not a key column of "${view.name}"`, {
        hint: `${suggest(column, view.key)}; other questions are for SQL`,
      });
    given[kind === "key" ? "equal" : kind].set(column, String(value));
  }
  const equal = prefixOf(view, fields, 0, given.equal);
  const low = prefixOf(view, fields, equal.length, given.from);
  const high = prefixOf(view, fields, equal.length, given.to);
  const whole = codec.encodePrefix(equal);
  return {
    exact: equal.length === fields.length && fields.length > 0,
    from: low.length === 0 ? whole.from : codec.encodePrefix([...equal, ...low]).from,
    to: high.length === 0 ? whole.to : codec.encodePrefix([...equal, ...high]).from,
  };
}

function prefixOf(
  view: ViewSpec,
  fields: readonly Field[],
  skip: number,
  given: ReadonlyMap<string, string>,
): unknown[] {
  const values: unknown[] = [];
  for (const f of fields.slice(skip)) {
    const text = given.get(f.name);
    if (text === undefined) break;
    values.push(keyValue(f, text));
  }
  if (values.length < given.size)
    throw new MillraceError(
      "REQUEST",
      `the key of "${view.name}" is ${view.key.join(", ")}: columns are given from its beginning, without a gap`,
      {
        hint: "Other questions are for SQL.",
      },
    );
  return values;
}

function keyValue(f: Field, text: string): unknown {
  if (f.nullable && text === "") return null;
  const value = typedValue(f, text);
  if (value !== undefined) return value;
  throw new MillraceError("REQUEST", `"${text.slice(0, 60)}" is not a value of key column "${f.name}"`, {
    hint: `It is ${typeText(f.type)}.`,
  });
}

/** Undefined for text that is no such value. */
function typedValue({ type }: Field, text: string): unknown {
  switch (type.kind) {
    case "string":
    case "oneOf":
      return text;
    case "decimal":
      return /^[+-]?\d+(\.\d+)?$/.test(text) ? Decimal.parse(text) : undefined;
    case "bool":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "int64":
      return /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined;
    case "timestampNs":
      return nanosOf(text);
    case "timestamp":
      return parseInstant(text) ?? (/^-?\d{1,16}$/.test(text) ? Number(text) : undefined);
    case "binary":
      return Buffer.from(text, "base64");
    case "int32":
    case "int":
      return /^-?\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
    default:
      return text.trim() !== "" && !Number.isNaN(Number(text)) ? Number(text) : undefined;
  }
}

function nanosOf(text: string): bigint | undefined {
  if (/^-?\d{1,19}$/.test(text)) return BigInt(text);
  const ms = parseInstant(text);
  if (ms === null) return undefined;
  const digits = /\.(\d{1,9})/.exec(text)?.[1] ?? "";
  return BigInt(ms) * 1_000_000n + BigInt(digits.padEnd(9, "0").slice(3));
}
