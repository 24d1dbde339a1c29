/**
 * From a function value to its syntax tree: `fn.toString()` through acorn.
 *
 * The text of a function is one of four forms, and each is parsed as what it can be:
 *   arrow or function expression   `e => …`, `function (e) {…}`     parsed as `(text)`
 *   shorthand method               `row(s, e) {…}`, `"a"(e) {…}`    parsed as `({text})`
 *   native or bound function       `function () { [native code] }`  refused: there is no text
 *   class                          `class A {…}`                    refused: not callable
 */
import type { ArrowFunctionExpression, Expression, FunctionExpression } from "acorn";
import { parseExpressionAt } from "acorn";
import { MillraceError } from "../../base/errors.js";
import { tooDeep } from "./scope.js";

export type LambdaNode = ArrowFunctionExpression | FunctionExpression;

/** A lambda's text and tree. Positions in the tree count from the start of `code`, which wraps `text`. */
export interface Source {
  /** As the runtime gives it: after bundling or type stripping. */
  readonly text: string;
  readonly code: string;
  /** Where `text` begins in `code`. */
  readonly offset: number;
  readonly node: LambdaNode;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A place inside a lambda: 1-based line and column of its own text. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

const TEXT_LENGTH_MAX = 100_000;

/** Parses a function. Throws `PROGRAM` for what has no readable text or is not a plain function. */
export function parseLambda(fn: unknown): Source {
  if (typeof fn !== "function")
    throw new MillraceError("PROGRAM", `expected a lambda, but got ${fn === null ? "null" : `a ${typeof fn}`}`, {
      hint: "Write a function of the row: e => e.price > 100.",
    });
  const text = Function.prototype.toString.call(fn);
  if (/\{\s*\[native code\]\s*\}\s*$/.test(text)) throw withoutText(fn as { name: string });
  if (/^class\b/.test(text))
    throw new MillraceError(
      "PROGRAM",
      `the class \`${nameOf(fn as { name: string })}\` was given where a lambda belongs`,
      {
        hint: "A class can only be called with `new`. Write a function of the row: e => …",
      },
    );
  if (text.length > TEXT_LENGTH_MAX)
    throw new MillraceError(
      "PROGRAM",
      `a lambda of ${text.length} characters is more than the ${TEXT_LENGTH_MAX} allowed`,
      {
        hint: "Is generated code or a large table inlined in it? Pass the data as a parameter or join with a table.",
      },
    );
  return parseText(text);
}

/** Parses the text of a function as `fn.toString()` gives it. Throws `PROGRAM` when no form fits. */
export function parseText(text: string): Source {
  const asExpression = `(${text}\n)`;
  const direct = tryParse(asExpression);
  if (direct?.type === "ArrowFunctionExpression" || direct?.type === "FunctionExpression")
    return { text, code: asExpression, offset: 1, node: direct };
  const asMethod = `({${text}\n})`;
  const object = tryParse(asMethod);
  const property =
    object?.type === "ObjectExpression" && object.properties.length === 1 ? object.properties[0] : undefined;
  if (property?.type === "Property" && property.value.type === "FunctionExpression")
    return { text, code: asMethod, offset: 2, node: property.value };
  throw new MillraceError("PROGRAM", `a lambda's text could not be read as JavaScript:\n${firstLines(text)}`, {
    hint: "Was it rewritten by a tool? Millrace reads what fn.toString() gives: an arrow, a function or a method.",
  });
}

/** Where a node begins, counted in the lambda's own text. */
export function placeOf(source: Source, span: Span): Place {
  const before = source.text.slice(0, textOffset(source, span.start));
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: before.length - lineStart + 1 };
}

/** The text of a node, on one line, cut to a readable length. */
export function textOf(source: Source, span: Span, lengthMax = 60): string {
  const text = source.code.slice(span.start, span.end).replace(/\s+/g, " ").trim();
  return text.length <= lengthMax ? text : `${text.slice(0, lengthMax - 1)}…`;
}

/**
 * The source line with the node underlined:
 *
 *     2 |   return e.at > Date.now();
 *       |                 ^^^^^^^^^^
 */
export function quote(source: Source, span: Span): string {
  const start = textOffset(source, span.start);
  const end = Math.max(start + 1, textOffset(source, span.end));
  const lineStart = source.text.lastIndexOf("\n", start - 1) + 1;
  const nextBreak = source.text.indexOf("\n", start);
  const lineEnd = nextBreak < 0 ? source.text.length : nextBreak;
  // Long lines come from minifiers: show the neighbourhood only.
  const from = Math.max(lineStart, start - 60);
  const to = Math.min(lineEnd, from + 120);
  const line = source.text.slice(from, to).replace(/\t/g, " ");
  const indent = /^ */.exec(line)?.[0].length ?? 0;
  const number = String(placeOf(source, span).line);
  const gutter = `  ${" ".repeat(number.length)} | `;
  const width = Math.max(1, Math.min(end, to) - start);
  return `  ${number} | ${line.slice(indent)}\n${gutter}${" ".repeat(start - from - indent)}${"^".repeat(width)}`;
}

/** The refusal of a construct: what it is and why it cannot be, the line it stands on, what to do instead. */
export function refusal(source: Source, span: Span, what: string, instead: string): MillraceError {
  return new MillraceError("PROGRAM", `${what}\n\n${quote(source, span)}`, { hint: instead });
}

function withoutText(fn: { readonly name: string }): MillraceError {
  const bound = fn.name.startsWith("bound ");
  const name = nameOf(bound ? { name: fn.name.slice("bound ".length) } : fn);
  return new MillraceError(
    "PROGRAM",
    bound
      ? `\`${name === "(anonymous)" ? "(…)" : name}.bind(…)\` cannot be used as a lambda: a bound function hides its text and the values bound to it`
      : `the built-in function \`${name}\` cannot be used as a lambda: it has no text to read`,
    {
      hint: `Call it from an arrow: e => ${name === "(anonymous)" ? "f" : name}(e.column), and pass other values as parameters.`,
    },
  );
}

function nameOf(fn: { readonly name: string }): string {
  return fn.name === "" ? "(anonymous)" : fn.name;
}

function tryParse(code: string): Expression | undefined {
  try {
    const node = parseExpressionAt(code, 0, { ecmaVersion: "latest", sourceType: "module" });
    // Anything after the closing parenthesis means the text was not one expression.
    return code.slice(node.end).replaceAll(")", "").trim() === "" ? node : undefined;
  } catch (error) {
    if (error instanceof Error && error.message.startsWith("Not enough stack space")) throw tooDeep();
    return undefined;
  }
}

function textOffset(source: Source, position: number): number {
  return Math.min(Math.max(position - source.offset, 0), source.text.length);
}

function firstLines(text: string): string {
  const lines = text.split("\n");
  return (
    lines
      .slice(0, 4)
      .map((line) => `  | ${line.slice(0, 110)}`)
      .join("\n") + (lines.length > 4 ? "\n  | …" : "")
  );
}
