import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { boundedPattern } from "./bounded-pattern.js";
import { testValue } from "./evaluate.js";
import { x } from "./x.js";

const numRuns = 5 * Number(process.env.MILLRACE_RUNS ?? 300);

const atom = fc.constantFrom(
  ...["a", "b", "B", ".", "\\n", "\\d", "\\W", "[ab]", "[^a\\]]", "\\x41", "\\u0062", "-", "]", "{", "é", "\\.", "\\s"],
);
const assertion = fc.constantFrom(
  "^",
  "$",
  "\\b",
  "\\B",
  "(?=a)",
  "(?!ab)",
  "(?<=b)",
  "(?<![^\\n])",
  "(?=\\n?(?![\\s\\S]))",
);
const quantifier = fc.constantFrom("", "", "*", "+", "?", "{2}", "{1,}", "{0,3}", "{2,20}", "*?", "+?", "{3}?");
const { pattern } = fc.letrec<{ pattern: string; piece: string }>((tie) => ({
  pattern: fc.oneof(
    { maxDepth: 3 },
    fc.array(tie("piece"), { maxLength: 4 }).map((pieces) => pieces.join("")),
    fc.array(tie("pattern"), { minLength: 2, maxLength: 3 }).map((ways) => ways.join("|")),
  ),
  piece: fc.oneof(
    { maxDepth: 3 },
    fc.tuple(atom, quantifier).map((parts) => parts.join("")),
    assertion,
    fc
      .tuple(fc.constantFrom("(", "(?:", "(?<n>"), tie("pattern"), quantifier)
      .map(([open, inner, often]) => `${open}${inner.replaceAll("(?<n>", "(")})${often}`),
  ),
}));
const text = fc.string({ unit: fc.constantFrom("a", "b", "A", "B", "\n", "1", "-", "]", "é", " "), maxLength: 14 });

test("in steps of its own a pattern takes what JavaScript's takes", () => {
  let own = 0;
  let held = 0;
  fc.assert(
    fc.property(
      pattern,
      fc.constantFrom("", "i", "s", "m", "is"),
      fc.array(text, { maxLength: 8 }),
      (source, flags, texts) => {
        let javascript: RegExp;
        try {
          javascript = new RegExp(source, flags);
        } catch {
          return; // two groups of one name
        }
        // Long enough that the pattern's own steps are taken, where it has any.
        const padding = " ".repeat(12_000);
        const bounded = boundedPattern(source, flags);
        if (bounded === null) return assert.match(source, /\{2,20\}/, "only what is too large is refused");
        if (!(bounded instanceof RegExp)) own++;
        for (const each of texts)
          for (const long of [each, each + padding].slice(0, /[*+}]/.test(source) ? 2 : 1)) {
            if (long.length > 20 && bounded instanceof RegExp) continue;
            if (long.length > 20 && /\((?:[^)]*[*+?}|])/.test(source)) continue; // JavaScript might not come back
            assert.equal(bounded.test(long), javascript.test(long), `/${source}/${flags} over ${JSON.stringify(each)}`);
            if (bounded.test(long)) held++;
          }
      },
    ),
    { numRuns },
  );
  assert.ok(own > numRuns / 20 && held > numRuns / 2, `${own} own, ${held} held`);
});

test("patterns that take JavaScript forever do not", () => {
  const started = performance.now();
  const many = "a".repeat(8000);
  for (const source of [
    "(a+)+$x",
    "(a|a)*b",
    "(a|aa)+$x",
    "(?:a*)*b",
    "a*a*a*a*a*b",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "x*y|(a{0,20}a{0,20}){10}b",
  ])
    assert.equal(testValue({ kind: "matches", source, flags: "" }, many), false, source);
  assert.equal(testValue({ kind: "matches", source: "(a+)+$", flags: "" }, many), true);
  assert.ok(performance.now() - started < 60_000);
});

test("what can't be bounded is refused, what repeats nothing is not", () => {
  for (const refused of [/(a+)\1/, /(?=.*a.*b)c*/, /a+/u, /(a{1000}){1000}/])
    assert.throws(() => x.field("a").matches(refused), { code: "PROGRAM" }, String(refused));
  for (const taken of [/(a)\1/, /a/u, /(?=ab)a/, /^(?!.*cmd)who.*/, /a{1000,}/, /[^\n]{200,}/])
    assert.ok(x.field("a").matches(taken));
});
