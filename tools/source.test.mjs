import assert from "node:assert/strict";
import { test } from "node:test";
import { functionsOf } from "./functions.mjs";
import { blanked, importsOf } from "./source.mjs";

test("comments, strings, templates and regular expressions are blanked, code between them is not", () => {
  assert.equal(blanked("a(\"x()\"); // y()\nb('z\\'()')"), "a(\"   \");       \nb('     ')");
  assert.equal(blanked("`a${f({ b: `c${d}` })}e`").replace(/ /g, ""), "`${f({b:`${d}`})}`");
  assert.equal(blanked("x = /[/'\"]/.test(y) ? 1 / 2 / z : 0").replace(/ /g, ""), "x=//.test(y)?1/2/z:0");
  assert.equal(blanked("/* Date.now() */ go()"), "                 go()");
});

test("imports of every form are found with their line, and none in comments or strings", () => {
  const text = [
    "import { a,",
    '  b } from "./one.js";',
    'import type { C } from "./two.js";',
    'export * from "./three.js";',
    'import "./four.js";',
    'const d = await import("./five.js");',
    'type E = import("./six.js").E;',
    '// import { x } from "./no.js";',
    "const s = 'import { x } from \"./no.js\"';",
    "export const f = 1; const from = 'x';",
  ].join("\n");
  assert.deepEqual(
    importsOf(text).map(({ specifier, line, typeOnly }) => [specifier, line, typeOnly]),
    [
      ["./one.js", 1, false],
      ["./two.js", 3, true],
      ["./three.js", 4, false],
      ["./four.js", 5, false],
      ["./five.js", 6, false],
      ["./six.js", 7, false],
    ],
  );
});

test("functions are measured, other blocks are not", () => {
  const code =
    "class A {\n  get(x: number): string[] {\n    if (x) {\n      y;\n    }\n  }\n  run = async (a) => {\n  };\n}\nfunction f<T>(a: (b: T) => void) {\n\n}\n";
  assert.deepEqual(
    functionsOf(code).map(({ name, length }) => [name, length]),
    [
      ["get", 5],
      ["run", 2],
      ["f", 3],
    ],
  );
});
