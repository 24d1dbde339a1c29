/**
 * The columns of every node: worked out once, inputs first. What can't be worked out is a problem that says what to
 * write: types of computed columns come from the lambda's text (`capture/infer`), from a trial on made-up rows, or from
 * `.typed`.
 */
import { MillraceError, suggest } from "../base/errors.js";
import type { ColumnType, Field, Schema } from "../schema/column-type.js";
import { field, fieldIndex, typeText } from "../schema/column-type.js";
import { aggregateField, checkAggregate } from "./aggregates.js";
import type { Captured } from "./capture/capture.js";
import { checkColumnsRead } from "./capture/columns-read.js";
import { outputFields } from "./capture/output-fields.js";
import type { AggregateNode, AggSpec, KeyedNode, PlanNode, RowNode } from "./nodes/node.js";
import { inputsOf } from "./nodes/node.js";
import type { Problems } from "./problems.js";
import { checkKeyKept, checkKeyType, checkTableKey } from "./table-key.js";

/** What `match` tells its lambda of the place of a row. */
export const ORIGIN: Schema = {
  fields: [
    field("stream", { kind: "string" }),
    field("partition", { kind: "int" }),
    field("offset", { kind: "int" }),
    field("time", { kind: "timestamp" }),
    field("retro", { kind: "bool" }),
  ],
};

export interface AggregateColumns {
  readonly node: AggregateNode;
  readonly key: readonly Field[];
  readonly columns: readonly (Field | null)[];
  readonly output: Schema;
}

export class Schemas {
  readonly #captured: ReadonlyMap<PlanNode, Captured>;
  readonly #schemas = new Map<PlanNode, Schema>();
  readonly #typed = new Map<PlanNode, readonly Field[]>();
  /** Columns that a node's lambda makes, without those it passes by. */
  readonly made = new Map<PlanNode, readonly Field[]>();
  readonly aggregates = new Map<AggregateNode, AggregateColumns>();

  constructor(nodes: readonly PlanNode[], captured: ReadonlyMap<PlanNode, Captured>, problems: Problems) {
    this.#captured = captured;
    for (const node of nodes) if (node.kind === "typed") this.#hint(node.input, node.columns.fields);
    for (const node of nodes) {
      // After the first problem upstream, nothing sensible can be said of what follows.
      if (node.kind !== "rules" && inputsOf(node).some((input) => input.kind !== "rules" && !this.#schemas.has(input)))
        continue;
      // A lambda that could not be captured has been told already.
      if ("lambda" in node && !captured.has(node)) continue;
      const schema = problems.catch(node.at, () => {
        this.#checkReads(node);
        return this.#schemaOf(node);
      });
      if (schema !== undefined) this.#schemas.set(node, schema);
    }
  }

  get(node: PlanNode): Schema {
    const schema = this.#schemas.get(node);
    if (schema === undefined)
      throw new MillraceError("PROGRAM", `the columns of this ${node.kind} are not known`, { at: node.at });
    return schema;
  }

  has(node: PlanNode): boolean {
    return this.#schemas.has(node);
  }

  /** A name that the rows do not have is undefined for every one of them: types are not checked when a program runs. */
  #checkReads(node: PlanNode): void {
    const captured = this.#captured.get(node);
    if (captured === undefined) return;
    const rows =
      node.kind === "stream"
        ? [node.schema]
        : [...inputsOf(node).map((input) => this.get(input)), ...(node.kind === "match" ? [ORIGIN] : [])];
    checkColumnsRead(captured, node.kind === "stream" ? "time" : node.kind, rows);
  }

  #schemaOf(node: PlanNode): Schema {
    switch (node.kind) {
      case "stream":
        return { fields: node.schema.fields.map(filled) };
      case "table":
        checkTableKey(node);
        return { fields: node.schema.fields.map(filled) };
      case "rules":
        return node.meta;
      case "union":
        return this.#union(node.inputs);
      case "pick":
        return { fields: node.columns.map((name) => this.#field(node.input, name)) };
      case "notNull": {
        for (const name of node.columns) this.#field(node.input, name);
        return {
          fields: this.get(node.input).fields.map((f) =>
            node.columns.includes(f.name) ? { ...f, nullable: false } : f,
          ),
        };
      }
      case "lift": {
        if (!this.get(node.input).fields.some((f) => f.type.kind === "open"))
          throw new MillraceError("PROGRAM", "lift reads open attributes, and there is no t.open() column here");
        return merged(
          this.get(node.input),
          node.columns.fields.map((f) => ({ ...filled(f), nullable: true })),
        );
      }
      case "typed":
        return this.#checkTyped(node.input, node.columns.fields);
      case "with":
        return merged(this.get(node.input), this.#made(node, [this.get(node.input)]));
      case "tableWith": {
        const row = this.get(node.input);
        const made = this.#made(node, [row]);
        checkKeyKept(this.#captured.get(node) as Captured, made, row, this.#keyOf(node.input));
        return merged(row, made);
      }
      case "map":
      case "flatMap":
        return { fields: this.#made(node, [this.get(node.input)]) };
      case "lookup": {
        this.#checkOn(node);
        return {
          fields: this.#made(
            node,
            [this.get(node.input), this.get(node.table)],
            node.how === "left" ? new Set([1]) : undefined,
          ),
        };
      }
      case "match":
        return {
          fields: this.#made(
            node,
            [this.get(node.input), node.rules.meta, ORIGIN],
            node.how === "first" ? new Set([1]) : undefined,
          ),
        };
      case "aggregate":
        return this.#aggregate(node);
      default:
        return this.get(node.input);
    }
  }

  /** The columns that a node's lambda makes, with the types the author fixed. */
  #made(
    node: PlanNode & { readonly at: string },
    rows: readonly Schema[],
    absent?: ReadonlySet<number>,
  ): readonly Field[] {
    const captured = this.#captured.get(node) as Captured;
    const made = outputFields(captured, {
      rows,
      fixed: this.#typed.get(node) ?? [],
      kind: node.kind,
      ...(absent === undefined ? {} : { absent }),
    });
    this.made.set(node, made);
    return made;
  }

  /** Carries the types of a `.typed` up to the operator that computes the columns. */
  #hint(node: PlanNode, fields: readonly Field[]): void {
    switch (node.kind) {
      case "with":
      case "map":
      case "flatMap":
      case "lookup":
      case "match":
        this.#typed.set(node, [...(this.#typed.get(node) ?? []), ...fields]);
        if (node.kind === "with") this.#hint(node.input, fields);
        return;
      case "filter":
      case "pick":
      case "notNull":
      case "lift":
      case "late":
      case "typed":
        this.#hint(node.input, fields);
    }
  }

  #checkTyped(input: RowNode, fields: readonly Field[]): Schema {
    const schema = this.get(input);
    for (const f of fields) {
      const made = this.#field(input, f.name);
      if (typeText(made.type) !== typeText(f.type))
        throw new MillraceError(
          "PROGRAM",
          `typed: column "${f.name}" is ${typeText(made.type)} and can't be made ${typeText(f.type)}`,
          {
            hint: "typed fixes the types of columns that .with, .map, .lookup or .match compute; those of an input are in its event type.",
          },
        );
    }
    return schema;
  }

  #aggregate(node: AggregateNode): Schema {
    const input = this.get(node.input);
    const key = node.key.map((name) => this.#field(node.input, name));
    for (const f of key) checkKeyType("by", f);
    const start = node.window === null ? [] : [field("windowStart", { kind: "timestamp" as const })];
    const end = node.window === null ? [] : [field("windowEnd", { kind: "timestamp" as const })];
    const aggs = node.aggs.flatMap((agg) => expandWholeRow(agg, input, node.key));
    const columns = aggs.map((agg) => (agg.column === null ? null : this.#field(node.input, agg.column)));
    for (const [a, agg] of aggs.entries()) checkAggregate(agg, columns[a] ?? null);
    const output = {
      fields: [...key, ...start, ...end, ...aggs.map((agg, a) => aggregateField(agg, columns[a] ?? null))],
    };
    const double = output.fields.find((f, k) => fieldIndex(output, f.name) !== k);
    if (double !== undefined) throw new MillraceError("NAME", `the aggregate makes two columns named "${double.name}"`);
    this.aggregates.set(node, { node: { ...node, aggs }, key: [...key, ...start], columns, output });
    return output;
  }

  /** Columns that tell keyed rows apart, the window's start among them. */
  #keyOf(node: KeyedNode): readonly Field[] {
    return node.kind === "aggregate" ? (this.aggregates.get(node)?.key ?? []) : this.#keyOf(node.input);
  }

  #union(inputs: readonly RowNode[]): Schema {
    const first = this.get(inputs[0] as RowNode);
    const text = (schema: Schema): string =>
      [...schema.fields]
        .map((f) => `${f.name}: ${typeText(f.type)}`)
        .sort()
        .join(", ");
    for (const input of inputs.slice(1))
      if (text(this.get(input)) !== text(first))
        throw new MillraceError(
          "PROGRAM",
          `union needs streams of the same columns: ${text(first)} and ${text(this.get(input))}`,
        );
    const nullable = (name: string): boolean =>
      inputs.some((input) => this.get(input).fields.some((f) => f.name === name && f.nullable));
    return { fields: first.fields.map((f) => ({ ...f, nullable: nullable(f.name) })) };
  }

  #checkOn(node: Extract<PlanNode, { kind: "lookup" }>): void {
    for (const [left, right] of node.on) {
      const a = this.#field(node.input, left);
      const b = this.#field(node.table, right);
      if (family(a.type) !== family(b.type))
        throw new MillraceError(
          "PROGRAM",
          `lookup joins "${left}" (${typeText(a.type)}) with "${right}" (${typeText(b.type)})`,
        );
    }
    const missing = node.table.key.filter((name) => !node.on.some(([, right]) => right === name));
    if (missing.length > 0 || node.on.length !== node.table.key.length)
      throw new MillraceError(
        "PROGRAM",
        `lookup in "${node.table.name}" must name exactly its key: ${node.table.key.join(", ")}`,
      );
  }

  #field(node: PlanNode, name: string): Field {
    const { fields } = this.get(node);
    const found = fields.find((f) => f.name === name);
    if (found === undefined)
      throw new MillraceError("NAME", `there is no column "${name}"`, {
        hint: suggest(
          name,
          fields.map((f) => f.name),
        ),
      });
    return found;
  }
}

/** A column behind its input: the default has been taken where it was to be, and from here on a null is a null. */
function filled(f: Field): Field {
  return { ...field(f.name, f.type, f.nullable), from: f.from };
}

/** Columns of both; a later one replaces an earlier one of its name, in its place. */
function merged(base: Schema, made: readonly Field[]): Schema {
  const replaced = base.fields.map((f) => made.find((m) => m.name === f.name) ?? f);
  return { fields: [...replaced, ...made.filter((m) => !base.fields.some((f) => f.name === m.name))] };
}

function expandWholeRow(agg: AggSpec, input: Schema, key: readonly string[]): readonly AggSpec[] {
  if (agg.column !== "*") return [agg];
  return input.fields.filter((f) => !key.includes(f.name)).map((f) => ({ ...agg, name: f.name, column: f.name }));
}

function family(type: ColumnType): string {
  if (["int32", "int", "timestamp", "int64"].includes(type.kind)) return "whole number";
  return type.kind === "oneOf" ? "string" : type.kind;
}
