/**
 * The columns of a lambda that returns an object literal, in the order JavaScript gives them: a name stands where it
 * was first written and has the value that was written last.
 *
 *     (o, s) => ({ ...o, amount: o.amount * 2, station: s?.name })
 *       id       passThrough row 0 id
 *       amount   expression  column 0 amount * 2        in the place of o's own
 *       station  passThrough row 1 name                 null where there is no s
 */
import type { Field } from "../../schema/column-type.js";
import type { Expression, LetBinding, ObjectEntry } from "./expression.js";
import { letIn, UNDEFINED } from "./expression.js";
import type { InferEnv, Inferred, Place } from "./infer.js";
import { guess, placeIn, placeInside, settled } from "./infer.js";
import { narrowed } from "./narrow.js";
import type { Guess } from "./static-type.js";
import { isUnknown, join, orNull } from "./static-type.js";

export type ResultSource =
  /** The column as it is, nulls too; null where the row is missing. */
  | { readonly kind: "passThrough"; readonly row: number; readonly column: string }
  /** Computed; inside the shape's bindings. */
  | { readonly kind: "expression"; readonly expression: Expression }
  /** Only by calling the lambda and reading the field of its result. */
  | { readonly kind: "result" };

export interface ResultField {
  readonly name: string;
  readonly inferred: Inferred;
  readonly source: ResultSource;
}

export interface ObjectShape {
  readonly fields: readonly ResultField[];
  /** Locals shared by the fields' expressions. */
  readonly bindings: readonly LetBinding[];
}

/** The columns of the object an expression gives, or why they are not known. A single column may be unknown by itself. */
export function inferObject(expression: Expression, env: InferEnv): ObjectShape | { readonly unknown: string } {
  const bindings = expression.kind === "let" ? expression.bindings : [];
  const body = expression.kind === "let" ? expression.body : expression;
  const found = partsOfObject(body, placeInside(bindings, placeIn(env)));
  if (!(found instanceof Map)) return found;
  const fields = [...found.values()].map(({ name, type, expression: value }): ResultField => {
    const column = columnBehind(value, bindings);
    return {
      name,
      inferred: settled(type),
      source:
        column === undefined
          ? { kind: "expression", expression: value }
          : { kind: "passThrough", row: column.row, column: column.name },
    };
  });
  return { fields, bindings };
}

interface Part {
  readonly name: string;
  readonly type: Guess;
  readonly expression: Expression;
}

type Parts = Map<string, Part>;
type NotObject = { readonly unknown: string };

function partsOfObject(e: Expression, at: Place): Parts | NotObject {
  switch (e.kind) {
    case "object": {
      const parts: Parts = new Map();
      for (const entry of e.entries) {
        const failed = addEntry(parts, entry, at);
        if (failed !== undefined) return failed;
      }
      return parts;
    }
    case "conditional": {
      const whenTrue = partsOfObject(e.whenTrue, narrowed(e.test, true, at));
      const whenFalse = partsOfObject(e.whenFalse, narrowed(e.test, false, at));
      if (!(whenTrue instanceof Map)) return whenTrue;
      return whenFalse instanceof Map ? eitherOf(e.test, whenTrue, whenFalse) : whenFalse;
    }
    case "let": {
      const inner = partsOfObject(e.body, placeInside(e.bindings, at));
      if (!(inner instanceof Map)) return inner;
      return new Map(
        [...inner].map(([name, part]) => [name, { ...part, expression: letIn(e.bindings, part.expression) }]),
      );
    }
    default:
      return { unknown: "it does not return an object written out: { name: value, … }" };
  }
}

function addEntry(parts: Parts, entry: ObjectEntry, at: Place): NotObject | undefined {
  if (entry.kind === "field") {
    parts.set(entry.name, { name: entry.name, type: guess(entry.value, at), expression: entry.value });
    return undefined;
  }
  const { value } = entry;
  if (value.kind === "row") {
    const absent = at.absent?.has(value.row) ?? false;
    for (const { name, ...column } of at.rows[value.row]?.fields ?? [])
      addRowColumn(parts, value.row, { name, ...column }, absent);
    return undefined;
  }
  const of = guess(value, at);
  if (isUnknown(of) || of.type?.kind !== "struct" || of.nullable)
    return { unknown: "`...` spreads something whose names are not known" };
  for (const f of of.type.fields) {
    if (f.nullable && parts.has(f.name)) return { unknown: `whether \`...\` replaces "${f.name}" depends on the row` };
    parts.set(f.name, {
      name: f.name,
      type: f,
      expression: { kind: "member", object: value, name: f.name, optional: false },
    });
  }
  return undefined;
}

function addRowColumn(parts: Parts, row: number, f: Field, absent: boolean): void {
  const before = parts.get(f.name);
  const column: Expression = { kind: "column", row, name: f.name, optional: absent };
  const read: Expression = absent ? { kind: "chain", value: column } : column;
  if (!absent || before === undefined) {
    parts.set(f.name, { name: f.name, type: orNull(f, absent), expression: read });
    return;
  }
  // Spreading a missing row adds nothing: what stood there stays.
  const expression: Expression = {
    kind: "conditional",
    test: { kind: "row", row },
    whenTrue: { ...column, optional: false },
    whenFalse: before.expression,
  };
  parts.set(f.name, { name: f.name, type: join(f, before.type), expression });
}

/** An object on either branch: columns of both, null where a branch has none. */
function eitherOf(test: Expression, whenTrue: Parts, whenFalse: Parts): Parts {
  const parts: Parts = new Map();
  for (const name of new Set([...whenTrue.keys(), ...whenFalse.keys()])) {
    const [a, b] = [whenTrue.get(name), whenFalse.get(name)];
    const type = a && b ? join(a.type, b.type) : orNull((a ?? b)?.type as Guess);
    parts.set(name, {
      name,
      type,
      expression: {
        kind: "conditional",
        test,
        whenTrue: a?.expression ?? UNDEFINED,
        whenFalse: b?.expression ?? UNDEFINED,
      },
    });
  }
  return parts;
}

/** The column whose value an expression is, also through `?.` on a missing row and through a `const`. */
function columnBehind(
  e: Expression,
  bindings: readonly LetBinding[],
): Extract<Expression, { kind: "column" }> | undefined {
  switch (e.kind) {
    case "column":
      return e;
    case "chain":
      return e.value.kind === "column" ? e.value : undefined;
    case "local": {
      const binding = bindings.find(({ id }) => id === e.id);
      return binding === undefined ? undefined : columnBehind(binding.value, bindings);
    }
    default:
      return undefined;
  }
}
