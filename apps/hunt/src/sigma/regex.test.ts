import assert from "node:assert/strict";
import test from "node:test";
import { RuleProblem } from "./problem.js";
import { compileRegex, REGEX_CHARS_MAX } from "./regex.js";

test("PCRE patterns mean in JavaScript what they mean in PCRE", () => {
  const table: [pattern: string, flags: string, text: string, expected: boolean][] = [
    ["b+c", "", "abbc", true],
    ["B", "", "b", false],
    ["B", "i", "b", true],
    ["(?i)B", "", "b", true],
    ["(?i)(?s)B.c", "", "b\nC", true],
    ["(?im)^b$", "", "a\nB\nc", true],
    ["^b$", "", "a\nb", false],
    ["^b$", "", "b\n", true],
    ["^b$", "", "b\n\n", false],
    ["^b$", "m", "a\nb\nc", true],
    ["^b", "m", "a\rb", false],
    ["a.c", "", "a\nc", false],
    ["a.c", "", "a\rc", true],
    ["a.c", "s", "a\nc", true],
    [String.raw`\Ab\z`, "m", "b\n", false],
    [String.raw`b\Z`, "", "b\n", true],
    ["(?P<x>a)-(?P=x)", "", "a-a", true],
    [String.raw`(?<x>a)\k<x>`, "", "ab", false],
    [String.raw`[[:alpha:]_]+\d`, "", "_b7", true],
    ["[]x]y", "", "]y", true],
    ["[^]x]y", "", "]y", false],
    [String.raw`\Qa.b\E.`, "", "a.bc", true],
    [String.raw`\Qa.b\E.`, "", "axbc", false],
    [String.raw`\x{41}\h`, "", "A\t", true],
    ["(?<!a)b(?=c)", "", "xbc", true],
    ["(?:a|b){2,3}?c", "", "abac", true],
    ["a{,2}", "", "a{,2}", true],
    [String.raw`\d{1,3}(?:\.\d{1,3}){3}`, "", "at 10.0.0.1", true],
  ];
  for (const [pattern, flags, text, expected] of table) {
    const { source, flags: compiled } = compileRegex(pattern, flags);
    assert.equal(
      new RegExp(source, compiled).test(text),
      expected,
      `${pattern} /${flags} over ${JSON.stringify(text)}`,
    );
  }
});

test("a pattern can be tied to the beginning or the end", () => {
  const run = (how: "startsWith" | "endsWith", text: string) =>
    new RegExp(compileRegex("a|b", "", how).source).test(text);
  assert.deepEqual([run("startsWith", "bx"), run("startsWith", "xb")], [true, false]);
  assert.deepEqual([run("endsWith", "xa"), run("endsWith", "ax")], [true, false]);
});

test("what JavaScript cannot do is rejected by name", () => {
  const table: [string, RegExp][] = [
    ["a++", /possessive quantifier \+\+/],
    ["a{2}+", /possessive/],
    ["(?>a)", /atomic group/],
    ["a(?i)b", /flags \(\?i\) after the beginning/],
    ["(?i:a)b", /flags \(\?i:/],
    ["(?x)a b", /flag \(\?x\)/],
    ["(?R)", /group/],
    ["(?(1)a|b)", /group/],
    [String.raw`a\Kb`, /\\K is not supported/],
    [String.raw`\p{L}`, /\\p is not supported/],
    ["(a", /not a regular expression/],
    ["[a", /not a regular expression/],
    ["x".repeat(REGEX_CHARS_MAX + 1), /longer than/],
  ];
  for (const [pattern, reason] of table)
    assert.throws(
      () => compileRegex(pattern, ""),
      (error) => error instanceof RuleProblem && reason.test(error.message),
      pattern,
    );
});
