/**
 * Files to a set of compiled rules, and an account of everything that is not in it:
 *
 *   files -> documents -> rules, filters, correlations -> compiled rules
 *                \________________ problems ________________/
 *
 * Filters and values of placeholders reach rules of every file, so a set is compiled as a whole.
 */
import type { CompiledRule, CompileOptions, Placeholders } from "./compile.js";
import { checkFilter, compileRule } from "./compile.js";
import type { SigmaDocument, SigmaFile } from "./load.js";
import { loadDocuments } from "./load.js";
import type { LogSource, SigmaFilter, SigmaRule, SigmaValues } from "./parse.js";
import { parseDocument } from "./parse.js";
import type { Problem } from "./problem.js";
import { RuleProblem } from "./problem.js";

export interface SigmaSet {
  readonly rules: readonly CompiledRule[];
  /** What is broken, each with its place; everything else is unaffected. */
  readonly problems: readonly Problem[];
  /** Documents that are sound but of a kind that is not run yet, such as correlations. */
  readonly unsupported: readonly Problem[];
  /** How many filters were read, whether or not a rule needed them. */
  readonly filters: number;
}

/** What files hold, before anything is compiled. */
export interface SigmaDocuments extends Pick<SigmaSet, "problems" | "unsupported"> {
  readonly rules: readonly SigmaRule[];
  readonly filters: readonly SigmaFilter[];
  readonly placeholders: Placeholders;
}

/** Reads the rules and filters of all files. Never throws for what is in a file. */
export function readSigma(files: readonly SigmaFile[]): SigmaDocuments {
  return new SigmaCompiler().read(files);
}

/** Compiles the rules of all files. Never throws for what is in a file. */
export function compileSigma(files: readonly SigmaFile[]): SigmaSet {
  return new SigmaCompiler().compile(files);
}

type Parsed = ReturnType<typeof parseDocument>;

/** What one file is by itself. */
interface ReadFile {
  readonly text: string;
  readonly documents: readonly { readonly document: SigmaDocument; readonly parsed: Parsed }[];
  readonly problems: readonly Problem[];
  readonly unsupported: readonly Problem[];
}

/** A rule as compiled last, or why it can't be, under the filters that applied. */
interface Compiled {
  readonly filters: readonly SigmaFilter[];
  /** The placeholders' values, as text. */
  readonly values: string;
  readonly rule: CompiledRule | Problem;
}

/**
 * Compiles sets of files that are much alike: a file whose text is the same is not read again, and its rules come out
 * as the same objects unless a filter on them has changed. Remembers the files of the last set.
 */
export class SigmaCompiler {
  #files = new Map<string, ReadFile>();
  readonly #rules = new WeakMap<SigmaRule, Compiled>();

  /** What the files hold, before anything is compiled. */
  read(files: readonly SigmaFile[]): SigmaDocuments {
    const read = new Map(files.map((file) => [file.path, this.#read(file)]));
    this.#files = read;
    const problems: Problem[] = [];
    const unsupported: Problem[] = [];
    const rules: SigmaRule[] = [];
    const found: SigmaFilter[] = [];
    const values: SigmaValues[] = [];
    for (const file of files) {
      const { documents, ...wrong } = read.get(file.path) as ReadFile;
      problems.push(...wrong.problems);
      unsupported.push(...wrong.unsupported);
      for (const { parsed } of documents) {
        if (parsed.kind === "rule") rules.push(parsed);
        else if (parsed.kind === "filter") found.push(parsed);
        else if (parsed.kind === "values") values.push(parsed);
      }
    }
    const placeholders = placeholdersOf(values, problems);
    const filters: SigmaFilter[] = [];
    for (const filter of found)
      guard(filter.document, problems, () => {
        checkFilter(filter, { placeholders });
        filters.push(filter);
      });
    return { rules, filters, problems, unsupported, placeholders };
  }

  compile(files: readonly SigmaFile[]): SigmaSet {
    const { rules, filters, unsupported, placeholders, ...read } = this.read(files);
    const values = JSON.stringify([...placeholders]);
    const problems = [...read.problems];
    const compiled = new Map<string, CompiledRule>();
    for (const rule of rules)
      guard(rule.document, problems, () => {
        const first = compiled.get(rule.id);
        if (first !== undefined)
          throw new RuleProblem(`the id ${rule.id} is already that of ${first.meta.path}`, ["id"]);
        const found = this.#compile(rule, filtersOf(filters, rule), { placeholders }, values);
        if ("when" in found) compiled.set(rule.id, found);
        else problems.push(found);
      });
    checkReferences(filters, rules, problems);
    return { rules: [...compiled.values()], problems, unsupported, filters: filters.length };
  }

  #read(file: SigmaFile): ReadFile {
    const before = this.#files.get(file.path);
    if (before?.text === file.text) return before;
    const loaded = loadDocuments(file);
    const problems = [...loaded.problems];
    const unsupported: Problem[] = [];
    const documents: { readonly document: SigmaDocument; readonly parsed: Parsed }[] = [];
    for (const document of loaded.documents)
      guard(document, problems, () => {
        const parsed = parseDocument(document);
        if (parsed.kind === "correlation")
          unsupported.push(problemAt(document, "correlation rules are not supported yet", ["correlation"]));
        documents.push({ document, parsed });
      });
    return { text: file.text, documents, problems, unsupported };
  }

  #compile(
    rule: SigmaRule,
    filters: readonly SigmaFilter[],
    options: CompileOptions,
    values: string,
  ): CompiledRule | Problem {
    const before = this.#rules.get(rule);
    if (before?.values === values && before.filters.length === filters.length)
      if (filters.every((filter, k) => filter === before.filters[k])) return before.rule;
    const problems: Problem[] = [];
    let made: CompiledRule | Problem | undefined;
    guard(rule.document, problems, () => {
      made = compileRule(rule, filters, options);
    });
    const found = made ?? (problems[0] as Problem);
    this.#rules.set(rule, { filters, values, rule: found });
    return found;
  }
}

/** Values by name; a name that several documents give values to has those of the first. */
function placeholdersOf(documents: readonly SigmaValues[], problems: Problem[]): Placeholders {
  const placeholders = new Map<string, readonly string[]>();
  const givenBy = new Map<string, SigmaDocument>();
  for (const { document, values } of documents)
    for (const [name, list] of values) {
      const first = givenBy.get(name);
      if (first !== undefined) {
        const reason = `the placeholder %${name}% has its values from ${first.path} already`;
        problems.push(problemAt(document, reason, ["vars", name]));
        continue;
      }
      givenBy.set(name, document);
      placeholders.set(name, list);
    }
  return placeholders;
}

/** The filters that apply to a rule. */
export function filtersOf(filters: readonly SigmaFilter[], rule: SigmaRule): readonly SigmaFilter[] {
  return filters.filter((filter) => applies(filter, rule));
}

function guard(document: SigmaDocument, problems: Problem[], run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof RuleProblem)) throw error;
    problems.push(problemAt(document, error.message, error.at));
  }
}

function problemAt(document: SigmaDocument, reason: string, at: readonly (string | number)[]): Problem {
  return { path: document.path, line: document.lineOf(at), reason };
}

/** A filter applies to the rules it lists, within its log source. */
function applies(filter: SigmaFilter, rule: SigmaRule): boolean {
  if (!contains(filter.logsource, rule.logsource)) return false;
  return filter.rules === "any" || filter.rules.some((reference) => isRule(reference, rule));
}

function isRule(reference: string, rule: SigmaRule): boolean {
  const named = reference.toLowerCase();
  return named === rule.id.toLowerCase() || named === rule.writtenId.toLowerCase() || reference === rule.name;
}

/** Whether the rule's log source lies within the filter's: every part that the filter gives is the same. */
function contains(outer: LogSource, inner: LogSource): boolean {
  return (["product", "category", "service"] as const).every(
    (part) => outer[part] === null || outer[part] === inner[part],
  );
}

/** A filter that silently does nothing is worse than none: a reference to no rule is reported. */
function checkReferences(filters: readonly SigmaFilter[], rules: readonly SigmaRule[], problems: Problem[]): void {
  for (const filter of filters) {
    if (filter.rules === "any") continue;
    filter.rules.forEach((reference, i) => {
      const found = rules.filter((rule) => isRule(reference, rule));
      if (found.length > 0 && found.some((rule) => contains(filter.logsource, rule.logsource))) return;
      const reason =
        found.length === 0
          ? `the filter names a rule "${reference}" that is not there`
          : `the filter's log source does not hold the rule "${reference}"`;
      problems.push(problemAt(filter.document, reason, ["filter", "rules", i]));
    });
  }
}
