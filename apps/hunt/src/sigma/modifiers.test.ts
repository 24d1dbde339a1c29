import assert from "node:assert/strict";
import test from "node:test";
import { applyModifiers, MODIFIER_NAMES } from "./modifiers.js";
import { RuleProblem } from "./problem.js";
import type { Scalar, SigmaValue } from "./values.js";
import { scalarValue } from "./values.js";

const context = {
  field: "f",
  placeholders: new Map([
    ["admins", ["root", "adm_*"]],
    ["empty", []],
  ]),
};

function apply(chain: string, ...values: Scalar[]) {
  return applyModifiers(chain === "" ? [] : chain.split("|"), values.map(scalarValue), {
    ...context,
    budget: { left: 10_000 },
  });
}

/** A value in one line: patterns with * and ?, variants in brackets. */
function show(value: SigmaValue): string {
  switch (value.kind) {
    case "string": {
      const parts = value.parts.map((part) => (typeof part === "string" ? part : "any" in part ? "*" : "?"));
      return parts.join("") + (value.cased ? " cased" : "");
    }
    case "anyOf":
      return `[${value.of.map(show).join(", ")}]`;
    case "field":
      return `${value.how} field ${value.name}${value.cased ? " cased" : ""}`;
    case "timePart":
      return `${value.part} ${value.how} ${value.value}`;
    case "compare":
      return `${value.how} ${value.value}`;
    case "regex":
      return `/${value.pattern}/${value.flags} ${value.how}`;
    case "cidr":
      return value.network;
    case "null":
      return "null";
    default:
      return `${value.kind} ${value.value}`;
  }
}

test("each modifier on one value", () => {
  const table: [chain: string, value: Scalar, expected: string][] = [
    ["", "a*", "a*"],
    ["contains", "a", "*a*"],
    ["contains", "*a", "*a*"],
    ["contains", 7, "*7*"],
    ["startswith", "a", "a*"],
    ["endswith", "a", "*a"],
    ["startswith|endswith", "a", "*a*"],
    ["cased", "A", "A cased"],
    ["contains|cased", "A", "*A* cased"],
    ["exists", true, "exists true"],
    ["exists", "no", "exists false"],
    ["re", "a.b\\*", "/a.b\\*/ contains"],
    ["re|i|s", "a", "/a/is contains"],
    ["re|startswith", "a", "/a/ startsWith"],
    ["base64", "foo", "Zm9v"],
    ["base64", "fo", "Zm8="],
    ["base64|contains", "foo", "*Zm9v*"],
    ["base64offset", "foobar", "[Zm9vYmFy, Zvb2Jhc, mb29iYX]"],
    ["base64offset|contains", "é", "[*w6*, *Op*, *Dq*]"],
    ["wide|base64", "hi", "aABpAA=="],
    ["utf16le|base64", "hi", "aABpAA=="],
    ["utf16be|base64", "hi", "AGgAaQ=="],
    ["utf16|base64", "hi", "//5oAGkA"],
    ["wide|contains", "a*b", "*a\u0000*b\u0000*"],
    ["lt", 5, "lt 5"],
    ["lte", "5", "lte 5"],
    ["gt", -1.5, "gt -1.5"],
    ["gte", 0, "gte 0"],
    ["minute", 59, "minute eq 59"],
    ["hour|gte", 22, "hour gte 22"],
    ["gte|hour", 22, "hour gte 22"],
    ["day", 1, "day eq 1"],
    ["week", 52, "week eq 52"],
    ["month", "12", "month eq 12"],
    ["year", 2024, "year eq 2024"],
    ["cidr", "10.0.0.0/8", "10.0.0.0/8"],
    ["fieldref", "other", "eq field other"],
    ["fieldref|contains", "other", "contains field other"],
    ["startswith|fieldref", "other", "startsWith field other"],
    ["endswith|fieldref|cased", "other", "endsWith field other cased"],
    ["expand", "%admins%", "[root, adm_*]"],
    ["expand|contains", "%admins%", "[*root*, *adm_*]"],
    ["contains|expand", "x%admins%", "[*xroot*, *xadm_**]"],
    ["expand", "\\%admins%", "%admins%"],
    ["expand", "\\%plain%admins%", "[%plainroot, %plainadm_*]"],
    ["re|expand", "^%admins%$", "/^(?:root|adm_*)$/ contains"],
    ["windash", "no flag", "no flag"],
    ["windash", "a-b -c-d", "[a-b -c-d, a-b /c-d, a-b \u2013c-d, a-b \u2014c-d, a-b \u2015c-d]"],
    ["contains|windash", "/f", "[*-f*, */f*, *\u2013f*, *\u2014f*, *\u2015f*]"],
  ];
  for (const [chain, value, expected] of table)
    assert.equal(apply(chain, value).values.map(show).join(), expected, chain);
});

test("two flags give every combination", () => {
  const value = apply("windash", "-a -b").values[0] as SigmaValue;
  assert.equal(value.kind === "anyOf" ? value.of.length : 0, 25);
});

test("all and neq say how values are joined, wherever they stand", () => {
  assert.deepEqual({ ...apply("contains|all", "a", "b"), values: [] }, { values: [], all: true, negated: false });
  assert.deepEqual({ ...apply("all|neq|contains", "a", "b"), values: [] }, { values: [], all: true, negated: true });
  assert.equal(apply("contains|all|windash", "-a", "-b").values.length, 2, "variants do not become values");
});

test("what does not fit is rejected with a reason", () => {
  const table: [chain: string, value: Scalar, reason: RegExp][] = [
    ["contain", "a", /unknown modifier "contain"/],
    ["constructor", "a", /unknown modifier/],
    ["contains", null, /"contains" cannot be applied to a null value/],
    ["endswith", true, /"endswith" cannot be applied to a boolean/],
    ["contains|re", "a", /"re" must come before/],
    ["i", "a", /"i" only follows "re"/],
    ["lt", "abc", /"lt" cannot be applied to "abc"/],
    ["hour", "0x10", /"hour" cannot be applied/],
    ["base64", "a*", /"base64" cannot be applied to a value with wildcards/],
    ["wide|wide", "a", /already encoded/],
    ["exists", "maybe", /"exists" cannot be applied/],
    ["expand", "%nobody%", /the placeholder %nobody% has no value/],
    ["expand", "%empty%", /%empty% has no value/],
    ["fieldref", "a*b", /needs the name of a field/],
    ["windash", "-a -b -c -d -e -f", /more than/],
    ["cased", 5, /"cased" cannot be applied/],
  ];
  for (const [chain, value, reason] of table)
    assert.throws(
      () => apply(chain, value),
      (error) => error instanceof RuleProblem && reason.test(error.message),
      chain,
    );
});

test("every modifier of the specification is known", () => {
  const specified =
    "all startswith endswith contains exists cased neq windash re i m s base64 base64offset utf16le utf16be utf16 wide lt lte gt gte minute hour day week month year cidr expand fieldref";
  assert.deepEqual([...MODIFIER_NAMES], specified.split(" ").sort());
});
