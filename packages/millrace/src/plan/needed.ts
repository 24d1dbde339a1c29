/** Which columns of each node's output anybody reads: what need not be read is not loaded, taken or sent. */
import type { Schema } from "../schema/column-type.js";
import type { Captured } from "./capture/capture.js";
import { columnsReadOf } from "./capture/columns-read.js";
import type { PlanNode } from "./nodes/node.js";
import { inputsOf } from "./nodes/node.js";
import type { Schemas } from "./schemas.js";

/** Node -> columns of its output that are read, in the schema's order. */
export function neededColumns(
  nodes: readonly PlanNode[],
  schemas: Schemas,
  captured: ReadonlyMap<PlanNode, Captured>,
): ReadonlyMap<PlanNode, Schema> {
  const needed = new Map<PlanNode, Set<string>>(nodes.map((node) => [node, new Set<string>()]));
  for (const node of [...nodes].reverse()) {
    const all = schemas.get(node).fields.map((f) => f.name);
    const own = needed.get(node) as Set<string>;
    if (node.kind === "publish" || node.kind === "view") for (const name of all) own.add(name);
    for (const input of inputsOf(node)) {
      const target = needed.get(input) as Set<string>;
      const names = readFrom(node, input, own, schemas, captured);
      for (const name of names === "all" ? schemas.get(input).fields.map((f) => f.name) : names) target.add(name);
    }
  }
  return new Map(
    nodes.map((node) => [node, { fields: schemas.get(node).fields.filter((f) => needed.get(node)?.has(f.name)) }]),
  );
}

function readFrom(
  node: PlanNode,
  input: PlanNode,
  own: ReadonlySet<string>,
  schemas: Schemas,
  captured: ReadonlyMap<PlanNode, Captured>,
): Iterable<string> | "all" {
  const inputNames = new Set(schemas.get(input).fields.map((f) => f.name));
  const passed = [...own].filter((name) => inputNames.has(name));
  const read = (index: number): Iterable<string> | "all" => columnsReadOf(captured.get(node) as Captured, index);
  const plus = (more: Iterable<string> | "all", base: Iterable<string>): Iterable<string> | "all" =>
    more === "all" ? "all" : [...base, ...more];
  switch (node.kind) {
    case "filter":
    case "with":
      return plus(read(0), passed);
    case "map":
    case "flatMap":
      return read(0);
    case "pick":
    case "typed":
    case "late":
    case "union":
      return passed;
    case "notNull":
      return [...passed, ...node.columns];
    case "lift": {
      const lifted = new Set(node.columns.fields.map((f) => f.name));
      const open = schemas
        .get(input)
        .fields.filter((f) => f.type.kind === "open")
        .map((f) => f.name);
      return [...passed.filter((name) => !lifted.has(name)), ...open];
    }
    case "lookup":
      return input === node.table
        ? "all"
        : plus(
            read(0),
            node.on.map(([left]) => left),
          );
    case "aggregate": {
      const columns = schemas.aggregates.get(node)?.columns ?? [];
      return [...node.key, ...columns.flatMap((f) => (f === null ? [] : [f.name]))];
    }
    default:
      // match reads what its rules ask for; table operators and outputs take whole rows.
      return "all";
  }
}
