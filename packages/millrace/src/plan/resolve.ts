/**
 * The resolved plan: the program's nodes with everything worked out that the engine, SQL, the server and `explain` need.
 * Made from the app's outputs, the same in every worker; `hash` says whether two are the same program.
 */
import { createHash } from "node:crypto";
import { assert, MillraceError } from "../base/errors.js";
import type { StreamSpec } from "../log/log.js";
import type { Field, Schema } from "../schema/column-type.js";
import { field } from "../schema/column-type.js";
import type { Source } from "../source/spec.js";
import type { ViewSpec } from "../view/store.js";
import type { Captured } from "./capture/capture.js";
import { captureNode } from "./capture-nodes.js";
import { planHash } from "./hash.js";
import { checkNames, operatorIds } from "./names.js";
import { neededColumns } from "./needed.js";
import type {
  AggregateNode,
  Fn,
  KeyedNode,
  OutputNode,
  PlanNode,
  RulesNode,
  SinkNode,
  StreamNode,
  TableNode,
} from "./nodes/node.js";
import { inputsOf, nodesOf } from "./nodes/node.js";
import { Problems } from "./problems.js";
import { ruleChangesSpec } from "./rules/rule-change.js";
import type { AggregateColumns } from "./schemas.js";
import { Schemas } from "./schemas.js";

/** Column of a computed event time, of published rows and of tables. */
export const TIME_COLUMN = "$time";

/** A stream or table that rows are put into from outside. */
export interface InputPlan {
  readonly name: string;
  readonly kind: "stream" | "table";
  /** Columns as the program declares them: what decoders make. */
  readonly declared: Schema;
  /** Columns as stored. */
  readonly schema: Schema;
  readonly timeColumn: string;
  /** Computes the event time from a row; null where it is a column. Tables get the clock's time. */
  readonly time: Fn | null;
  readonly delayMs: number;
  readonly idleMs: number | null;
  readonly futureMs: number | null;
  readonly keepMs: number | null;
  readonly partitions: number;
  readonly partitionBy: readonly string[];
  readonly from: readonly Source[];
  /** Stored columns that the plan reads, the event time among them. */
  readonly columnsRead: readonly string[];
}

export interface ResolveOptions {
  readonly app: string;
  /** URL of the app's module. */
  readonly url: string;
  readonly outputs: readonly OutputNode[];
  /** Partitions by stream, where the caller knows better than the program. */
  readonly partitions?: Readonly<Record<string, number>>;
}

export class ResolvedPlan {
  readonly app: string;
  /** URL of the app's module. */
  readonly url: string;
  readonly hash: string;
  /** Inputs before their readers. */
  readonly nodes: readonly PlanNode[];
  readonly inputPlans: readonly InputPlan[];
  /** Inputs as the log stores them. */
  readonly inputs: readonly StreamSpec[];
  /** Streams of changes of rule sets. They apply before the rows of an epoch, as tables do. */
  readonly controls: readonly StreamSpec[];
  readonly published: readonly StreamSpec[];
  readonly views: readonly ViewSpec[];
  readonly #schemas: Schemas;
  readonly #captured: ReadonlyMap<PlanNode, Captured>;
  readonly #ids: ReadonlyMap<PlanNode, string>;
  readonly #needed: ReadonlyMap<PlanNode, Schema>;

  constructor(options: ResolveOptions) {
    const problems = new Problems();
    this.app = options.app;
    this.url = options.url;
    this.nodes = nodesOf(options.outputs);
    checkNames(this.nodes, problems);
    const consumers = consumersOf(this.nodes);
    this.#captured = new Map(
      this.nodes.flatMap((node) => {
        const captured = problems.catch(node.at, () => captureNode(node));
        return captured === undefined || captured === null ? [] : [[node, captured] as const];
      }),
    );
    this.#schemas = new Schemas(this.nodes, this.#captured, problems);
    this.#ids = operatorIds(this.nodes, consumers, problems);
    for (const node of this.nodes) {
      if (node.kind === "stream") problems.catch(node.at, () => checkStream(node));
      if (node.kind === "aggregate") problems.catch(node.at, () => checkWindow(node));
    }
    problems.throwIfAny(options.app);
    this.#needed = neededColumns(this.nodes, this.#schemas, this.#captured);
    this.inputPlans = this.nodes.flatMap((node) =>
      node.kind === "stream"
        ? [this.#stream(node, options.partitions?.[node.name])]
        : node.kind === "table"
          ? [this.#table(node)]
          : [],
    );
    this.inputs = this.inputPlans.map(({ name, schema, timeColumn, partitions }) => ({
      name,
      schema,
      time: timeColumn,
      partitions,
    }));
    this.controls = this.ruleSets.map(({ name }) => ruleChangesSpec(name));
    this.published = this.nodes.flatMap((node) =>
      node.kind === "publish" ? [publishedSpec(node.name, this.schema(node))] : [],
    );
    this.views = this.nodes.flatMap((node) =>
      node.kind === "view" ? [{ name: node.name, schema: this.schema(node), key: this.keyOf(node) }] : [],
    );
    this.hash = createHash("sha256")
      .update(planHash(this.nodes, this.#captured, this.#schemas, options.url))
      .update(
        JSON.stringify([
          this.inputs.map(({ name, partitions }) => [name, partitions] as const).sort(byName),
          this.#stateNames(),
        ]),
      )
      .digest("hex")
      .slice(0, 16);
  }

  /** Streams, without tables. */
  get streams(): readonly InputPlan[] {
    return this.inputPlans.filter(({ kind }) => kind === "stream");
  }

  get sinks(): readonly SinkNode[] {
    return this.nodes.filter((node) => node.kind === "sink");
  }

  get ruleSets(): readonly RulesNode[] {
    return this.nodes.filter((node) => node.kind === "rules");
  }

  inputsOf(node: PlanNode): readonly PlanNode[] {
    return inputsOf(node);
  }

  schema(node: PlanNode): Schema {
    return this.#schemas.get(node);
  }

  /** Columns that the node's lambda makes. */
  made(node: PlanNode): readonly Field[] {
    return this.#schemas.made.get(node) ?? [];
  }

  /** The node's columns that are read by somebody: what its rows have when the engine runs. */
  neededSchema(node: PlanNode): Schema {
    return this.#needed.get(node) as Schema;
  }

  captured(node: PlanNode): Captured {
    const captured = this.#captured.get(node);
    assert(captured !== undefined, `no lambda at ${node.at}`);
    return captured;
  }

  id(node: PlanNode): string {
    return this.#ids.get(node) as string;
  }

  aggregate(node: AggregateNode): AggregateColumns {
    return this.#schemas.aggregates.get(node) as AggregateColumns;
  }

  keyOf(node: KeyedNode): readonly string[] {
    if (node.kind !== "aggregate") return this.keyOf(node.input);
    return node.window === null ? node.key : [...node.key, "windowStart"];
  }

  /** Names of the streams upstream of a node. */
  sources(node: PlanNode): readonly string[] {
    return nodesOf([node]).flatMap((upstream) => (upstream.kind === "stream" ? [upstream.name] : []));
  }

  stream(name: string): InputPlan {
    const input = this.inputPlans.find((candidate) => candidate.name === name);
    assert(input !== undefined, `the plan has no input "${name}"`);
    return input;
  }

  /** Whether a stream's rows apply to every task before the rows of an epoch: tables, and changes of rules. */
  appliesFirst(name: string): boolean {
    return this.isTable(name) || this.controls.some((control) => control.name === name);
  }

  isTable(name: string): boolean {
    return this.inputPlans.some((input) => input.name === name && input.kind === "table");
  }

  storedSchema(name: string): Schema {
    return (this.controls.find((control) => control.name === name) ?? this.stream(name)).schema;
  }

  table(name: string): TableNode {
    const node = this.nodes.find((candidate) => candidate.kind === "table" && candidate.name === name);
    assert(node?.kind === "table", `the plan has no table "${name}"`);
    return node;
  }

  view(name: string): ViewSpec {
    const view = this.views.find((candidate) => candidate.name === name);
    assert(view !== undefined, `the plan has no view "${name}"`);
    return view;
  }

  /** Saved state is found by these names: with another name it is another plan. */
  #stateNames(): readonly string[] {
    return this.nodes
      .filter((node) => node.kind === "aggregate")
      .map((node) => this.id(node))
      .sort();
  }

  #stream(node: StreamNode, partitions: number | undefined): InputPlan {
    const computed = typeof node.time !== "string";
    const timeColumn = typeof node.time === "string" ? node.time : TIME_COLUMN;
    return {
      name: node.name,
      kind: "stream",
      declared: node.schema,
      schema: computed ? withTime(node.schema) : node.schema,
      timeColumn,
      time: typeof node.time === "string" ? null : node.time.fn,
      delayMs: node.delayMs,
      idleMs: node.idleMs,
      futureMs: node.futureMs,
      keepMs: node.keepMs,
      partitions: partitions ?? node.partitions,
      partitionBy: node.partitionBy,
      from: node.from,
      columnsRead: [...new Set([...this.neededSchema(node).fields.map((f) => f.name), timeColumn])],
    };
  }

  #table(node: TableNode): InputPlan {
    return {
      name: node.name,
      kind: "table",
      declared: node.schema,
      schema: withTime(node.schema),
      timeColumn: TIME_COLUMN,
      time: null,
      delayMs: 0,
      idleMs: null,
      futureMs: null,
      keepMs: null,
      partitions: 1,
      partitionBy: [],
      from: node.from,
      columnsRead: node.schema.fields.map((f) => f.name),
    };
  }
}

function consumersOf(nodes: readonly PlanNode[]): ReadonlyMap<PlanNode, readonly PlanNode[]> {
  const consumers = new Map<PlanNode, PlanNode[]>();
  for (const node of nodes)
    for (const input of inputsOf(node)) {
      const list = consumers.get(input) ?? [];
      list.push(node);
      consumers.set(input, list);
    }
  return consumers;
}

function checkStream(node: StreamNode): void {
  const { name, schema, time, partitionBy } = node;
  const column = (wanted: string): Schema["fields"][number] | undefined => schema.fields.find((f) => f.name === wanted);
  if (typeof time === "string" && (column(time)?.type.kind !== "timestamp" || column(time)?.nullable))
    throw new MillraceError(
      "PROGRAM",
      `stream "${name}": its event time "${time}" must be a t.timestamp() column that is not optional`,
      {
        hint: "Or compute it: time: e => … (epoch milliseconds).",
      },
    );
  for (const key of partitionBy)
    if (column(key) === undefined)
      throw new MillraceError("PROGRAM", `stream "${name}": partitionBy names no column "${key}"`);
}

/** Late rows are behind the watermark that would close their window: when it closes would depend on when they arrive. */
function checkWindow(node: AggregateNode): void {
  if (node.window === null || node.correctMs === Number.POSITIVE_INFINITY) return;
  if (nodesOf([node]).some((upstream) => upstream.kind === "late"))
    throw new MillraceError("PROGRAM", "a window over late() rows never closes: they are behind the watermark", {
      hint: 'Let it be corrected for ever: .window(…, { emit: "updates", late: { correct: "forever" } }), or take the late rows in where they belong, with late: { correct: … } on the window itself.',
    });
}

function publishedSpec(name: string, schema: Schema): StreamSpec {
  return { name, schema: withTime(schema), time: TIME_COLUMN, partitions: 1 };
}

function withTime(schema: Schema): Schema {
  return { fields: [...schema.fields, field(TIME_COLUMN, { kind: "timestamp" })] };
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
