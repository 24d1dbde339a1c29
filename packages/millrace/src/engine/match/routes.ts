/**
 * Which branches of which rules a row can satisfy at all, by the values of a few fields (channel, event id), and which
 * of those are called by what its other fields answer.
 *
 *   routing answers -> route: the branches whose conjuncts on routing fields hold
 *                        field, predicate -> branches to be called when it has fired
 *                        always           -> branches that nothing need call, such as those of negations only
 *
 * A branch is called by its cheapest clause alone. Routes are made when first met and remembered.
 */
import type { Test } from "../../plan/rules/expr.js";
import type { Value } from "../../schema/types.js";
import type { Answers } from "./answers.js";
import type { Clause, Conjunct, RowTest } from "./conjunct.js";
import { cheaper } from "./conjunct.js";
import type { FieldAnswers } from "./field-answers.js";
import type { FieldTests } from "./field-tests.js";
import { KeywordFilter } from "./keyword-filter.js";
import type { PredicateTable } from "./predicates.js";
import { requiredLiterals } from "./required-literals.js";

export interface Branch {
  readonly rule: number;
  /** Whether the conjuncts beside the routing ones hold. */
  readonly holds: RowTest;
  readonly clause: Clause | null;
  readonly rest: readonly Conjunct[];
}

const ROUTING_FIELDS_MAX = 12;
const ROUTES_MAX = 4096;
/** A route's key is a number made of its answers' ids where they fit. */
const ANSWERS_MAX = 2 ** 17;
const KEY_MAX = 2 ** 36;

/** Branches with the same routing conjuncts. */
interface Source {
  readonly routing: readonly Conjunct[];
  readonly branches: Branch[];
}

export class Routes {
  readonly #fields: readonly FieldAnswers[];
  readonly #sources: readonly Source[];
  readonly #table: PredicateTable;
  /** By which of the fields the batch has, then by their answers. */
  readonly #known = new Map<string, Map<number | string, Route>>();
  #count = 0;
  #present: readonly FieldAnswers[] = [];
  #routes = new Map<number | string, Route>();

  constructor(
    table: PredicateTable,
    branches: readonly { readonly rule: number; readonly conjuncts: readonly Conjunct[] }[],
  ) {
    this.#table = table;
    const fields = routingFields(branches.map(({ conjuncts }) => conjuncts));
    this.#fields = fields.map((field) => table.answers(field));
    this.#sources = sourcesOf(new Set(fields), branches);
  }

  /** Another batch is the current one. */
  begin(): void {
    for (const field of this.#fields) field.bind();
    if (this.#count > ROUTES_MAX) {
      this.#known.clear();
      this.#count = 0;
    }
    this.#present = this.#fields.filter(({ codes }) => codes !== null);
    const shape = this.#fields.map(({ codes }) => (codes === null ? "-" : "+")).join("");
    this.#routes = this.#known.get(shape) ?? new Map();
    this.#known.set(shape, this.#routes);
  }

  /** The route of a row of the current batch. */
  of(row: number): Route {
    let key: number | string = 0;
    for (const field of this.#present) {
      const { id } = field.at(row);
      key = typeof key === "number" && id < ANSWERS_MAX && key < KEY_MAX ? key * ANSWERS_MAX + id : `${key},${id}`;
    }
    let route = this.#routes.get(key);
    if (route === undefined) {
      route = this.#routeOf((k) => (this.#fields[k] as FieldAnswers).at(row));
      this.#routes.set(key, route);
      this.#count++;
    }
    return route;
  }

  /** The names of what rows are routed by. */
  get names(): readonly string[] {
    return [...new Set(this.#fields.flatMap(({ tests }) => tests.ref?.names ?? []))];
  }

  /** The route of a row of which nothing is known but the values of routing fields, null where it has none. */
  ofValues(valueUnder: (name: string) => Value): Route {
    const answers = this.#fields.map(({ tests }) => {
      const value = (tests.ref?.names ?? []).map(valueUnder).find((each) => each !== null) ?? null;
      return value === null ? tests.absent : tests.ofValue(value);
    });
    const key = `by values ${answers.map(({ id }) => id).join()}`;
    let route = this.#routes.get(key);
    if (route === undefined) {
      route = this.#routeOf((k) => answers[k] as Answers);
      this.#routes.set(key, route);
      this.#count++;
    }
    return route;
  }

  #routeOf(answersOf: (k: number) => Answers): Route {
    const answers = new Map(this.#fields.map((field, k) => [field.tests, answersOf(k)]));
    const alive = this.#sources.filter(({ routing }) =>
      routing.every(({ route }) => route?.holds(answers.get(route.field) as Answers)),
    );
    return new Route(
      this.#table,
      alive.flatMap(({ branches }) => branches),
    );
  }
}

export class Route {
  /** Branches to be tried on every row. */
  readonly always: readonly Branch[];
  readonly callers: readonly Caller[];
  /** Predicates on any text of the event, ascending. */
  readonly keywords: readonly number[];
  /** The attributes that its branches read beside the routing ones. */
  readonly names: ReadonlySet<string>;

  constructor(table: PredicateTable, branches: readonly Branch[]) {
    const callers = new Map<FieldTests, Caller>();
    this.always = branches.filter(({ clause }) => clause === null);
    for (const branch of branches)
      for (const { field, predicate } of branch.clause?.any ?? []) {
        let caller = callers.get(field);
        if (caller === undefined) {
          caller = new Caller(table.answers(field), table);
          callers.set(field, caller);
        }
        caller.add(predicate, branch);
      }
    this.callers = [...callers.values()];
    const keywords = branches.flatMap(({ rest }) => rest.flatMap((conjunct) => conjunct.keywords));
    this.keywords = [...new Set(keywords)].sort((a, b) => a - b);
    const fields = new Set(branches.flatMap(({ rest }) => rest.flatMap((conjunct) => conjunct.fields)));
    this.names = new Set([...fields].flatMap(({ ref }) => ref?.names ?? []));
  }
}

const NOBODY: readonly Branch[] = [];

/** The branches of a route that the answers of one field call. */
export class Caller {
  readonly field: FieldAnswers;
  readonly #table: PredicateTable;
  readonly #byPredicate = new Map<number, Branch[]>();
  readonly #byAnswers = new Map<number, readonly Branch[]>();
  #present: readonly Branch[] = [];
  #filter: KeywordFilter | null = null;

  constructor(field: FieldAnswers, table: PredicateTable) {
    this.field = field;
    this.#table = table;
  }

  add(predicate: number, branch: Branch): void {
    const branches = this.#byPredicate.get(predicate);
    if (branches === undefined) this.#byPredicate.set(predicate, [branch]);
    else branches.push(branch);
  }

  /** The branches that the value behind a code of the field calls. */
  called(code: number): readonly Branch[] {
    if (this.field.isLong(code) && !this.field.mayHold(code, this.#keywords())) return this.#present;
    return this.#calledBy(this.field.of(code));
  }

  #calledBy({ id, fired }: Answers): readonly Branch[] {
    let branches = this.#byAnswers.get(id);
    if (branches === undefined) {
      const all = new Set<Branch>();
      for (const predicate of fired) for (const branch of this.#byPredicate.get(predicate) ?? []) all.add(branch);
      branches = all.size === 0 ? NOBODY : [...all];
      this.#byAnswers.set(id, branches);
    }
    return branches;
  }

  /** Finds out of a long text whether it calls more branches than any text does. */
  #keywords(): KeywordFilter {
    if (this.#filter === null) {
      const required: (readonly string[] | null)[] = [];
      for (const [predicate, branches] of this.#byPredicate) {
        const test = this.#table.tests[predicate] as Test;
        if (test.kind === "exists") this.#present = branches;
        else required.push(requiredLiterals(test));
      }
      this.#filter = new KeywordFilter(required);
    }
    return this.#filter;
  }
}

function sourcesOf(
  routing: ReadonlySet<FieldTests>,
  branches: readonly { readonly rule: number; readonly conjuncts: readonly Conjunct[] }[],
): readonly Source[] {
  const sources = new Map<string, Source>();
  for (const { rule, conjuncts } of branches) {
    const routes = conjuncts.filter(({ route }) => route !== null && routing.has(route.field));
    const key = routes.map(({ route }) => route?.key).join(" ");
    let source = sources.get(key);
    if (source === undefined) {
      source = { routing: routes, branches: [] };
      sources.set(key, source);
    }
    const rest = conjuncts.filter((conjunct) => !routes.includes(conjunct));
    const clause = rest.map((conjunct) => conjunct.clause).reduce(cheaper, null);
    source.branches.push({ rule, rest, clause, holds: (row) => rest.every((conjunct) => conjunct.holds(row)) });
  }
  return [...sources.values()];
}

/**
 * The fields that many branches test for equality at the top, and all those of branches with tests on any text: these
 * cost most where they need not be asked.
 */
function routingFields(branches: readonly (readonly Conjunct[])[]): readonly FieldTests[] {
  const counts = new Map<FieldTests, number>();
  for (const conjuncts of branches) {
    const weight = conjuncts.some(({ keywords }) => keywords.length > 0) ? branches.length : 1;
    for (const field of new Set(conjuncts.flatMap(({ route }) => (route === null ? [] : [route.field]))))
      counts.set(field, (counts.get(field) ?? 0) + weight);
  }
  return [...counts]
    .filter(([, count]) => count * 20 >= branches.length)
    .sort((a, b) => b[1] - a[1])
    .slice(0, ROUTING_FIELDS_MAX)
    .map(([field]) => field);
}
