import assert from "node:assert/strict";
import test from "node:test";
import { literalOf, parsePattern, scalarValue, stringValue } from "./values.js";

const ANY = { any: true };
const ONE = { one: true };

test("wildcards and escapes", () => {
  const table: [string, unknown[]][] = [
    [String.raw`C:\Windows\cmd.exe`, [String.raw`C:\Windows\cmd.exe`]],
    [String.raw`C:\\Windows`, [String.raw`C:\Windows`]],
    [String.raw`\\\\server`, [String.raw`\\server`]],
    [String.raw`\\\server`, [String.raw`\\server`]],
    ["a*b?c", ["a", ANY, "b", ONE, "c"]],
    [String.raw`a\*b\?c`, ["a*b?c"]],
    [String.raw`dir\\*`, ["dir\\", ANY]],
    [String.raw`dir\\\*`, ["dir\\*"]],
    [String.raw`dir\\?x`, ["dir\\", ONE, "x"]],
    [String.raw`end\ `.trim(), ["end\\"]],
    ["**a***", [ANY, "a", ANY]],
    ["??", [ONE, ONE]],
    ["", []],
  ];
  for (const [written, parts] of table) assert.deepEqual(parsePattern(written), parts, written);
});

test("a literal is a string without wildcards", () => {
  assert.equal(literalOf(stringValue(String.raw`a\*b`)), "a*b");
  assert.equal(literalOf(stringValue("a*b")), null);
  assert.equal(literalOf(stringValue("")), "");
});

test("scalars keep their type", () => {
  assert.deepEqual(scalarValue(null), { kind: "null" });
  assert.deepEqual(scalarValue(true), { kind: "boolean", value: true });
  assert.deepEqual(scalarValue(9007199254740993n), { kind: "number", value: 9007199254740993n });
  assert.equal(scalarValue("4688").kind, "string");
});
