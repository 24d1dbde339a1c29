/**
 * What in a lambda depends on the machine that runs it: its time zone, by a text that names none, and its language, by
 * the functions that format and compare as people there do.
 */
import type { AnyNode, CallExpression, Expression, MemberExpression, Super } from "acorn";
import { memberName } from "./member-name.js";
import type { Source } from "./parse.js";
import { refusal, textOf } from "./parse.js";
import type { Scopes } from "./scope.js";

const FORMATTING = new Set("toLocaleString toLocaleDateString toLocaleTimeString localeCompare".split(" "));
const FOLDING = new Set("toLocaleUpperCase toLocaleLowerCase".split(" "));

/** Throws `PROGRAM` for a locale method, and for `Date.parse` of a text that may have no zone. */
export function refuseMachine(source: Source, scopes: Scopes, node: AnyNode): void {
  if (node.type !== "MemberExpression") return;
  const name = memberName(node) ?? "";
  const parent = scopes.parentOf.get(node);
  const call = parent?.type === "CallExpression" && parent.callee === node ? parent : null;
  if (FORMATTING.has(name) || (FOLDING.has(name) && !isText(call?.arguments[0])))
    throw refusal(
      source,
      call ?? node,
      `a lambda cannot use \`.${name}()\`: it depends on the machine's language and its version of the language data`,
      REMEDIES[name] ?? `Use .${name.replace("Locale", "")}(), or name the language: .${name}("tr").`,
    );
  if (name === "parse" && isGlobal(node.object, "Date", scopes)) refuseParse(source, scopes, node, call);
}

const NUMBERS = "Use .toFixed(2), or keep the number and format it where it is shown.";
const REMEDIES: Readonly<Record<string, string>> = {
  toLocaleString: NUMBERS,
  toLocaleDateString: NUMBERS,
  toLocaleTimeString: NUMBERS,
  localeCompare:
    "Compare with < and >, which go by code units and are the same everywhere: a < b ? -1 : a > b ? 1 : 0.",
};

function refuseParse(source: Source, scopes: Scopes, node: MemberExpression, call: CallExpression | null): void {
  const [text] = call?.arguments ?? [];
  if (text?.type === "Literal" && DATE_ONLY.test(String(text.value))) return;
  if (text !== undefined && text.type !== "SpreadElement" && endsWithZone(text, scopes)) return;
  throw refusal(
    source,
    call ?? node,
    `a lambda cannot use \`${textOf(source, call ?? node)}\`: a text without a zone would be read in the machine's own`,
    'Say the zone: Date.parse(e.text + "Z") for UTC. Or declare the column as t.timestamp(), which takes ISO text and refuses one without a zone.',
  );
}

const ZONE = /(?:Z|GMT|UTC|[+-]\d\d:?\d\d)$/i;
/** ISO dates alone are midnight UTC. */
const DATE_ONLY = /^\d{4}(?:-\d\d(?:-\d\d)?)?$/;

/** Whether the text of an expression is known to end with a zone. */
function endsWithZone(node: Expression, scopes: Scopes): boolean {
  switch (node.type) {
    case "Literal":
      return ZONE.test(String(node.value));
    case "TemplateLiteral":
      return ZONE.test(node.quasis.at(-1)?.value.cooked ?? "");
    case "BinaryExpression":
      return node.operator === "+" && endsWithZone(node.right, scopes);
    case "Identifier": {
      const binding = scopes.bindingOf.get(node);
      return binding?.init !== undefined && !binding.reassigned && endsWithZone(binding.init, scopes);
    }
    default:
      return false;
  }
}

function isText(node: AnyNode | undefined): boolean {
  return node?.type === "Literal" && typeof node.value === "string";
}

function isGlobal(node: Expression | Super, name: string, scopes: Scopes): boolean {
  return node.type === "Identifier" && node.name === name && !scopes.bindingOf.has(node);
}
