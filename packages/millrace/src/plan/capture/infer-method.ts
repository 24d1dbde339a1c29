/** Types of method calls, by the type of what they are called on. */
import type { ColumnType } from "../../schema/column-type.js";
import { typeText } from "../../schema/column-type.js";
import type { Expression } from "./expression.js";
import type { Place } from "./infer.js";
import { guess } from "./infer.js";
import type { Guess, JsKind } from "./static-type.js";
import { BIGINT, BOOL, isUnknown, join, jsKind, listOf, NUMBER, notNull, orNull, TEXT, wider } from "./static-type.js";

const TEXT_LIST = listOf(TEXT);

/** Results that depend on the name alone, by the kind of object. */
const FIXED: Readonly<Record<JsKind, Readonly<Record<string, Guess>>>> = {
  string: {
    ...table(
      TEXT,
      "charAt slice substring substr trim trimStart trimEnd toLowerCase toUpperCase replace replaceAll padStart padEnd repeat concat normalize toString toWellFormed",
    ),
    ...table(NUMBER, "charCodeAt indexOf lastIndexOf search"),
    ...table(BOOL, "includes startsWith endsWith isWellFormed"),
    at: orNull(TEXT),
    codePointAt: orNull(NUMBER),
    split: TEXT_LIST,
  },
  number: table(TEXT, "toFixed toPrecision toExponential toString"),
  bigint: table(TEXT, "toString"),
  boolean: table(TEXT, "toString"),
  list: {
    ...table(NUMBER, "indexOf lastIndexOf findIndex findLastIndex"),
    ...table(BOOL, "includes some every"),
    ...table(TEXT, "join toString"),
  },
  struct: {},
  binary: { ...table(NUMBER, "indexOf lastIndexOf"), includes: BOOL, at: orNull(NUMBER), join: TEXT, toString: TEXT },
  decimal: { cmp: NUMBER, toNumber: NUMBER, toString: TEXT },
  open: {
    text: orNull(TEXT),
    number: orNull(NUMBER),
    int64: orNull(BIGINT),
    bool: orNull(BOOL),
    has: BOOL,
    names: TEXT_LIST,
  },
};

function table(result: Guess, names: string): Record<string, Guess> {
  return Object.fromEntries(names.split(" ").map((name) => [name, result]));
}

/** The type of `object.name(args)` where the object is there. */
export function inferMethod(object: Guess, name: string, args: readonly Expression[], at: Place): Guess {
  if (isUnknown(object)) return name === "test" ? BOOL : object;
  if (object.type === null) return { unknown: `.${name}() is called on null` };
  const fixed = FIXED[jsKind(object.type)];
  if (Object.hasOwn(fixed, name)) return fixed[name] as Guess;
  if (object.type.kind === "list") return listMethod(object.type, name, args, at);
  if (object.type.kind === "decimal") return decimalMethod(object.type, name, args, at);
  return { unknown: `what .${name}() of ${typeText(object.type)} gives is not known` };
}

function listMethod(
  list: Extract<ColumnType, { kind: "list" }>,
  name: string,
  args: readonly Expression[],
  at: Place,
): Guess {
  const same: Guess = { type: list, nullable: false };
  const { item } = list;
  switch (name) {
    case "slice":
    case "filter":
    case "toSorted":
    case "toReversed":
      return same;
    case "concat":
      return args.map((arg) => concatenated(guess(arg, at))).reduce(join, same);
    case "at":
    case "find":
    case "findLast":
      return orNull(item);
    case "map":
      return listOf(callbackType(args[0], [item, NUMBER, same], at));
    case "flatMap":
    case "flat": {
      const inner = name === "flat" ? item : callbackType(args[0], [item, NUMBER, same], at);
      if (name === "flat" && args.length > 0) return { unknown: "how deep .flat(…) goes is not followed" };
      return isUnknown(inner)
        ? inner
        : inner.type?.kind === "list" && !inner.nullable
          ? { type: inner.type, nullable: false }
          : listOf(inner);
    }
    case "reduce": {
      // Without a start the first item is one, and an empty list throws.
      const start = args[1] === undefined ? item : guess(args[1], at);
      const once = join(start, callbackType(args[0], [start, item, NUMBER, same], at));
      return join(once, callbackType(args[0], [once, item, NUMBER, same], at));
    }
    default:
      return { unknown: `what .${name}() of a list gives is not known` };
  }
}

function concatenated(more: Guess): Guess {
  return isUnknown(more) || (more.type?.kind === "list" && !more.nullable) ? more : listOf(more);
}

function callbackType(callback: Expression | undefined, given: readonly Guess[], at: Place): Guess {
  if (callback?.kind !== "function") return { unknown: "what the function gives cannot be told from its text" };
  const locals = new Map(at.locals);
  for (const [i, param] of callback.params.entries())
    locals.set(param.id, given[i] ?? { unknown: `\`${param.name}\` is not passed` });
  return guess(callback.body, { ...at, locals });
}

function decimalMethod(
  own: Extract<ColumnType, { kind: "decimal" }>,
  name: string,
  args: readonly Expression[],
  at: Place,
): Guess {
  const [first] = args;
  if (name === "rescale" && first?.kind === "literal" && typeof first.value === "number" && first.value <= 38)
    return { type: { kind: "decimal", precision: 38, scale: first.value }, nullable: true };
  const other = first === undefined ? undefined : notNull(guess(first, at));
  if (other === undefined || isUnknown(other) || other.type?.kind !== "decimal")
    return { unknown: `.${name}() of a decimal with something that is not a decimal` };
  if (name === "add" || name === "sub") return { type: wider(own, other.type, 1), nullable: false };
  const scale = own.scale + other.type.scale;
  if (name !== "mul") return { unknown: `.${name}() of a decimal` };
  if (scale > 38)
    return { unknown: `a product with ${scale} digits after the point is more than the 38 a decimal holds` };
  return {
    type: { kind: "decimal", precision: Math.min(38, own.precision + other.type.precision), scale },
    nullable: false,
  };
}
