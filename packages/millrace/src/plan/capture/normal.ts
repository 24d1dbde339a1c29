/**
 * The normal form of a lambda: one text for all spellings that mean the same, so that a plan's hash does not change
 * with the tool that emitted the JavaScript (tsc, esbuild, Node's type stripping, vitest) or with local names.
 *
 *     (e, p) => e.price > p.min          =>  fn[$0,$1](BinaryExpression >(.($0,price),.($1,min)))
 *     function (row, q) { return row["price"] > q.min }     the same
 *
 * Left out: whitespace, comments, parentheses, parameter and local names, quotes, `const` against `let`, shorthand,
 * the form of the function, blocks of one statement, `(0, f)(x)` and vitest's import objects. Kept: everything else,
 * in source order; free names as written.
 */
import type { AnyNode, Literal, Statement } from "acorn";
import { memberName } from "./member-name.js";
import type { LambdaNode } from "./parse.js";
import type { Binding, Scopes } from "./scope.js";

/** The canonical text of a lambda. */
export function normalText(lambda: LambdaNode, scopes: Scopes): string {
  return new Normalizer(scopes).text(lambda);
}

/** vitest and vite turn `import { f }` into an object: `__vi_import_0__.f`. */
const IMPORT_OBJECT = /^__(?:vi|vite_ssr)_import_\d+__$/;

/** The imported name where a member expression reads it from a test runner's import object, else undefined. */
export function importedName(node: AnyNode | undefined, scopes: Scopes): string | undefined {
  if (node?.type !== "MemberExpression" || node.object.type !== "Identifier") return undefined;
  if (scopes.bindingOf.has(node.object) || !IMPORT_OBJECT.test(node.object.name)) return undefined;
  return memberName(node);
}

class Normalizer {
  readonly #scopes: Scopes;
  readonly #numbers = new Map<Binding, number>();

  constructor(scopes: Scopes) {
    this.#scopes = scopes;
  }

  text(node: AnyNode): string {
    switch (node.type) {
      case "Identifier":
        return this.#identifier(node);
      case "Literal":
        return literal(node);
      case "TemplateLiteral": {
        const only = node.quasis.length === 1 ? node.quasis[0]?.value.cooked : undefined;
        if (typeof only === "string") return JSON.stringify(only);
        return `template(${node.quasis.map((q) => JSON.stringify(q.value.cooked ?? q.value.raw)).join(",")};${this.#list(node.expressions)})`;
      }
      case "UnaryExpression":
        return this.#unary(node.operator, node.argument);
      case "MemberExpression": {
        const imported = importedName(node, this.#scopes);
        if (imported !== undefined) return imported;
        const name = memberName(node);
        const key = name === undefined ? this.text(node.property) : name;
        return `${node.optional ? "?" : ""}${name === undefined ? "[]" : "."}(${this.text(node.object)},${key})`;
      }
      case "Property":
        return this.#property(node);
      case "CallExpression":
        return `call${node.optional ? "?" : ""}(${this.#callee(node.callee)};${this.#list(node.arguments)})`;
      case "ArrowFunctionExpression":
      case "FunctionExpression":
      case "FunctionDeclaration":
        return this.#function(node);
      case "BlockStatement":
        return `{${this.#statements(node.body)}}`;
      case "ReturnStatement":
        return `return(${node.argument ? this.text(node.argument) : "undefined"})`;
      case "VariableDeclaration": {
        const kind = node.kind === "const" ? "let" : node.kind;
        return node.declarations.map((d) => `${kind} ${this.text(d.id)}=${d.init ? this.text(d.init) : ""}`).join(";");
      }
      case "IfStatement":
        return `if(${this.text(node.test)},${this.#body(node.consequent)},${node.alternate ? this.#body(node.alternate) : ""})`;
      default:
        return this.#other(node);
    }
  }

  #identifier(node: AnyNode & { name: string }): string {
    const binding = this.#scopes.bindingOf.get(node);
    if (binding === undefined) return node.name;
    let number = this.#numbers.get(binding);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(binding, number);
    }
    return `$${number}`;
  }

  /** Minifiers write `void 0`, `!0` and `!1`. */
  #unary(operator: string, argument: AnyNode): string {
    if (argument.type === "Literal" && typeof argument.value === "number") {
      if (operator === "void") return "undefined";
      if (operator === "!") return String(!argument.value);
    }
    return `${operator}(${this.text(argument)})`;
  }

  #property(node: Extract<AnyNode, { type: "Property" }>): string {
    let key = `[${node.computed ? this.text(node.key) : ""}]`;
    if (!node.computed)
      key = JSON.stringify(node.key.type === "Identifier" ? node.key.name : String((node.key as Literal).value));
    const kind = node.kind === "init" ? (node.method ? "method " : "") : `${node.kind} `;
    return `${kind}${key}:${this.text(node.value)}`;
  }

  /** `(0, a.f)(x)` is how compilers call an import without giving it a `this`. */
  #callee(node: AnyNode): string {
    if (node.type !== "SequenceExpression" || node.expressions.length !== 2) return this.text(node);
    const [zero, target] = node.expressions;
    return zero?.type === "Literal" && zero.value === 0 && target !== undefined ? this.text(target) : this.text(node);
  }

  #function(node: Extract<AnyNode, { params: unknown }>): string {
    const params = this.#list(node.params);
    if (node.body.type !== "BlockStatement") return `fn[${params}](${this.text(node.body)})`;
    const statements = flat(node.body.body);
    const [only] = statements;
    if (statements.length === 1 && only?.type === "ReturnStatement" && only.argument)
      return `fn[${params}](${this.text(only.argument)})`;
    return `fn[${params}]{${this.#statements(statements)}}`;
  }

  #statements(statements: readonly AnyNode[]): string {
    return flat(statements)
      .map((statement) => this.text(statement))
      .join(";");
  }

  #body(node: Statement): string {
    if (node.type !== "BlockStatement") return this.text(node);
    const [only, more] = flat(node.body);
    const scoped = only?.type === "VariableDeclaration" || only?.type === "FunctionDeclaration";
    return only !== undefined && more === undefined && !scoped ? this.text(only) : this.text(node);
  }

  #list(nodes: readonly (AnyNode | null)[]): string {
    return nodes.map((node) => (node === null ? "" : this.text(node))).join(",");
  }

  /** Operators, loops and the rest: kind, flags and children in source order. */
  #other(node: AnyNode): string {
    const parts: string[] = [];
    for (const [key, value] of Object.entries(node)) {
      if (key === "type" || key === "start" || key === "end" || key === "raw") continue;
      if (Array.isArray(value)) parts.push(`[${this.#list(value as AnyNode[])}]`);
      else if (typeof value === "object" && value !== null && "type" in value) {
        const child = value as AnyNode;
        parts.push(
          key === "body" && /^(?:For|While|DoWhile)/.test(node.type)
            ? this.#body(child as Statement)
            : this.text(child),
        );
      } else if (value !== null && value !== undefined) parts.push(String(value));
    }
    return `${node.type.replace(/(?:Expression|Statement)$/, "")}(${parts.join(",")})`;
  }
}

function flat(statements: readonly AnyNode[]): AnyNode[] {
  return statements.filter(
    (s) => s.type !== "EmptyStatement" && !(s.type === "ExpressionStatement" && s.directive !== undefined),
  );
}

function literal(node: Literal): string {
  if (node.regex) return `/${node.regex.pattern}/${node.regex.flags}`;
  if (typeof node.value === "bigint") return `${node.value}n`;
  return typeof node.value === "string" ? JSON.stringify(node.value) : String(node.value);
}
