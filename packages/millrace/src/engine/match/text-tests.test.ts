import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../../base/random.js";
import { testValue } from "../../plan/rules/evaluate.js";
import type { Test } from "../../plan/rules/expr.js";
import { FoldedText } from "./folded-text.js";
import { requiredOf } from "./required-literals.js";
import { TextTests } from "./text-tests.js";

test("thousands of literals of all lengths, each found where it stands", () => {
  const random = new Random(7);
  const letters = ["a", "B", "c", "\\", ".", "é", "K", "😀"];
  const textOf = (length: number): string => Array.from({ length }, () => random.pick(letters)).join("");
  const kinds = ["eq", "contains", "startsWith", "endsWith"] as const;
  const tests = Array.from(
    { length: 6000 },
    (_, k): Test => ({ kind: kinds[k % 4] as "eq", value: textOf(k % 11), cased: k % 97 === 0 }),
  );
  const together = new TextTests();
  tests.forEach((each, number) => {
    together.add(number, each);
  });
  const folded = new FoldedText();
  let held = 0;
  for (let k = 0; k < 60; k++) {
    const text = textOf(k);
    const fired: number[] = [];
    folded.setString(text);
    together.fire(folded, fired);
    const expected = tests.flatMap((each, number) => (testValue(each, text) ? [number] : []));
    assert.deepEqual(
      [...new Set(fired)].sort((a, b) => a - b),
      expected,
      text,
    );
    held += expected.length;
  }
  assert.ok(held > 10_000);
});

test("what patterns require: literals and length", () => {
  const table: readonly (readonly [RegExp, readonly string[] | null, number])[] = [
    [/\\(venv|python3)\\lib\\/, ["\\lib\\"], 10],
    [/(Curl|wget) -O/, ["curl", "wget"], 7],
    [/ab+c/, ["ab"], 3],
    [/ab{3}cd/, ["bcd"], 6],
    [/a?bcd/, ["bcd"], 3],
    [/abc|d/, null, 1],
    [/[Tt]est[.]exe/, ["test.exe"], 8],
    [/foo(?=bar)baz/, ["foobaz"], 6],
    [/(?!foo)x/, null, 1],
    [/([^\n]){200,}/, null, 200],
    [/\w+`[a-z]`/, ["`"], 4],
    [/(x)(foo|\1)bar/, null, 0],
    [/a\x41bc/, ["bc"], 4],
    [/^$/, null, 0],
    [/é.com/, ["com"], 5],
    [/(ab|cd)(efg|hi)/, ["ab", "cd"], 4],
  ];
  for (const [pattern, literals, charsMin] of table) {
    const required = requiredOf({ kind: "matches", source: pattern.source, flags: pattern.flags });
    assert.deepEqual([required.literals, required.charsMin], [literals, charsMin], String(pattern));
  }
  assert.deepEqual(requiredOf({ kind: "matches", source: "abc", flags: "u" }).literals, null);
});
