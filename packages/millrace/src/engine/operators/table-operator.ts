/** filter and with on tables: a changed row is worked out anew; a row that no longer passes is deleted. */

import { describeError } from "../../base/errors.js";
import { checkValue } from "../../batch/check.js";
import { jsonRow } from "../../log/dead-letters.js";
import type { TableFilterNode, TableWithNode } from "../../plan/nodes/node.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import type { Schema } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";
import type { ChangeSink } from "./change.js";
import type { TaskContext } from "./operator.js";

export class TableOperator implements ChangeSink {
  readonly #id: string;
  readonly #node: TableFilterNode | TableWithNode;
  readonly #keyLength: number;
  readonly #output: Schema;
  readonly #out: readonly ChangeSink[];
  readonly #context: TaskContext;

  constructor(
    id: string,
    plan: ResolvedPlan,
    node: TableFilterNode | TableWithNode,
    out: readonly ChangeSink[],
    context: TaskContext,
  ) {
    this.#id = id;
    this.#node = node;
    this.#keyLength = plan.keyOf(node).length;
    this.#output = plan.schema(node);
    this.#out = out;
    this.#context = context;
  }

  change(schema: Schema, upserts: readonly (readonly Value[])[], deletes: readonly (readonly Value[])[]): void {
    const kept: Value[][] = [];
    const gone: (readonly Value[])[] = [...deletes];
    for (const values of upserts) {
      const row = Object.fromEntries(schema.fields.map((f, k) => [f.name, values[k] ?? null]));
      const result = this.#apply(row);
      if (result === null) gone.push(values.slice(0, this.#keyLength));
      else kept.push(result);
    }
    for (const sink of this.#out) sink.change(this.#output, kept, gone);
  }

  /** The row as it goes on, or null when it does not. */
  #apply(row: Record<string, Value>): Value[] | null {
    const { fn, params } = this.#node.lambda;
    try {
      const result: unknown = fn(row, params ?? {});
      if (this.#node.kind === "tableFilter") return result ? this.#output.fields.map((f) => row[f.name] ?? null) : null;
      const merged = { ...row, ...(result as object) } as Record<string, unknown>;
      return this.#output.fields.map((f) => checkValue(f, merged[f.name]) as Value);
    } catch (error) {
      this.#context.dead({
        operator: this.#id,
        reason: describeError(error),
        stream: "",
        partition: 0,
        offset: 0,
        time: 0,
        row: jsonRow(row),
      });
      return null;
    }
  }
}
