/**
 * Expressions as JavaScript text, with rows, parameters and locals replaced: for inlining into compiled loops.
 *
 *     (e, p) => e.a > p.min ? e.b : null        ((((a[i]) > (min))) ? (b[i]) : (null))
 *
 * The text means exactly what the lambda meant: everything is parenthesised, `let` becomes an immediately called
 * arrow, and an optional chain stays one chain, because parentheses inside it would end its jump.
 */
import { assert } from "../../base/errors.js";
import type { Expression, LetBinding, ObjectEntry } from "./expression.js";
import type { OpenMethod } from "./globals.js";

/** How the loop spells what is not in the expression itself. Each text is put in parentheses. */
export interface PrintTarget {
  /** A column of a row that is there; null for null. */
  column(row: number, name: string): string;
  /** One open attribute; without it the column is read and its method called. */
  open?(row: number, column: string, method: OpenMethod, name: string): string;
  param(path: readonly string[]): string;
  /** A name for a local: unique in the expression. Default `name_id`. */
  local?(id: number, name: string): string;
  /** A condition that is true where the row is there (outer joins); without it every row always is. */
  present?(row: number): string;
  /** The whole row, where it is spread. */
  row?(row: number): string;
}

/** The expression as one JavaScript expression. */
export function printExpression(expression: Expression, target: PrintTarget): string {
  return new Printer(target).text(expression);
}

/** The same as statements before a result: bindings of the outermost `let` become `const`, for straight loops. */
export function printBody(expression: Expression, target: PrintTarget): { statements: string[]; result: string } {
  const printer = new Printer(target);
  if (expression.kind !== "let") return { statements: [], result: printer.text(expression) };
  return {
    statements: expression.bindings.map((b) => `const ${printer.binding(b)};`),
    result: printer.text(expression.body),
  };
}

/** A literal that reads back as the same value: -0, NaN, lone surrogates and line separators too. */
export function printLiteral(value: string | number | bigint | boolean | null | undefined): string {
  if (value === undefined) return "void 0";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  return typeof value === "string" ? JSON.stringify(value).replace(/[\u2028\u2029]/g, escapeUnit) : String(value);
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

class Printer {
  readonly #target: PrintTarget;

  constructor(target: PrintTarget) {
    this.#target = target;
  }

  /** Parenthesised, safe in any place where an expression may stand. */
  text(e: Expression): string {
    return e.kind === "spread" ? `...${this.text(e.value)}` : `(${this.#bare(e)})`;
  }

  binding(binding: LetBinding): string {
    return `${this.#local(binding.id, binding.name)} = ${this.text(binding.value)}`;
  }

  #bare(e: Exclude<Expression, { kind: "spread" }>): string {
    switch (e.kind) {
      case "literal":
        return printLiteral(e.value);
      case "regex":
        return `/${e.pattern}/${e.flags}`;
      case "row":
        return this.#target.present === undefined ? "true" : `${this.#target.present(e.row)} ? true : null`;
      case "param":
        return this.#target.param(e.path);
      case "local":
        return this.#local(e.id, e.name);
      case "column":
      case "open":
      case "member":
      case "index":
      case "method":
        return this.#spine(e);
      case "chain":
        return this.#chain(e.value);
      case "call":
        return `${e.name}(${this.#list(e.args)})`;
      case "apply":
        return `(${this.#target.param(e.path)})(${this.#list(e.args)})`;
      case "unary":
        return `${e.operator} ${this.text(e.operand)}`;
      case "binary":
      case "logical":
        return `${this.text(e.left)} ${e.operator} ${this.text(e.right)}`;
      case "conditional":
        return `${this.text(e.test)} ? ${this.text(e.whenTrue)} : ${this.text(e.whenFalse)}`;
      case "template":
        return this.#template(e.texts, e.values);
      case "array":
        return `[${this.#list(e.items)}]`;
      case "object":
        return `{ ${e.entries.map((entry) => this.#entry(entry)).join(", ")} }`;
      case "let":
        return `(() => { ${e.bindings.map((b) => `const ${this.binding(b)}; `).join("")}return ${this.text(e.body)}; })()`;
      case "function":
        return `(${e.params.map((p) => this.#local(p.id, p.name)).join(", ")}) => ${this.text(e.body)}`;
    }
  }

  /** Member reads and calls without parentheses between them: inside a chain they must not end its jump. */
  #spine(e: Expression): string {
    switch (e.kind) {
      case "column":
        return this.#column(e.row, e.name);
      case "open":
        if (this.#target.open !== undefined) return `(${this.#target.open(e.row, e.column, e.method, e.name)})`;
        return `${this.#column(e.row, e.column)}.${e.method}(${printLiteral(e.name)})`;
      case "member":
        return /^[A-Za-z_$][\w$]*$/.test(e.name)
          ? `${this.#spine(e.object)}${e.optional ? "?." : "."}${e.name}`
          : `${this.#spine(e.object)}${e.optional ? "?." : ""}[${printLiteral(e.name)}]`;
      case "index":
        return `${this.#spine(e.object)}${e.optional ? "?." : ""}[${this.text(e.index)}]`;
      case "method":
        return `${this.#spine(e.object)}${e.optional ? "?." : "."}${e.name}(${this.#list(e.args)})`;
      default:
        return this.text(e);
    }
  }

  #chain(value: Expression): string {
    const row = optionalRow(value);
    if (row === undefined || this.#target.present === undefined) return this.#spine(value);
    return `(${this.#target.present(row)}) ? ${this.#spine(value)} : void 0`;
  }

  #column(row: number, name: string): string {
    return `(${this.#target.column(row, name)})`;
  }

  #template(texts: readonly string[], values: readonly Expression[]): string {
    const piece = (text: string): string =>
      printLiteral(text)
        .slice(1, -1)
        .replace(/`|\$\{/g, "\\$&");
    return `\`${texts.map((text, i) => piece(text) + (i < values.length ? `\${${this.text(values[i] as Expression)}}` : "")).join("")}\``;
  }

  #entry(entry: ObjectEntry): string {
    if (entry.kind === "field") return `${printLiteral(entry.name)}: ${this.text(entry.value)}`;
    if (entry.value.kind !== "row") return `...${this.text(entry.value)}`;
    assert(this.#target.row !== undefined, "a row is spread, but the print target cannot print rows: use inferObject");
    return `...(${this.#target.row(entry.value.row)})`;
  }

  #list(items: readonly Expression[]): string {
    return items.map((item) => this.text(item)).join(", ");
  }

  #local(id: number, name: string): string {
    return this.#target.local?.(id, name) ?? `${name}_${id < 0 ? "x" : id}`;
  }
}

/** The row at the root of a chain when it is read with `?.`. */
function optionalRow(e: Expression): number | undefined {
  if (e.kind === "column") return e.optional ? e.row : undefined;
  return e.kind === "member" || e.kind === "index" || e.kind === "method" ? optionalRow(e.object) : undefined;
}
