/**
 * Parameters: the outer values of a lambda, said out loud. JSON, bigint and pure functions, so that they can be
 * hashed, shown by `explain`, sent to Spark as literals and equal on every thread.
 */
import { MillraceError } from "../../base/errors.js";
import type { Analysis } from "./analyse.js";
import { analyse } from "./analyse.js";
import { pathText } from "./path.js";

export interface ParamFunction {
  /** Where it stands in the parameters. */
  readonly path: readonly string[];
  /** Its name where it is one of Millrace's own, then it has no analysis. */
  readonly known: string | undefined;
  readonly analysis: Analysis | undefined;
}

export interface CheckedParams {
  readonly functions: readonly ParamFunction[];
  /** Names the functions capture, each once. */
  readonly captured: readonly string[];
  /** Canonical text: equal for equal parameters, whatever the order of keys. */
  readonly normal: string;
}

const DEPTH_MAX = 32;
const VALUES_MAX = 100_000;

const known = new WeakMap<object, string>();

/** Declares a function of Millrace's own: recognised by identity, hashed by this name, never parsed. */
export function nameFunction<F extends (...args: never[]) => unknown>(fn: F, name: string): F {
  known.set(fn, name);
  return fn;
}

/** Throws `PROGRAM` for a value that is not JSON, bigint or a pure function, naming it; `LIMIT` for too many values. */
export function checkParams(params: unknown): CheckedParams {
  if (typeof params !== "object" || params === null || Array.isArray(params))
    throw new MillraceError("PROGRAM", `the parameters of a lambda are an object, but got ${describe(params)}`, {
      hint: 'Name each one: { min: 100, names: ["a", "b"] }, and read them as p.min and p.names.',
    });
  const walk: Walk = { functions: [], values: 0, above: [] };
  const normal = normalOf(params, [], walk);
  const captured = new Set(walk.functions.flatMap((f) => f.analysis?.captured ?? []));
  return { functions: walk.functions, captured: [...captured], normal };
}

/** The canonical text of parameters, for the plan hash. Throws as `checkParams`. */
export function paramsNormal(params: unknown): string {
  return checkParams(params).normal;
}

interface Walk {
  readonly functions: ParamFunction[];
  /** Objects on the way down, to see cycles. */
  readonly above: object[];
  values: number;
}

function normalOf(value: unknown, path: readonly string[], walk: Walk): string {
  if (++walk.values > VALUES_MAX)
    throw new MillraceError("LIMIT", `the parameters of a lambda hold more than ${VALUES_MAX} values`, {
      hint: "Make it a table and join with .lookup(…): it can grow and change without a new version.",
    });
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "boolean":
      return String(value);
    case "bigint":
      return `${value}n`;
    case "number":
      if (!Number.isFinite(value))
        throw refused(path, String(value), "A parameter is JSON: use null where there is no number, or leave it out.");
      return Object.is(value, -0) ? "-0" : String(value);
    case "function":
      return functionNormal(value, path, walk);
    case "object":
      return value === null ? "null" : objectNormal(value, path, walk);
    default:
      throw refused(
        path,
        describe(value),
        value === undefined ? "Write null, or leave it out." : "A parameter is JSON, a bigint or a pure function.",
      );
  }
}

function objectNormal(value: object, path: readonly string[], walk: Walk): string {
  if (walk.above.includes(value))
    throw refused(path, "an object that contains itself", "A parameter is JSON: a tree of plain values.");
  if (walk.above.length >= DEPTH_MAX)
    throw refused(path, `nested more than ${DEPTH_MAX} deep`, "Make it flatter, or a table to join with.");
  const proto: unknown = Object.getPrototypeOf(value);
  const plain = proto === null || Object.getPrototypeOf(proto) === null;
  if (!plain && !Array.isArray(value)) throw refused(path, describe(value), remedyFor(value));
  if (Object.getOwnPropertySymbols(value).length > 0)
    throw refused(path, "an object with symbols as keys", "Use text as keys.");
  walk.above.push(value);
  let text: string;
  if (Array.isArray(value))
    text = `[${Array.from(value, (item, i) => normalOf(item, [...path, String(i)], walk)).join(",")}]`;
  else {
    const names = Object.keys(value).sort();
    const parts = names.map((name) => {
      const { get } = Object.getOwnPropertyDescriptor(value, name) as PropertyDescriptor;
      if (get !== undefined)
        throw refused(
          [...path, name],
          "a getter",
          "A parameter is a value, fixed when the program is built: compute it first.",
        );
      return `${JSON.stringify(name)}:${normalOf((value as Record<string, unknown>)[name], [...path, name], walk)}`;
    });
    text = `{${parts.join(",")}}`;
  }
  walk.above.pop();
  return text;
}

function functionNormal(fn: object, path: readonly string[], walk: Walk): string {
  const name = known.get(fn);
  if (name !== undefined) {
    walk.functions.push({ path, known: name, analysis: undefined });
    return `millrace:${name}`;
  }
  try {
    // Its arguments are ordinary values; as "rows" they are protected from being written to.
    const analysis = analyse(fn, { arity: (fn as { length: number }).length, params: undefined, writable: [] });
    walk.functions.push({ path, known: undefined, analysis });
    return analysis.normal;
  } catch (cause) {
    if (!(cause instanceof MillraceError)) throw cause;
    throw new MillraceError(cause.code, `in the parameter \`${pathText(path)}\`: ${cause.message}`, {
      cause,
      ...(cause.hint === undefined ? {} : { hint: cause.hint }),
    });
  }
}

function refused(path: readonly string[], what: string, hint: string): MillraceError {
  return new MillraceError("PROGRAM", `the parameter \`${pathText(path)}\` is ${what}, which cannot be a parameter`, {
    hint,
  });
}

function remedyFor(value: object): string {
  if (value instanceof Date) return "Pass the time as a number, epoch milliseconds: date.getTime() or Date.UTC(…).";
  if (value instanceof Map)
    return "Pass a plain object (Object.fromEntries(map)) and read p.names[key]; a large one belongs in a table.";
  if (value instanceof Set)
    return "Pass a list ([...set]) and ask p.names.includes(x); a large one belongs in a table.";
  if (value instanceof RegExp)
    return "Write the regular expression in the lambda itself, or pass a function: { isHex: (s) => /^[0-9a-f]+$/.test(s) }.";
  if (value.constructor?.name === "Decimal") return "Pass its text (value.toString()) or an unscaled bigint.";
  return "A parameter is JSON, a bigint or a pure function: pass the fields you need as a plain object.";
}

function describe(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (Array.isArray(value)) return "a list";
  if (typeof value !== "object") return `a ${typeof value}`;
  const name = (value as { constructor?: { name?: unknown } }).constructor?.name;
  const text = typeof name === "string" && name !== "" ? name : "object";
  return `${/^[aeiou]/i.test(text) ? "an" : "a"} ${text}`;
}
