/** What the plan asks of a captured lambda: the columns it makes, the columns it reads, and its text for the hash. */
import { MillraceError } from "../../base/errors.js";
import type { Field, Schema } from "../../schema/column-type.js";
import { field } from "../../schema/column-type.js";
import type { Captured } from "./capture.js";
import { describeWhy } from "./capture.js";
import type { InferEnv, Inferred } from "./infer.js";
import { inferType } from "./infer.js";
import { inferObject } from "./infer-object.js";
import { moduleSourcesHash } from "./module-hash.js";
import { probeObject } from "./probe.js";

export interface OutputOptions {
  /** The columns of each row argument. */
  readonly rows: readonly Schema[];
  /** Types the author fixed with .typed; they win. */
  readonly fixed: readonly Field[];
  /** The operator, for messages. A `flatMap` lambda returns a list of rows. */
  readonly kind: string;
  /** Row arguments that may be missing (outer joins). */
  readonly absent?: ReadonlySet<number>;
}

const COLUMN_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/**
 * The columns a lambda makes, in the order it writes them: by its text, else by trial on made-up rows. Throws
 * `PROGRAM` for a column whose type neither tells, `NAME` for a malformed name.
 */
export function outputFields(captured: Captured, options: OutputOptions): readonly Field[] {
  const { fixed, kind, rows, absent } = options;
  const env: InferEnv = { rows, params: captured.params, ...(absent === undefined ? {} : { absent }) };
  const inLists = kind === "flatMap";
  const inferred = inLists ? listedFields(captured, env) : objectFields(captured, env);
  let probed: ReturnType<typeof probeObject> | undefined;
  const names = inferred instanceof Map ? [...inferred.keys()] : undefined;
  const trial = (): ReturnType<typeof probeObject> => (probed ??= probeObject(captured, env, inLists));
  // Where neither text nor trial tells the names, those that the author fixed are the columns.
  const found =
    names ??
    (fixed.length > 0 && !(trial() instanceof Map) ? fixed.map((f) => f.name) : namesOf(trial(), captured, kind));
  return found.map((name) => {
    if (!COLUMN_NAME.test(name))
      throw new MillraceError(
        "NAME",
        `${kind} makes a column named ${JSON.stringify(name)}, which is not a column name`,
        {
          hint: "Letters, digits and underscores, not starting with a digit, at most 128.",
        },
      );
    const own = fixed.find((f) => f.name === name);
    if (own !== undefined) return field(name, own.type, own.nullable);
    const known = inferred instanceof Map ? (inferred.get(name) as Inferred) : undefined;
    if (known !== undefined && !("unknown" in known)) return field(name, known.type, known.nullable);
    const tried = trial();
    const type = tried instanceof Map ? tried.get(name) : undefined;
    if (type !== undefined && !("unknown" in type)) return field(name, type.type, type.nullable);
    const reason = known?.unknown ?? type?.unknown ?? "it was never there when the lambda was tried on made-up rows";
    throw new MillraceError("PROGRAM", `the type of column "${name}" is not known: ${reason}`, {
      hint: `Say it after ${kind}: .typed({ ${name}: t.string() }), with the type it has.`,
    });
  });
}

/**
 * What of a lambda decides its results, as text for the plan's hash. A capture hides a value: then the sources of
 * every module the program imports stand in for it.
 */
export function lambdaText(captured: Captured, url: string): string {
  const own = `${captured.normal}\n${captured.paramsNormal}`;
  return captured.closed ? own : `${own}\ncaptures ${captured.captured.join(" ")} of ${moduleSourcesHash(url)}`;
}

type Fields = ReadonlyMap<string, Inferred> | { readonly unknown: string };

function objectFields(captured: Captured, env: InferEnv): Fields {
  if (captured.expression === null) return { unknown: "it is not analysed" };
  const shape = inferObject(captured.expression, env);
  return "unknown" in shape ? shape : new Map(shape.fields.map((f) => [f.name, f.inferred]));
}

function listedFields(captured: Captured, env: InferEnv): Fields {
  if (captured.expression === null) return { unknown: "it is not analysed" };
  const list = inferType(captured.expression, env);
  if ("unknown" in list) return list;
  const item = list.type.kind === "list" ? list.type.item.type : undefined;
  return item?.kind === "struct"
    ? new Map(item.fields.map((f) => [f.name, f]))
    : { unknown: "it does not return a list of rows" };
}

function namesOf(tried: ReturnType<typeof probeObject>, captured: Captured, kind: string): string[] {
  if (tried instanceof Map) return [...tried.keys()];
  const stopped = captured.why === null ? "" : ` Its text does not tell: ${describeWhy(captured.why)}.`;
  throw new MillraceError(
    "PROGRAM",
    `the columns that ${kind} makes are not known: ${(tried as { unknown: string }).unknown}.${stopped}`,
    {
      hint:
        kind === "flatMap"
          ? "Return a list of objects written out, e => e.tags.map((tag) => ({ host: e.host, tag })), or add .typed({ … })."
          : "Return an object written out, e => ({ host: e.host, total: e.a + e.b }), or add .typed({ … }).",
    },
  );
}
