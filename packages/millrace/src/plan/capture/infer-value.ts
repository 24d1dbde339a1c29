/** Types of lists and objects written out, and of what standard functions give. */
import type { Field } from "../../schema/column-type.js";
import { field } from "../../schema/column-type.js";
import type { Expression } from "./expression.js";
import type { Place } from "./infer.js";
import { guess, settled } from "./infer.js";
import type { Guess } from "./static-type.js";
import { BIGINT, BOOL, isUnknown, join, kindOf, listOf, NOTHING, NUMBER, orNull, TEXT } from "./static-type.js";

/** The type of `[a, ...b]`. */
export function arrayType(items: readonly Expression[], at: Place): Guess {
  if (items.length === 0) return { unknown: "an empty list has no item type" };
  const types = items.map((item): Guess => {
    if (item.kind !== "spread") return guess(item, at);
    const list = guess(item.value, at);
    if (isUnknown(list)) return list;
    if (list.type?.kind === "list") return list.type.item;
    return kindOf(list) === "string" ? TEXT : { unknown: "`...` of something that is not a list" };
  });
  return listOf(types.reduce(join));
}

/** The type of `{ a, ...b }` where it is nested: as a struct. */
export function structType(e: Extract<Expression, { kind: "object" }>, at: Place): Guess {
  const fields = new Map<string, Field>();
  for (const entry of e.entries) {
    if (entry.kind === "spread") {
      const of = entry.value.kind === "row" ? at.rows[entry.value.row]?.fields : structFields(guess(entry.value, at));
      if (of === undefined) return { unknown: "`...` of something that is not a row or a struct" };
      for (const f of of) {
        if (f.nullable && fields.has(f.name) && entry.value.kind !== "row")
          return { unknown: `whether \`...\` replaces "${f.name}" depends on the row` };
        fields.set(f.name, field(f.name, f.type, f.nullable));
      }
      continue;
    }
    const found = settled(guess(entry.value, at));
    if ("unknown" in found) return { unknown: `its field "${entry.name}": ${found.unknown}` };
    fields.set(entry.name, field(entry.name, found.type, found.nullable));
  }
  return { type: { kind: "struct", fields: [...fields.values()] }, nullable: false };
}

function structFields(of: Guess): readonly Field[] | undefined {
  return isUnknown(of) || of.type?.kind !== "struct" || of.nullable ? undefined : of.type.fields;
}

/** The type of a call of a standard function. */
export function callType(e: Extract<Expression, { kind: "call" }>, at: Place): Guess {
  const { name } = e;
  if (name.startsWith("Math.") || name.startsWith("Date.")) return NUMBER;
  if (/^(?:Number|parseInt|parseFloat|Number\.parse\w+)$/.test(name)) return NUMBER;
  if (/^(?:Boolean|isNaN|isFinite|Number\.is\w+|Array\.isArray)$/.test(name)) return BOOL;
  if (name === "BigInt" || name.startsWith("BigInt.")) return BIGINT;
  if (name === "String" || name.startsWith("String.") || /URI/.test(name)) return TEXT;
  const argument = e.args[0] === undefined ? NOTHING : guess(e.args[0], at);
  if (name === "JSON.stringify") return isUnknown(argument) ? argument : orNull(TEXT, argument.nullable);
  if (name === "Object.keys") return listOf(TEXT);
  const fields = structFields(argument);
  if (name === "Object.values" && fields !== undefined && fields.length > 0)
    return listOf((fields as readonly Guess[]).reduce(join));
  return { unknown: `what ${name}(…) gives is not known` };
}
