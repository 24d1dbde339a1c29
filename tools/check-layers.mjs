/**
 * Import directions, from layers.json.
 *
 * In the engine:
 *   1. A folder imports only from itself and from folders before it in `order`. Types count like values.
 *   2. Implementations of the log's and the store's contracts are imported only by those who choose them, and by tests.
 *   3. A package, and a module of Node's that reaches outside the process, only where the table says.
 *   4. No circle of value imports that goes through several folders.
 * Everybody else (apps, console, bench, examples):
 *   5. Own files, packages that their package.json declares, Node's modules, and the engine by its public subpaths.
 *
 * An exception is an entry { "file", "imports", "why" } in `exceptions`; one that nothing needs any more is an error.
 */
import { existsSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, normalize } from "node:path/posix";
import { importsOf, isTest, listFiles, ROOT, readJson, readText } from "./source.mjs";

/** @typedef {import("./source.mjs").Import & { file: string }} Edge */

const layers = readJson("tools/layers.json");
const engine = layers.engine;
const enginePackage = readJson("packages/millrace/package.json");
/** @type {string[]} */
const problems = [];
/** @type {Set<object>} */
const used = new Set();

const code = listFiles().filter((path) => /\.(?:ts|tsx|mts|js|mjs)$/.test(path));
/** @type {Map<string, Edge[]>} */
const graph = new Map();
for (const file of code)
  graph.set(
    file,
    importsOf(readText(file)).map((found) => ({ ...found, file })),
  );

for (const [file, edges] of graph)
  for (const edge of edges) {
    if (file.startsWith(`${engine.root}/`)) checkEngine(edge);
    else if (layers.users.roots.some((/** @type {string} */ root) => file.startsWith(`${root}/`))) checkUser(edge);
  }
checkCircles();
for (const exception of layers.exceptions)
  if (!used.has(exception))
    problems.push(
      `tools/layers.json: the exception of ${exception.file} for "${exception.imports}" is not needed any more`,
    );

const edgeCount = [...graph.values()].reduce((sum, edges) => sum + edges.length, 0);
for (const problem of problems) console.log(problem);
console.log(`layers: ${graph.size} files, ${edgeCount} imports, ${problems.length} against the direction`);
process.exitCode = problems.length === 0 ? 0 : 1;

/** @param {Edge} edge */
function checkEngine(edge) {
  const { file, specifier } = edge;
  const from = file.slice(engine.root.length + 1);
  const test = isTest(file);
  if (!specifier.startsWith(".")) return checkPackage(edge, from, test);
  const target = resolved(edge);
  if (!target.startsWith(`${engine.root}/`)) return report(edge, "leaves the package's sources");
  const to = target.slice(engine.root.length + 1);
  if (!to.includes("/")) {
    if (from.includes("/") && !test) report(edge, "a folder imports from the package's surface");
    return;
  }
  const fromFolder = /** @type {string} */ (from.split("/")[0]);
  const toFolder = /** @type {string} */ (to.split("/")[0]);
  if (!engine.order.includes(toFolder))
    return report(edge, `the folder ${toFolder}/ is not in the order of layers.json`);
  if (from.includes("/")) {
    if (!engine.order.includes(fromFolder))
      return report(edge, `the folder ${fromFolder}/ is not in the order of layers.json`);
    const forward = engine.order.indexOf(toFolder) > engine.order.indexOf(fromFolder);
    if (forward && !(test && toFolder === "testing")) return report(edge, `${fromFolder}/ comes before ${toFolder}/`);
  } else if (!engine.top.includes(from) && !test)
    report(edge, `${from} is not one of the files that may stand at the top`);
  checkImplementation(edge, from, to, test);
}

/**
 * @param {Edge} edge
 * @param {string} from
 * @param {string} to
 * @param {boolean} test
 */
function checkImplementation(edge, from, to, test) {
  const { folders, chosenBy } = engine.implementations;
  const implementation = folders.find((/** @type {string} */ folder) => to.startsWith(`${folder}/`));
  if (implementation === undefined || test || from.startsWith(`${implementation}/`)) return;
  const mayChoose = chosenBy.some((/** @type {string} */ folder) => from.startsWith(`${folder}/`));
  if (!mayChoose && from.includes("/"))
    report(edge, `${implementation}/ is an implementation: import the contract, let ${chosenBy.join("/ or ")}/ choose`);
}

/**
 * @param {Edge} edge
 * @param {string} from
 * @param {boolean} test
 */
function checkPackage(edge, from, test) {
  const { specifier } = edge;
  const within = (/** @type {string[]} */ folders) => folders.some((folder) => from.startsWith(`${folder}/`));
  if (isBuiltin(specifier)) {
    const folders = engine.node[specifier.replace(/^node:/, "")];
    if (folders !== undefined && !test && !within(folders)) report(edge, `only in ${folders.join("/, ")}/`);
    return;
  }
  const name = packageName(specifier);
  if (test && engine.testPackages.includes(name)) return;
  const folders = engine.packages[name];
  if (folders === undefined) report(edge, "not a package that layers.json knows");
  else if (!within(folders)) report(edge, `only in ${folders.join("/, ")}/`);
  else if (enginePackage.dependencies[name] === undefined)
    report(edge, "packages/millrace/package.json does not declare it");
}

/** @param {Edge} edge */
function checkUser(edge) {
  const { file, specifier } = edge;
  const home = homeOf(file);
  if (specifier.startsWith(".")) {
    if (!resolved(edge).startsWith(`${home}/`)) report(edge, `leaves ${home}/`);
    return;
  }
  if (isBuiltin(specifier)) return;
  const name = packageName(specifier);
  const manifest = existsSync(join(ROOT, home, "package.json"))
    ? readJson(`${home}/package.json`)
    : readJson("package.json");
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.devDependencies };
  const rootDev = isTest(file) ? (readJson("package.json").devDependencies ?? {}) : {};
  if (name === layers.users.engine) {
    const subpath = `.${specifier.slice(name.length)}`;
    if (enginePackage.exports[subpath] === undefined) report(edge, `"${specifier}" is not a public subpath of ${name}`);
    else if (specifier.startsWith(layers.users.unstable)) report(edge, "unstable API: say why in exceptions");
    return;
  }
  if (declared[name] === undefined && rootDev[name] === undefined && manifest.name !== name)
    report(edge, `${home}/package.json does not declare it`);
}

/**
 * Circles of value imports that go through several folders (Tarjan's strongly connected components). Files of one
 * folder may recurse into each other: they are one module in several files.
 */
function checkCircles() {
  /** @type {Map<string, number>} */
  const order = new Map();
  /** @type {Map<string, number>} */
  const low = new Map();
  /** @type {string[]} */
  const stack = [];
  /** @param {string} file */
  const visit = (file) => {
    order.set(file, order.size);
    low.set(file, order.size - 1);
    stack.push(file);
    for (const target of valueImports(file)) {
      if (!order.has(target)) visit(target);
      if (stack.includes(target)) low.set(file, Math.min(Number(low.get(file)), Number(low.get(target))));
    }
    if (low.get(file) !== order.get(file)) return;
    const circle = stack.splice(stack.indexOf(file)).sort();
    if (new Set(circle.map((path) => dirname(path))).size > 1)
      problems.push(`a circle of imports over folders: ${circle.join(", ")}`);
  };
  for (const file of graph.keys()) if (!order.has(file)) visit(file);
}

/** @param {string} file */
function valueImports(file) {
  return (graph.get(file) ?? []).flatMap((edge) => {
    const target = edge.typeOnly || !edge.specifier.startsWith(".") ? null : sourceOf(resolved(edge));
    return target === null ? [] : [target];
  });
}

/**
 * @param {Edge} edge
 * @param {string} why
 */
function report(edge, why) {
  const exception = layers.exceptions.find(
    (/** @type {{ file: string, imports: string }} */ e) => e.file === edge.file && e.imports === edge.specifier,
  );
  if (exception !== undefined) used.add(exception);
  else
    problems.push(`${edge.file}:${edge.line} imports ${edge.typeOnly ? "types of " : ""}"${edge.specifier}": ${why}`);
}

/** @param {Edge} edge */
function resolved({ file, specifier }) {
  return normalize(join(dirname(file), specifier));
}

/** The file that was written, for a path as it will be in the output. @param {string} path */
function sourceOf(path) {
  const candidates = [
    path,
    path.replace(/\.js$/, ".ts"),
    path.replace(/\.js$/, ".tsx"),
    path.replace(/\.mjs$/, ".mts"),
  ];
  return candidates.find((candidate) => graph.has(candidate)) ?? null;
}

/** The workspace a file belongs to: "apps/hunt", "packages/console", "bench". @param {string} file */
function homeOf(file) {
  const [first, second] = file.split("/");
  return first === "bench" || first === "examples" ? first : `${first}/${second}`;
}

/** @param {string} specifier */
function packageName(specifier) {
  return specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
}

/** @param {string} specifier */
function isBuiltin(specifier) {
  return specifier.startsWith("node:") || builtinModules.includes(specifier);
}
