import assert from "node:assert/strict";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { moduleSources, moduleSourcesHash } from "./module-hash.js";

const PROJECT: Readonly<Record<string, string>> = {
  "/p/src/app.js":
    'import { MIN } from "./limits.js"; // the limits\nexport * from "../lib/rules.js";\nimport x from "pkg/sub";\nimport "@s/q";\nimport { readFileSync } from "node:fs";\nimport data from "./data.json" with { type: "json" };\nexport const late = () => import("./late.js");\nexport default MIN;',
  "/p/src/limits.js": 'import "./app.js";\nexport const MIN = 3;',
  "/p/src/late.ts": "export const late: number = 1;",
  "/p/lib/rules.js": "export const rule = /a  b/;",
  "/p/src/data.json": '{ "a": 1 }',
  "/p/node_modules/pkg/package.json": '{ "version": "1.2.3" }',
  "/p/node_modules/@s/q/package.json": '{ "version": "4.0.0" }',
};
const at = (files: Readonly<Record<string, string>>, root = "/p"): string =>
  moduleSourcesHash(pathToFileURL(`${root}/src/app.js`).href, {
    read: (path) => files[path],
    strip: (text) => text.replace(": number", ""),
  });
const changed = (path: string, from: string, to: string): string =>
  at({ ...PROJECT, [path]: (PROJECT[path] as string).replace(from, to) });

test("the hash covers every module the program imports, cycles and late ones too", () => {
  const sources = moduleSources(pathToFileURL("/p/src/app.js").href, {
    read: (path) => PROJECT[path],
    strip: (text) => text.replace(": number", ""),
  });
  assert.deepEqual(
    [...sources.keys()],
    [
      "../lib/rules.js",
      "app.js",
      "data.json",
      "late.ts",
      "limits.js",
      "package @s/q",
      "package node:fs",
      "package pkg",
    ],
  );
});

test("an edit anywhere changes it; comments, white space and the folder do not", () => {
  const before = at(PROJECT);
  assert.notEqual(changed("/p/src/limits.js", "3", "4"), before);
  assert.notEqual(changed("/p/lib/rules.js", "a  b", "a b"), before);
  assert.notEqual(changed("/p/src/late.ts", "1", "2"), before);
  assert.notEqual(changed("/p/src/data.json", "1", "2"), before);
  assert.notEqual(changed("/p/node_modules/pkg/package.json", "1.2.3", "1.2.4"), before);
  assert.equal(changed("/p/src/app.js", "// the limits", "/* other */   "), before);
  assert.equal(changed("/p/src/late.ts", ": number", ""), before);
  assert.equal(
    at(
      Object.fromEntries(Object.entries(PROJECT).map(([path, text]) => [path.replace("/p/", "/elsewhere/q/"), text])),
      "/elsewhere/q",
    ),
    before,
  );
});

test("an import that leads nowhere is named", () => {
  const { "/p/lib/rules.js": _, ...rest } = PROJECT;
  assert.throws(() => at(rest), /the module \/p\/lib\/rules\.js is not there; \/p\/src\/app\.js imports it/);
});

test("this very module, from the disk", () => {
  assert.match(moduleSourcesHash(import.meta.url), /^[0-9a-f]{64}$/);
});
