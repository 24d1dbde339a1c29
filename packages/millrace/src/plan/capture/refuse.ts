/** What the law forbids in a lambda: waiting, the clock, chance, the outside world and its machine, and `this`. Each refusal says what to do instead. */
import type { AnyNode, Identifier } from "acorn";
import { FORBIDDEN_MEMBERS, FORBIDDEN_NAMES, OUTSIDE, OUTSIDE_FUNCTIONS } from "./globals.js";
import { memberName } from "./member-name.js";
import type { Source } from "./parse.js";
import { refusal, textOf } from "./parse.js";
import { refuseMachine } from "./refuse-machine.js";
import type { Scopes } from "./scope.js";

const NO_WAITING =
  "Return the value itself. To look something up join with a table (.lookup); to tell a service, deliver a view to it: .view(name).to(name, webhook(url)).";

/** Throws `PROGRAM` at the first forbidden construct, in source order. */
export function refuseForbidden(source: Source, scopes: Scopes): void {
  const free = new Set<AnyNode>(scopes.free);
  for (const node of scopes.nodes) {
    refuseSyntax(source, node, node === source.node);
    if (node.type === "Identifier" && free.has(node)) refuseName(source, scopes, node);
    refuseMachine(source, scopes, node);
  }
}

function refuseSyntax(source: Source, node: AnyNode, isRoot: boolean): void {
  const here = isRoot ? "a lambda" : "a function inside a lambda";
  switch (node.type) {
    case "ArrowFunctionExpression":
    case "FunctionExpression":
    case "FunctionDeclaration": {
      const word = node.async ? "async" : source.code.startsWith("function*", node.start) ? "function*" : "*";
      const head = { start: node.start, end: Math.min(node.end, node.start + word.length) };
      if (node.async)
        throw refusal(
          source,
          head,
          `${here} cannot be \`async\`: rows are computed one after the other and nothing waits`,
          NO_WAITING,
        );
      if (node.generator)
        throw refusal(
          source,
          head,
          `${here} cannot be a generator: it gives one value, at once`,
          "Return a value; to make several rows of one, use .flatMap with a list.",
        );
      return;
    }
    case "AwaitExpression":
      throw refusal(
        source,
        node,
        "a lambda cannot `await`: rows are computed one after the other and nothing waits",
        NO_WAITING,
      );
    case "ImportExpression":
      throw refusal(
        source,
        node,
        "a lambda cannot `import(…)`: loading a module waits",
        "Import it at the top of the file.",
      );
    case "MetaProperty":
      throw refusal(
        source,
        node,
        `a lambda cannot use \`${textOf(source, node)}\`: it runs on many threads, each with its own copy`,
        "Read it where the program is built, and pass the value as a parameter.",
      );
    case "ThisExpression":
    case "Super":
      throw refusal(
        source,
        node,
        `a lambda cannot use \`${textOf(source, node)}\`: it runs on many threads, far from the object it was written in`,
        "Everything comes in through arguments: the row, and parameters — .filter((e, p) => e.price > p.min, { min: 100 }).",
      );
    case "ClassDeclaration":
    case "ClassExpression":
      throw refusal(
        source,
        node,
        "a lambda cannot declare a class: results are plain values",
        'Return a plain object: { a: 1, b: "x" }.',
      );
  }
}

function refuseName(source: Source, scopes: Scopes, node: Identifier): void {
  const parent = scopes.parentOf.get(node);
  const callee = parent?.type === "MemberExpression" && parent.object === node ? parent : node;
  const called = scopes.parentOf.get(callee);
  const name = callee.type === "MemberExpression" ? memberName(callee) : node.name;
  // A captured value may be called so as well: it is the call that goes outside.
  if (called?.type === "CallExpression" && called.callee === callee && OUTSIDE_FUNCTIONS.has(name ?? ""))
    throw refusal(source, callee, `a lambda cannot use \`${textOf(source, callee)}\`: ${OUTSIDE.why}`, OUTSIDE.instead);
  const forbidden = FORBIDDEN_NAMES.get(node.name);
  if (forbidden !== undefined) {
    const whole = parent?.type === "MemberExpression" && parent.object === node ? parent : node;
    throw refusal(
      source,
      whole,
      `a lambda cannot use \`${textOf(source, whole)}\`: ${forbidden.why}`,
      forbidden.instead,
    );
  }
  if (node.name !== "Math" && node.name !== "Date") return;
  if (parent?.type === "MemberExpression" && parent.object === node && memberName(parent) !== undefined) {
    const member = FORBIDDEN_MEMBERS.get(`${node.name}.${memberName(parent)}`);
    if (member === undefined) return;
    throw refusal(
      source,
      parent,
      `a lambda cannot use \`${node.name}.${memberName(parent)}\`: ${member.why}`,
      member.instead,
    );
  }
  if (node.name === "Math")
    throw refusal(
      source,
      node,
      "a lambda cannot pass `Math` around: Millrace must see which of its functions are used",
      "Write the function where it is used: Math.max(e.a, e.b).",
    );
  const call = parent?.type === "NewExpression" || parent?.type === "CallExpression" ? parent : node;
  const clock = "arguments" in call && (call.type === "CallExpression" || call.arguments.length === 0);
  throw refusal(
    source,
    call,
    clock
      ? `a lambda cannot use \`${textOf(source, call)}\`: ${FORBIDDEN_MEMBERS.get("Date.now")?.why}`
      : `a lambda cannot use \`${textOf(source, call)}\`: a Date is not a column value, and its getters read the machine's time zone`,
    clock
      ? (FORBIDDEN_MEMBERS.get("Date.now")?.instead as string)
      : 'Times are numbers, epoch milliseconds UTC: compare and subtract them, build them with Date.UTC(…), read text with Date.parse(e.text + "Z").',
  );
}
