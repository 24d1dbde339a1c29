/**
 * A row program: row operators that follow one another without a branch (filter, with, map, pick, notNull, lift), as
 * one list of steps over one row. Two ways to run it, with one meaning: `interpret.ts` row by row over plain objects,
 * the twin; `codegen.ts` as one loop over the columns.
 */
import type { Captured } from "../../plan/capture/capture.js";
import type { Expression } from "../../plan/capture/expression.js";
import { letIn } from "../../plan/capture/expression.js";
import { inferObject } from "../../plan/capture/infer-object.js";
import type { Fn, RowNode } from "../../plan/nodes/node.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import type { Field, Schema } from "../../schema/column-type.js";
import { fieldIndex, typeText } from "../../schema/column-type.js";
import type { Open, Value } from "../../schema/types.js";
import { lifter } from "./lift.js";

export interface LambdaStep {
  readonly captured: Captured;
  readonly fn: Fn;
  readonly params: Readonly<Record<string, unknown>>;
}

/** A column that `with` or `map` makes. */
export interface Made {
  readonly field: Field;
  /** The expression that gives it, when the lambda is closed and understood; a plain column read is one too. */
  readonly expression: Expression | null;
}

export interface Lifted {
  readonly field: Field;
  readonly lift: (open: Open) => Value;
}

export type Step =
  | ({ readonly kind: "filter" } & LambdaStep)
  | ({
      readonly kind: "make";
      readonly made: readonly Made[] /** Other columns stay. */;
      readonly merge: boolean;
    } & LambdaStep)
  | { readonly kind: "pick"; readonly columns: readonly string[] }
  | { readonly kind: "notNull"; readonly columns: readonly string[] }
  | { readonly kind: "lift"; readonly fields: readonly Lifted[]; readonly open: string };

export interface RowProgram {
  readonly id: string;
  /** Columns of the rows that come in. */
  readonly input: Schema;
  readonly steps: readonly Step[];
  /** Columns of the rows that go out. */
  readonly output: Schema;
}

export function rowProgram(plan: ResolvedPlan, chain: readonly RowNode[]): RowProgram {
  const first = chain[0] as Extract<RowNode, { kind: "filter" }>;
  const last = chain[chain.length - 1] as RowNode;
  return {
    id: plan.id(first),
    input: plan.neededSchema(first.input),
    steps: chain.flatMap((node) => stepOf(plan, node)),
    output: plan.neededSchema(last),
  };
}

function stepOf(plan: ResolvedPlan, node: RowNode): readonly Step[] {
  switch (node.kind) {
    case "filter":
      return [{ kind: "filter", ...lambdaOf(plan, node) }];
    case "with":
    case "map": {
      const made = madeColumns(plan.captured(node), plan.schema(node.input), plan.made(node));
      return [{ kind: "make", made, merge: node.kind === "with", ...lambdaOf(plan, node) }];
    }
    case "pick":
    case "notNull":
      return [{ kind: node.kind, columns: node.columns }];
    case "lift": {
      const open = plan.schema(node.input).fields.find((f) => f.type.kind === "open") as Field;
      const needed = new Set(plan.neededSchema(node).fields.map((f) => f.name));
      return [
        {
          kind: "lift",
          open: open.name,
          fields: node.columns.fields.filter((f) => needed.has(f.name)).map((f) => ({ field: f, lift: lifter(f) })),
        },
      ];
    }
    default:
      // typed has done its work when the columns' types were worked out
      return [];
  }
}

function lambdaOf(plan: ResolvedPlan, node: Extract<RowNode, { kind: "filter" | "with" | "map" }>): LambdaStep {
  return { captured: plan.captured(node), fn: node.lambda.fn, params: node.lambda.params ?? {} };
}

/** What gives each column that the lambda makes. Those that nobody reads are made all the same: errors do not depend on readers. */
function madeColumns(captured: Captured, input: Schema, made: readonly Field[]): readonly Made[] {
  const shape =
    captured.expression === null ? null : inferObject(captured.expression, { rows: [input], params: captured.params });
  if (shape === null || "unknown" in shape) return made.map((f) => ({ field: f, expression: null }));
  const sources = new Map(shape.fields.map(({ name, source }) => [name, source]));
  return made.map((f) => {
    const source = sources.get(f.name);
    if (source?.kind === "expression") return { field: f, expression: letIn(shape.bindings, source.expression) };
    if (source?.kind !== "passThrough") return { field: f, expression: null };
    const column = input.fields[fieldIndex(input, source.column)] as Field;
    // A column whose type the author fixed anew, or that may no longer be null, is computed, so that each value is checked.
    const optional = typeText(column.type) !== typeText(f.type) || (column.nullable && !f.nullable);
    return { field: f, expression: { kind: "column", row: 0, name: source.column, optional } };
  });
}
