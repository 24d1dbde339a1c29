/**
 * What must and what must not compile, as users see it: against the built declarations of the package.
 *
 *   1. Type tests: `*.test-d.ts` outside src (those inside are part of the build). What must not compile stands below
 *      a `@ts-expect-error`, so that compiling it is the error.
 *   2. Examples in the docs: blocks that begin with ```ts run. Each is a module of its own.
 *   3. These tools themselves, by their JSDoc types.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runTool } from "./install.mjs";
import { lineAt, listFiles, ROOT, readText } from "./source.mjs";

// Below node_modules, where imports of the package resolve and nothing is committed.
const OUT = join(ROOT, "node_modules", ".cache", "millrace-types");

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
const files = listFiles();
const typeTests = files.filter((path) => /\.test-d\.ts$/.test(path) && !path.includes("/src/"));
/** Example file -> where it stands. @type {Map<string, string>} */
const examples = new Map();
for (const path of files.filter((name) => name.endsWith(".md"))) {
  const text = readText(path);
  for (const block of text.matchAll(/^```ts run\n(?<body>[\s\S]*?)^```$/gm)) {
    const place = `${path}:${lineAt(text, block.index) + 1}`;
    const name = `${place.replace(/[^a-z0-9]+/gi, "-")}.ts`;
    writeFileSync(join(OUT, name), block.groups?.body ?? "");
    examples.set(name, place);
  }
}
const compilerOptions = {
  rootDir: "../../..",
  noEmit: true,
  composite: false,
  incremental: false,
  noUnusedLocals: false,
  noUnusedParameters: false,
};
writeFileSync(
  join(OUT, "tsconfig.json"),
  JSON.stringify({
    extends: "../../../tsconfig.base.json",
    compilerOptions,
    files: [...typeTests.map((path) => join(ROOT, path)), ...examples.keys()],
  }),
);
writeFileSync(join(OUT, "package.json"), JSON.stringify({ type: "module" }));

let ok = true;
if (typeTests.length + examples.size > 0) check(["-p", OUT]);
check(["-p", join(ROOT, "tools")]);
const refusals = files
  .filter((path) => path.endsWith(".test-d.ts"))
  .reduce((sum, path) => sum + (readText(path).match(/@ts-expect-error/g)?.length ?? 0), 0);
console.log(`types: ${typeTests.length} type tests with ${refusals} refusals, ${examples.size} examples from the docs`);
process.exitCode = ok ? 0 : 1;

/** @param {string[]} args */
function check(args) {
  const result = runTool("typescript", "tsc", [...args, "--pretty", "false"]);
  if (result.ok) return;
  ok = false;
  let output = result.output;
  for (const [name, place] of examples)
    output = output.replaceAll(new RegExp(`\\S*${name}`, "g"), `${place} (the example)`);
  console.log(output);
}
