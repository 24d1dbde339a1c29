/** Expressions of a lambda, one to one, as long as they lie in the analysable subset. */
import type { AnyNode, CallExpression, Expression as Node, ObjectExpression, SpreadElement } from "acorn";
import type { Expression, ObjectEntry } from "./expression.js";
import { UNDEFINED } from "./expression.js";
import {
  CALLBACK_METHODS,
  CONSTANTS,
  isOpenMethod,
  PURE_FUNCTIONS,
  PURE_METHODS,
  STANDARD_NAMES,
  UNARY_FUNCTIONS,
} from "./globals.js";
import type { Lowering } from "./lower.js";
import { memberOf } from "./lower.js";
import { memberName } from "./member-name.js";
import { importedName } from "./normal.js";
import { valueAtPath } from "./path.js";
import { isPresenceTest, keyName } from "./reads.js";

const OPERATORS = new Set("== != === !== < <= > >= << >> >>> + - * / % | ^ & ** in".split(" "));

/** A value. Stops at a whole row: a row has no value of its own. */
export function lowerExpression(low: Lowering, node: Node): Expression {
  const lowered = lower(low, node);
  if (lowered.kind === "row") low.stop(node, `\`${"name" in node ? node.name : "the row"}\` is handed on whole`);
  return lowered;
}

/** A condition: a whole row may stand in it, as "is there one". */
export function lowerTest(low: Lowering, node: Node): Expression {
  return lower(low, node);
}

function lower(low: Lowering, node: Node): Expression {
  switch (node.type) {
    case "Literal":
      if (node.regex) return { kind: "regex", ...node.regex };
      return { kind: "literal", value: node.value as string };
    case "Identifier":
      return identifier(low, node);
    case "TemplateLiteral":
      return {
        kind: "template",
        texts: node.quasis.map((quasi) => quasi.value.cooked ?? ""),
        values: node.expressions.map((value) => lowerExpression(low, value)),
      };
    case "UnaryExpression": {
      if (node.operator === "delete") low.stop(node, "`delete`");
      const operand = node.operator === "!" ? lowerTest(low, node.argument) : lowerExpression(low, node.argument);
      return { kind: "unary", operator: node.operator, operand };
    }
    case "BinaryExpression": {
      if (!OPERATORS.has(node.operator) || node.left.type === "PrivateIdentifier")
        low.stop(node, `the operator \`${node.operator}\``);
      const side = isPresenceTest(node.left, node) || isPresenceTest(node.right, node) ? lowerTest : lowerExpression;
      return { kind: "binary", operator: node.operator, left: side(low, node.left), right: side(low, node.right) };
    }
    case "LogicalExpression": {
      const left = node.operator === "&&" ? lowerTest(low, node.left) : lowerExpression(low, node.left);
      return { kind: "logical", operator: node.operator, left, right: lowerExpression(low, node.right) };
    }
    case "ConditionalExpression":
      return {
        kind: "conditional",
        test: lowerTest(low, node.test),
        whenTrue: lowerExpression(low, node.consequent),
        whenFalse: lowerExpression(low, node.alternate),
      };
    case "ArrayExpression":
      return {
        kind: "array",
        items: node.elements.map((item) =>
          item === null ? low.stop(node, "a list with holes") : spreadable(low, item),
        ),
      };
    case "ObjectExpression":
      return objectLiteral(low, node);
    case "ChainExpression":
      return { kind: "chain", value: lower(low, node.expression) };
    case "MemberExpression":
      return member(low, node);
    case "CallExpression":
      return call(low, node);
    case "ParenthesizedExpression":
      return lower(low, node.expression);
    default:
      return low.stop(node, reasonFor(node));
  }
}

function identifier(low: Lowering, node: Extract<Node, { type: "Identifier" }>): Expression {
  const meaning = low.meaningOf(node);
  if (meaning !== undefined) return meaning;
  if (low.input.scopes.bindingOf.has(node))
    low.stop(node, `\`${node.name}\` is declared in a way that is not analysed`);
  if (node.name === "undefined") return UNDEFINED;
  if (node.name === "NaN" || node.name === "Infinity") return { kind: "literal", value: Number(node.name) };
  if (STANDARD_NAMES.has(node.name)) low.stop(node, `\`${node.name}\` used as a value`);
  return captured(low, node, node.name);
}

function captured(low: Lowering, node: AnyNode, name: string): never {
  return low.stop(node, `\`${name}\` comes from outside the lambda; pass it as a parameter`);
}

function member(low: Lowering, node: Extract<Node, { type: "MemberExpression" }>): Expression {
  if (node.object.type === "Super") low.stop(node, "`super`");
  const imported = importedName(node, low.input.scopes);
  if (imported !== undefined) captured(low, node, imported);
  const constant = CONSTANTS.get(standardName(low, node) ?? "");
  if (constant !== undefined) return { kind: "literal", value: constant };
  const object = lower(low, node.object);
  const name = memberName(node);
  if (name !== undefined) {
    if (/^(?:__proto__|constructor|prototype)$/.test(name)) low.stop(node, `\`${name}\``);
    return memberOf(object, name, node.optional);
  }
  if (object.kind === "row") low.stop(node, "which column is read is computed");
  if (node.property.type === "PrivateIdentifier") low.stop(node, "a private name");
  return { kind: "index", object, index: lowerExpression(low, node.property), optional: node.optional };
}

/** `Math.max` as text when `Math` is the global one. */
function standardName(low: Lowering, node: AnyNode): string | undefined {
  const { bindingOf } = low.input.scopes;
  if (node.type === "Identifier") return bindingOf.has(node) ? undefined : node.name;
  if (node.type !== "MemberExpression" || node.object.type !== "Identifier" || bindingOf.has(node.object))
    return undefined;
  return `${node.object.name}.${memberName(node)}`;
}

function call(low: Lowering, node: CallExpression): Expression {
  const { callee } = node;
  const standard = standardName(low, callee);
  if (standard !== undefined && PURE_FUNCTIONS.has(standard))
    return { kind: "call", name: standard, args: args(low, node, false) };
  if (callee.type === "SequenceExpression" || callee.type === "Super")
    low.stop(node, "a call of an imported function; pass it as a parameter");
  if (
    callee.type === "MemberExpression" &&
    callee.object.type !== "Super" &&
    importedName(callee, low.input.scopes) === undefined
  ) {
    const name = memberName(callee);
    if (name === undefined) low.stop(node, "which method is called is computed");
    if (standard !== undefined && STANDARD_NAMES.has(standard.split(".")[0] as string))
      low.stop(node, `\`${standard}\``);
    const object = lower(low, callee.object);
    if (object.kind === "row") low.stop(node, "a method of the row");
    return method(low, node, object, name, callee.optional);
  }
  const target = lower(low, callee);
  if (target.kind === "param" && !node.optional) return apply(low, node, target.path);
  return low.stop(node, "a call that is not analysed");
}

function method(low: Lowering, node: CallExpression, object: Expression, name: string, optional: boolean): Expression {
  if (node.optional) low.stop(node, "an optional call");
  if (
    object.kind === "param" &&
    !optional &&
    typeof valueAtPath(low.input.params, [...object.path, name]) === "function"
  )
    return apply(low, node, [...object.path, name]);
  if (!PURE_METHODS.has(name)) low.stop(node, methodReason(name));
  const values = args(low, node, CALLBACK_METHODS.has(name));
  const [first] = values;
  if (object.kind === "column" && !object.optional && !optional && isOpenMethod(name) && values.length === 1)
    if (first?.kind === "literal" && typeof first.value === "string")
      return { kind: "open", row: object.row, column: object.name, method: name, name: first.value };
  return { kind: "method", object, name, args: values, optional };
}

function methodReason(name: string): string {
  return `the method \`.${name}()\` is not one that is analysed`;
}

function apply(low: Lowering, node: CallExpression, path: readonly string[]): Expression {
  if (typeof valueAtPath(low.input.params, path) !== "function") low.stop(node, "the parameter is not a function");
  return { kind: "apply", path, args: args(low, node, false) };
}

function args(low: Lowering, node: CallExpression, callbacks: boolean): Expression[] {
  return node.arguments.map((argument) => {
    if (!callbacks) return spreadable(low, argument);
    if (argument.type === "ArrowFunctionExpression" || argument.type === "FunctionExpression")
      return low.nested(argument);
    const standard = standardName(low, argument);
    if (standard === undefined || !UNARY_FUNCTIONS.has(standard)) return spreadable(low, argument);
    const item = { id: -1, name: "item" };
    return {
      kind: "function",
      params: [item],
      body: { kind: "call", name: standard, args: [{ kind: "local", ...item }] },
    };
  });
}

function spreadable(low: Lowering, node: Node | SpreadElement): Expression {
  if (node.type === "SpreadElement") return { kind: "spread", value: lowerExpression(low, node.argument) };
  return lowerExpression(low, node);
}

function objectLiteral(low: Lowering, node: ObjectExpression): Expression {
  const entries = node.properties.map((property): ObjectEntry => {
    if (property.type === "SpreadElement") return { kind: "spread", value: lower(low, property.argument) };
    const name = keyName(property);
    if (property.kind !== "init" || property.method) low.stop(property, "a method in a result");
    if (name === undefined) low.stop(property, "a computed name");
    if (name === "__proto__") low.stop(property, "`__proto__`");
    return { kind: "field", name, value: lowerExpression(low, property.value) };
  });
  return { kind: "object", entries };
}

function reasonFor(node: AnyNode): string {
  switch (node.type) {
    case "ArrowFunctionExpression":
    case "FunctionExpression":
      return "a function as a value";
    case "NewExpression":
      return "`new` makes an object that is not a column value";
    case "AssignmentExpression":
    case "UpdateExpression":
      return "an assignment";
    case "TaggedTemplateExpression":
      return "a tagged template";
    case "SequenceExpression":
      return "a comma between expressions";
    default:
      return `a ${node.type}`;
  }
}
