/** Colours lose no character, whatever is typed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Language } from "./highlight.js";
import { highlight } from "./highlight.js";

const whole = (source: string, language: Language): string =>
  highlight(source, language)
    .map(({ text }) => text)
    .join("");

test("the pieces are the text", () => {
  const pieces = fc.array(
    fc.oneof(
      fc.string(),
      fc.constantFrom(
        "select",
        "'",
        '"',
        "--",
        "/*",
        "*/",
        "\n",
        "  - ",
        "title: x # y",
        "a|contains:",
        "|",
        "'it''s'",
      ),
    ),
  );
  fc.assert(
    fc.property(pieces, fc.constantFrom("sql" as const, "yaml" as const), (parts, language) => {
      const source = parts.join("");
      assert.equal(whole(source, language), source);
    }),
  );
});

test("words, texts, keys and comments are told apart", () => {
  const kinds = (source: string, language: Language): string =>
    highlight(source, language)
      .filter(({ kind }) => kind !== "plain")
      .map(({ kind, text }) => `${kind}:${text.trim()}`)
      .join(" ");
  assert.equal(kinds("select 'a -- b' -- c", "sql"), "word:select text:'a -- b' comment:-- c");
  assert.equal(kinds("    Image|endswith: '\\a.exe'\n# x", "yaml"), "key:Image|endswith text:'\\a.exe' comment:# x");
});
