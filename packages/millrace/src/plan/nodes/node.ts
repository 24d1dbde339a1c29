/**
 * The logical plan: immutable nodes, tagged by `kind`, made only by the fluent API. A node's output columns are not
 * stored in it: they follow from its inputs and lambdas and are worked out once for the whole plan (`resolve.ts`).
 */
import type { Schema } from "../../schema/column-type.js";
import type { SinkSpec } from "../../sink/spec.js";
import type { Source } from "../../source/spec.js";
import type { CompiledRules, RuleFile, RuleSource } from "../rules/rule-set.js";

/** Where in the program a node was made: "file:line". */
export type Place = string;

// biome-ignore lint/suspicious/noExplicitAny: a user's lambda; its type is checked where it is written
export type Fn = (...args: any[]) => any;

export interface LambdaSpec {
  readonly fn: Fn;
  readonly params: Readonly<Record<string, unknown>> | null;
}

export interface StreamNode {
  readonly kind: "stream";
  readonly at: Place;
  readonly name: string;
  readonly schema: Schema;
  /** A timestamp column's name, or a lambda giving epoch ms. */
  readonly time: string | LambdaSpec;
  readonly delayMs: number;
  /** Without rows for so long, a partition no longer holds back the others. Null: it holds them back for ever. */
  readonly idleMs: number | null;
  /** Rows further ahead of the clock are quarantined. */
  readonly futureMs: number | null;
  readonly partitions: number;
  readonly partitionBy: readonly string[];
  readonly keepMs: number | null;
  readonly from: readonly Source[];
}

export interface TableNode {
  readonly kind: "table";
  readonly at: Place;
  readonly name: string;
  readonly schema: Schema;
  readonly key: readonly string[];
  readonly from: readonly Source[];
}

export interface RulesNode {
  readonly kind: "rules";
  readonly at: Place;
  readonly name: string;
  readonly source: RuleSource;
  /** Columns of a rule as `match` sees it: `id` and the declared meta. */
  readonly meta: Schema;
  /** Rules added later are also run over the history. */
  readonly retro: boolean;
  readonly compile: (files: readonly RuleFile[]) => CompiledRules<object>;
}

/** A row operator: one row in, at most one row out. */
export interface FilterNode {
  readonly kind: "filter";
  readonly at: Place;
  readonly input: RowNode;
  readonly lambda: LambdaSpec;
}
export interface WithNode {
  readonly kind: "with";
  readonly at: Place;
  readonly input: RowNode;
  readonly lambda: LambdaSpec;
}
export interface MapNode {
  readonly kind: "map";
  readonly at: Place;
  readonly input: RowNode;
  readonly lambda: LambdaSpec;
}
export interface PickNode {
  readonly kind: "pick";
  readonly at: Place;
  readonly input: RowNode;
  readonly columns: readonly string[];
}
export interface NotNullNode {
  readonly kind: "notNull";
  readonly at: Place;
  readonly input: RowNode;
  readonly columns: readonly string[];
}
export interface LiftNode {
  readonly kind: "lift";
  readonly at: Place;
  readonly input: RowNode;
  readonly columns: Schema;
}
export interface TypedNode {
  readonly kind: "typed";
  readonly at: Place;
  readonly input: RowNode;
  readonly columns: Schema;
}

export interface FlatMapNode {
  readonly kind: "flatMap";
  readonly at: Place;
  readonly input: RowNode;
  readonly lambda: LambdaSpec;
}
export interface UnionNode {
  readonly kind: "union";
  readonly at: Place;
  readonly inputs: readonly RowNode[];
}
/** Rows behind their own partition's watermark. */
export interface LateNode {
  readonly kind: "late";
  readonly at: Place;
  readonly input: RowNode;
}
export interface LookupNode {
  readonly kind: "lookup";
  readonly at: Place;
  readonly input: RowNode;
  readonly table: TableNode;
  /** Stream column and table key column, one pair for each key column. */
  readonly on: readonly (readonly [string, string])[];
  readonly how: "inner" | "left";
  readonly lambda: LambdaSpec;
}
export interface MatchNode {
  readonly kind: "match";
  readonly at: Place;
  readonly input: RowNode;
  readonly rules: RulesNode;
  /** all: a row for every rule that matches; first: one row for each, of the first rule that matches, or none. */
  readonly how: "all" | "first";
  readonly lambda: LambdaSpec;
}

export type WindowSpec = { readonly kind: "tumble"; readonly sizeMs: number };

export type AggKind =
  | "count"
  | "countDistinct"
  | "sum"
  | "min"
  | "max"
  | "mean"
  | "variance"
  | "stddev"
  | "first"
  | "last";

export interface AggSpec {
  readonly name: string;
  readonly kind: AggKind;
  /** Null for count. */
  readonly column: string | null;
  /** variance and stddev: divide by n - 1. */
  readonly sample: boolean;
  /** first and last: the whole row's, so that a null counts as a value. */
  readonly wholeRow?: boolean;
}

export interface AggregateNode {
  readonly kind: "aggregate";
  readonly at: Place;
  readonly input: RowNode;
  readonly key: readonly string[];
  readonly window: WindowSpec | null;
  readonly emit: "final" | "updates";
  /** Late rows are dropped (0), or still counted for so long after; Infinity for ever. */
  readonly correctMs: number;
  /** State of a key may be forgotten so long after its last row, by event time; Infinity never; null: bounded by the window. */
  readonly keepMs: number | null;
  readonly aggs: readonly AggSpec[];
  readonly stateName: string | null;
}

/** A node whose output is keyed rows that are inserted, replaced and deleted. */
export interface TableFilterNode {
  readonly kind: "tableFilter";
  readonly at: Place;
  readonly input: KeyedNode;
  readonly lambda: LambdaSpec;
}
export interface TableWithNode {
  readonly kind: "tableWith";
  readonly at: Place;
  readonly input: KeyedNode;
  readonly lambda: LambdaSpec;
}

export interface PublishNode {
  readonly kind: "publish";
  readonly at: Place;
  readonly input: RowNode;
  readonly name: string;
  readonly keepMs: number | null;
}
export interface ViewNode {
  readonly kind: "view";
  readonly at: Place;
  readonly input: KeyedNode;
  readonly name: string;
  readonly doc: string | null;
}

/** Delivers a view's rows outside. No part of the results, nor of the plan's hash. */
export interface SinkNode {
  readonly kind: "sink";
  readonly at: Place;
  readonly input: ViewNode;
  readonly name: string;
  readonly sink: SinkSpec;
  /** A key is delivered at most so often. */
  readonly everyMs: number;
}

export type RowOperatorNode = FilterNode | WithNode | MapNode | PickNode | NotNullNode | LiftNode | TypedNode;
/** Nodes whose output is a stream of rows. */
export type RowNode =
  | StreamNode
  | RowOperatorNode
  | FlatMapNode
  | UnionNode
  | LateNode
  | LookupNode
  | MatchNode
  | PublishNode;
/** Nodes whose output is a changing table. */
export type KeyedNode = AggregateNode | TableFilterNode | TableWithNode | ViewNode;
export type PlanNode = RowNode | KeyedNode | TableNode | RulesNode | SinkNode;
export type OutputNode = PublishNode | ViewNode | SinkNode;

export const ROW_OPERATORS: ReadonlySet<string> = new Set([
  "filter",
  "with",
  "map",
  "pick",
  "notNull",
  "lift",
  "typed",
]);

/** What a node reads, in order. */
export function inputsOf(node: PlanNode): readonly PlanNode[] {
  switch (node.kind) {
    case "stream":
    case "table":
    case "rules":
      return [];
    case "union":
      return node.inputs;
    case "lookup":
      return [node.input, node.table];
    case "match":
      return [node.input, node.rules];
    default:
      return [node.input];
  }
}

export function isKeyed(node: PlanNode): node is KeyedNode {
  return node.kind === "aggregate" || node.kind === "tableFilter" || node.kind === "tableWith" || node.kind === "view";
}

/** Every node reachable from the outputs, inputs before their readers; order depends on the program alone. */
export function nodesOf(outputs: readonly PlanNode[]): readonly PlanNode[] {
  const order: PlanNode[] = [];
  const seen = new Set<PlanNode>();
  const visit = (node: PlanNode): void => {
    if (seen.has(node)) return;
    seen.add(node);
    for (const input of inputsOf(node)) visit(input);
    order.push(node);
  };
  for (const output of outputs) visit(output);
  return order;
}
