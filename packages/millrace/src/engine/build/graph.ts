/**
 * From the resolved plan to one task's operators, wired together.
 *
 * Nodes are built from the outputs backwards, so that an operator knows its consumers when it is made. Row operators
 * that follow one another without a branch are one program (`compile/`). Before every aggregate stands an exchange.
 *
 * An operator's level is the number of exchanges before it. Level k's exchanges deliver at the k-th barrier of an epoch.
 */

import { assert } from "../../base/errors.js";
import type { Batch } from "../../batch/batch.js";
import type { AggregateNode, KeyedNode, MatchNode, PlanNode, RowNode, RulesNode } from "../../plan/nodes/node.js";
import { isKeyed, nodesOf, ROW_OPERATORS } from "../../plan/nodes/node.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import { ruleChangesName } from "../../plan/rules/rule-change.js";
import type { ViewChanges } from "../../view/store.js";
import { AggregateOperator, GROUPS_INPUT, ROWS_INPUT } from "../operators/aggregate.js";
import type { ChangeSink } from "../operators/change.js";
import { CombineOperator } from "../operators/combine.js";
import { ExchangeOperator } from "../operators/exchange.js";
import { FlatMapOperator } from "../operators/flat-map.js";
import { LateOperator } from "../operators/late.js";
import { LookupOperator } from "../operators/lookup.js";
import { MatchOperator } from "../operators/match.js";
import type { Consumer, Edge, Operator, StatefulOperator, TaskContext } from "../operators/operator.js";
import { emit } from "../operators/operator.js";
import { RowOperator } from "../operators/row-operator.js";
import { PublishOperator, ViewSink } from "../operators/sinks.js";
import { TableOperator } from "../operators/table-operator.js";
import { UnionOperator } from "../operators/union.js";
import type { Rows } from "../rows.js";
import { RuleVersions } from "../rules/rule-versions.js";
import type { Published, TaskOptions } from "../run/messages.js";
import type { Meter } from "../run/meter.js";
import { TableState } from "../state/table-state.js";
import { continuesChain } from "./chains.js";
import { exchangesBefore } from "./levels.js";

export interface Level {
  /** What adds up before the exchanges; told of the end of an epoch's rows. */
  readonly combining: CombineOperator[];
  readonly exchanges: ExchangeOperator[];
  /** Operators behind them, inputs first, with the streams whose watermarks move them. */
  readonly behind: { readonly operator: Pick<StatefulOperator, "watermark">; readonly sources: readonly string[] }[];
}

export interface TaskGraph {
  readonly levels: readonly Level[];
  /** Takes rows of a source stream in. */
  source(stream: string, rows: Rows): void;
  /** Takes rows in that apply before an epoch's: of a table, or changes of a rule set. */
  applyFirst(name: string, batch: Batch): void;
  /** Takes rows of a source in once more, for the rules alone that are new with a change. */
  hunt(set: string, change: number, stream: string, rows: Rows): void;
  readonly stateful: readonly StatefulOperator[];
  takeViews(): ViewChanges[];
  takePublished(): Published[];
}

export function buildGraph(plan: ResolvedPlan, options: TaskOptions, context: TaskContext, meter: Meter): TaskGraph {
  return new GraphBuilder(plan, options, context, meter).build();
}

/** One of a node's inputs. */
interface NodeInput {
  readonly node: PlanNode;
  readonly input: number;
}

/** What a task has once, however many graphs it builds. */
interface Shared {
  readonly tables: Map<string, TableState>;
  /** By the name of their stream of changes. */
  readonly rules: Map<string, RuleVersions>;
}

/** One match node of a graph, and the way to it once more. */
interface Hunt {
  readonly set: string;
  readonly operator: MatchOperator;
  readonly source: TaskGraph["source"];
}

class GraphBuilder {
  readonly #plan: ResolvedPlan;
  readonly #options: TaskOptions;
  readonly #context: TaskContext;
  readonly #meter: Meter;
  /** Who reads a node, and as which of its inputs; twice where a node is two inputs of another. */
  readonly #consumers = new Map<PlanNode, NodeInput[]>();
  /** How rows get into a node. */
  readonly #entries = new Map<PlanNode, Edge>();
  /** How changes get into a keyed node. */
  readonly #sinks = new Map<PlanNode, ChangeSink>();
  readonly #levels: Level[] = [];
  readonly #exchangesBefore: ReadonlyMap<PlanNode, number>;
  readonly #sources = new Map<string, Edge[]>();
  readonly #shared: Shared;
  readonly #nodes: readonly PlanNode[];
  readonly #hunts: Hunt[] = [];
  readonly #views: ViewSink[] = [];
  readonly #published: { name: string; operator: PublishOperator }[] = [];
  readonly #stateful: StatefulOperator[] = [];

  /** only: builds no more than the way to this match node, which ends in `to`. */
  constructor(
    plan: ResolvedPlan,
    options: TaskOptions,
    context: TaskContext,
    meter: Meter,
    shared: Shared = { tables: new Map(), rules: new Map() },
    only: { readonly node: MatchNode; readonly to: Consumer } | null = null,
  ) {
    this.#plan = plan;
    this.#options = options;
    this.#context = context;
    this.#meter = meter;
    this.#shared = shared;
    this.#nodes = only === null ? plan.nodes : nodesOf([only.node.input]);
    this.#exchangesBefore = exchangesBefore(this.#nodes);
    for (const node of this.#nodes)
      for (const [k, input] of plan.inputsOf(node).entries()) this.#consume(input, node, k);
    if (only === null) return;
    this.#consume(only.node.input, only.node, 0);
    this.#entries.set(only.node, { to: only.to, input: 0 });
  }

  #consume(of: PlanNode, node: PlanNode, input: number): void {
    const consumers = this.#consumers.get(of) ?? [];
    consumers.push({ node, input });
    this.#consumers.set(of, consumers);
  }

  build(): TaskGraph {
    for (const node of [...this.#nodes].reverse()) this.#node(node);
    for (const level of this.#levels) level.behind.reverse();
    return {
      levels: this.#levels,
      source: (stream, rows) => emit(this.#sources.get(stream) ?? [], rows),
      applyFirst: (name, batch) => (this.#shared.tables.get(name) ?? this.#shared.rules.get(name))?.apply(batch),
      hunt: (set, change, stream, rows) => {
        for (const hunt of this.#hunts)
          if (hunt.set === set) hunt.operator.hunting(change, () => hunt.source(stream, rows));
      },
      stateful: this.#stateful,
      takeViews: () => this.#views.map((view) => view.take()).filter((changes) => changes !== null),
      takePublished: () =>
        this.#published
          .map(({ name, operator }) => ({ stream: name, rows: operator.take() }))
          .filter(({ rows }) => rows.length > 0),
    };
  }

  #node(node: PlanNode): void {
    if (isKeyed(node)) this.#keyed(node);
    else if (node.kind === "stream") this.#sources.set(node.name, this.#edges(node));
    else if (node.kind === "table") this.#tableState(node.name);
    else if (node.kind !== "rules" && node.kind !== "sink") this.#rows(node);
  }

  #rows(node: Exclude<RowNode, { kind: "stream" }>): void {
    if (ROW_OPERATORS.has(node.kind)) {
      // Built with the first of its chain.
      if (this.#continuesChain(node)) return;
      this.#entries.set(node, { to: this.#chain(node), input: 0 });
      return;
    }
    const id = this.#plan.id(node);
    const out = this.#edges(node);
    switch (node.kind) {
      case "flatMap":
        this.#enter(node, new FlatMapOperator(id, this.#plan, node, out, this.#context));
        break;
      case "union":
        this.#enter(node, new UnionOperator(id, this.#plan.neededSchema(node), out));
        break;
      case "late":
        this.#enter(node, new LateOperator(id, out));
        break;
      case "lookup":
        this.#enter(
          node,
          new LookupOperator(
            id,
            this.#plan,
            node,
            this.#tableState(node.table.name),
            this.#options.interpreted,
            out,
            this.#context,
          ),
        );
        break;
      case "match":
        this.#match(node, id, out);
        break;
      case "publish": {
        const operator = new PublishOperator(node.name, out);
        this.#published.push({ name: node.name, operator });
        this.#enter(node, operator);
        break;
      }
    }
  }

  #match(node: MatchNode, id: string, out: readonly Edge[]): void {
    const operator = new MatchOperator(id, this.#plan, node, this.#ruleVersions(node.rules), out, this.#context);
    this.#enter(node, operator);
    const to = { push: (rows: Rows) => operator.huntPush(rows) };
    // What goes wrong on the way was told when the row went it for the first time.
    const silent: TaskContext = { dead() {}, count() {} };
    const { source } = new GraphBuilder(this.#plan, this.#options, silent, this.#meter, this.#shared, {
      node,
      to,
    }).build();
    this.#hunts.push({ set: node.rules.name, operator, source });
  }

  #keyed(node: KeyedNode): void {
    // What delivers a view reads it from the store.
    const readers = (this.#consumers.get(node) ?? []).filter((consumer) => consumer.node.kind !== "sink");
    const sinks = readers.map((consumer) =>
      this.#meter.sink(node, consumer.node, this.#sinks.get(consumer.node) as ChangeSink),
    );
    switch (node.kind) {
      case "view": {
        const view = new ViewSink(this.#plan.view(node.name));
        this.#views.push(view);
        this.#sinks.set(node, view);
        break;
      }
      case "tableFilter":
      case "tableWith":
        this.#sinks.set(node, new TableOperator(this.#plan.id(node), this.#plan, node, sinks, this.#context));
        break;
      case "aggregate":
        this.#aggregate(node, sinks);
    }
  }

  #aggregate(node: AggregateNode, sinks: readonly ChangeSink[]): void {
    const id = this.#plan.id(node);
    const { workers } = this.#options;
    const spec = this.#plan.aggregate(node);
    const operator = new AggregateOperator(id, spec, sinks, this.#context);
    const timed = this.#meter.operator(node, operator);
    const level = this.#level(this.#exchangesBefore.get(node) ?? 0);
    const exchange = (name: string, input: number): ExchangeOperator => {
      const made = new ExchangeOperator(name, workers, node.key, [{ to: timed, input }]);
      level.exchanges.push(made);
      return made;
    };
    const rows = exchange(id, ROWS_INPUT);
    level.behind.push({ operator: timed, sources: this.#plan.sources(node) });
    this.#stateful.push(operator);
    if (workers === 1) {
      this.#enter(node, rows);
      return;
    }
    const combine = new CombineOperator(id, spec, rows, exchange(`${id}/groups`, GROUPS_INPUT), this.#context);
    level.combining.push(combine);
    this.#enter(node, combine);
  }

  /** Whether this row operator continues a program that begins further up. */
  #continuesChain(node: PlanNode): boolean {
    return continuesChain(node, this.#consumers.get((node as { input: RowNode }).input)?.length ?? 0);
  }

  #chain(first: RowNode): Operator {
    const chain: RowNode[] = [first];
    let last = first;
    for (;;) {
      const consumers = this.#consumers.get(last) ?? [];
      const next = consumers[0]?.node;
      if (consumers.length !== 1 || next === undefined || !ROW_OPERATORS.has(next.kind)) break;
      last = next as RowNode;
      chain.push(last);
    }
    return new RowOperator(this.#plan, chain, this.#options.interpreted, this.#edges(last), this.#context);
  }

  #enter(node: PlanNode, operator: Operator): void {
    this.#entries.set(node, { to: operator, input: 0 });
  }

  #edges(node: PlanNode): Edge[] {
    return (this.#consumers.get(node) ?? []).map((consumer) => {
      const edge = this.#entries.get(consumer.node);
      assert(edge !== undefined, `the consumer of ${node.kind} is not built`);
      return { to: this.#meter.edge(node, consumer.node, edge.to), input: consumer.input };
    });
  }

  #level(index: number): Level {
    while (this.#levels.length <= index) this.#levels.push({ combining: [], exchanges: [], behind: [] });
    return this.#levels[index] as Level;
  }

  #tableState(name: string): TableState {
    let state = this.#shared.tables.get(name);
    if (state === undefined) {
      state = new TableState(this.#plan.table(name));
      this.#shared.tables.set(name, state);
    }
    return state;
  }

  #ruleVersions(node: RulesNode): RuleVersions {
    const name = ruleChangesName(node.name);
    let versions = this.#shared.rules.get(name);
    if (versions === undefined) {
      versions = new RuleVersions(node);
      this.#shared.rules.set(name, versions);
    }
    return versions;
  }
}
