/**
 * The sources behind a program: for a lambda that captures, nobody can see the value, so every module the program
 * imports stands for it. Any edit there makes a new version: correct, only less precise than parameters.
 *
 *   1. From the app's module follow static imports and exports, and `import("…")` of a literal, through local files.
 *   2. A local file counts by its tokens (comments and white space do not), or by its bytes where it is no script.
 *   3. A package counts by name and version; Node's own modules by name.
 *   4. The hash covers all of them, local files by their path from the app's folder, in the order of that path: where
 *      the project lies does not matter.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { createRequire, isBuiltin } from "node:module";
import { dirname, extname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { AnyNode, Token } from "acorn";
import { parse } from "acorn";
import { MillraceError } from "../../base/errors.js";
import { childrenOf } from "./scope.js";

/** How modules are read; tests bring their own. */
export interface ModuleFiles {
  /** The text of a file, or undefined where there is none. */
  read(path: string): string | undefined;
  /** TypeScript as JavaScript. */
  strip(text: string, path: string): string;
}

const MODULES_MAX = 10_000;
const SCRIPT = /^\.[cm]?[jt]sx?$/;

const onDisk: ModuleFiles = {
  read: (path) => (existsSync(path) && statSync(path).isFile() ? readFileSync(path, "utf8") : undefined),
  strip(text, path) {
    // Only programs that are run from TypeScript need it, and it is heavy.
    const esbuild = createRequire(import.meta.url)("esbuild") as typeof import("esbuild");
    const loader = path.endsWith("x") ? "tsx" : "ts";
    return esbuild.transformSync(text, { loader, format: "esm", target: "es2022", logLevel: "silent" }).code;
  },
};

/** A hash over the sources of the module at `url` (file:) and of all it imports. Throws `PROGRAM` for an import that leads nowhere. */
export function moduleSourcesHash(url: string, files: ModuleFiles = onDisk): string {
  const hash = createHash("sha256");
  for (const [name, text] of moduleSources(url, files)) hash.update(`${name.length}:${name}${text.length}:${text}`);
  return hash.digest("hex");
}

/** What the hash covers: local files and packages by name, in order of name. */
export function moduleSources(url: string, files: ModuleFiles = onDisk): ReadonlyMap<string, string> {
  const root = fileURLToPath(url);
  const folder = dirname(root);
  const sources = new Map<string, string>();
  const waiting = [{ path: root, from: "" }];
  const met = new Set([root]);
  for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
    const { path, from } = item;
    const text = files.read(path);
    if (text === undefined) throw missing(path, from);
    const script = SCRIPT.test(extname(path)) ? readScript(javaScript(text, path, files), path) : undefined;
    sources.set(relative(folder, path).split(sep).join("/"), script?.tokens ?? text);
    for (const specifier of script?.imports ?? []) {
      const target = resolveImport(specifier, path, files);
      if ("package" in target) sources.set(`package ${target.package}`, target.version);
      else if (!met.has(target.path)) {
        if (met.size >= MODULES_MAX)
          throw new MillraceError("LIMIT", `the program imports more than ${MODULES_MAX} local modules`);
        met.add(target.path);
        waiting.push({ path: target.path, from: path });
      }
    }
  }
  return new Map([...sources].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function javaScript(text: string, path: string, files: ModuleFiles): string {
  return /\.([cm]?ts|[jt]sx)$/.test(path) ? files.strip(text, path) : text;
}

interface Script {
  /** The text without comments and white space. */
  readonly tokens: string;
  /** What it imports, as written. */
  readonly imports: readonly string[];
}

function readScript(text: string, path: string): Script {
  const tokens: Token[] = [];
  const imports: string[] = [];
  const visit = (node: AnyNode): void => {
    const call = node.type === "CallExpression" && node.callee.type === "Identifier" && node.callee.name === "require";
    const source: unknown = call ? node.arguments[0] : "source" in node ? node.source : undefined;
    if (typeof source === "object" && source !== null && "value" in source && typeof source.value === "string")
      imports.push(source.value);
    for (const child of childrenOf(node)) visit(child);
  };
  visit(parseModule(text, path, tokens));
  let end = 0;
  // A line break can end a statement, so where there was one, one is kept.
  const parts = tokens.map((token) => {
    const gap = /\n/.test(text.slice(end, token.start)) ? "\n" : " ";
    end = token.end;
    return gap + text.slice(token.start, token.end);
  });
  return { tokens: parts.join("").trimStart(), imports };
}

function parseModule(text: string, path: string, tokens: Token[]): AnyNode {
  const options = {
    ecmaVersion: "latest",
    allowHashBang: true,
    allowReturnOutsideFunction: true,
    onToken: tokens,
  } as const;
  try {
    return parse(text, { ...options, sourceType: "module" });
  } catch (asModule) {
    tokens.length = 0;
    try {
      return parse(text, { ...options, sourceType: "script" });
    } catch {
      throw new MillraceError("PROGRAM", `${path} could not be read as JavaScript: ${(asModule as Error).message}`, {
        cause: asModule,
      });
    }
  }
}

type Target = { readonly path: string } | { readonly package: string; readonly version: string };

function resolveImport(specifier: string, from: string, files: ModuleFiles): Target {
  if (isBuiltin(specifier))
    return { package: specifier.startsWith("node:") ? specifier : `node:${specifier}`, version: "" };
  if (specifier.startsWith("data:")) return { package: specifier, version: "" };
  if (specifier.startsWith("file:")) return { path: fileURLToPath(specifier) };
  if (/^\.{0,2}\//.test(specifier) || specifier === "." || specifier === "..") {
    const plain = fileURLToPath(new URL(specifier, pathToFileURL(from)));
    const path = candidates(plain).find((candidate) => files.read(candidate) !== undefined);
    if (path === undefined) throw missing(plain, from);
    return { path };
  }
  return specifier.startsWith("#") ? ownImport(specifier, from, files) : packageOf(specifier, from, files);
}

/** TypeScript is imported by the name of the JavaScript it will be. */
function candidates(path: string): string[] {
  const js = /\.([cm]?)js(x?)$/.exec(path);
  const asTypeScript =
    js === null ? [] : [`${path.slice(0, js.index)}.${js[1]}ts${js[2]}`, `${path.slice(0, js.index)}.tsx`];
  const bare =
    extname(path) === "" ? [".ts", ".tsx", ".js", ".mjs", "/index.ts", "/index.js"].map((end) => path + end) : [];
  return [path, ...asTypeScript, ...bare];
}

function packageOf(specifier: string, from: string, files: ModuleFiles): Target {
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    const text = files.read(join(folder, "node_modules", name, "package.json"));
    if (text !== undefined)
      return { package: name, version: String((JSON.parse(text) as { version?: unknown }).version ?? "") };
    if (folder === dirname(folder)) return { package: name, version: "not installed" };
  }
}

/** `#name` from the `imports` of the nearest package.json. */
function ownImport(specifier: string, from: string, files: ModuleFiles): Target {
  for (let folder = dirname(from); folder !== dirname(folder); folder = dirname(folder)) {
    const text = files.read(join(folder, "package.json"));
    if (text === undefined) continue;
    let target: unknown = (JSON.parse(text) as { imports?: Record<string, unknown> }).imports?.[specifier];
    while (typeof target === "object" && target !== null)
      target =
        (target as Record<string, unknown>).import ??
        (target as Record<string, unknown>).node ??
        (target as Record<string, unknown>).default;
    // A pattern or an unknown condition: the declaration itself stands for it.
    if (typeof target !== "string" || !target.startsWith(".")) return { package: specifier, version: text };
    return {
      path:
        candidates(resolve(folder, target)).find((path) => files.read(path) !== undefined) ?? resolve(folder, target),
    };
  }
  return { package: specifier, version: "not found" };
}

function missing(path: string, from: string): MillraceError {
  return new MillraceError("PROGRAM", `the module ${path} is not there${from === "" ? "" : `; ${from} imports it`}`, {
    hint: "Its source is part of the version, because a lambda captures a value that only the source can show.",
  });
}
