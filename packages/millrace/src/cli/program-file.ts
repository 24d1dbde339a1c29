/** The program that a command line names. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { BuildFailure } from "esbuild";
import { MillraceError, suggest } from "../base/errors.js";
import type { App } from "../plan/api.js";
import { loadApp } from "../plan/load-app.js";

const PROGRAM = /\.[cm]?[jt]s$/;

/** Loads the app of a module, JavaScript or TypeScript. Throws `USAGE` for a path that leads nowhere, `PROGRAM`. */
export async function loadProgram(path: string | undefined, command: string): Promise<App> {
  if (path === undefined)
    throw new MillraceError("USAGE", `millrace ${command} needs the program's file`, {
      hint: `For example: millrace ${command} app.ts`,
    });
  checkProgram(path);
  const onExit = (): void => {
    process.stderr.write(`millrace: ${path} ended the process while it was loaded; it should only say what there is\n`);
  };
  process.once("exit", onExit);
  try {
    return await loadApp(pathToFileURL(resolve(path)).href);
  } catch (error) {
    // Where a CommonJS module is at fault, Node rejects a second promise with the same error, which nobody holds.
    process.on("unhandledRejection", () => {});
    if (error instanceof MillraceError && error.cause instanceof Error) await checkModules(resolve(path));
    throw error;
  } finally {
    process.off("exit", onExit);
  }
}

/**
 * Node does not say where a module's syntax is wrong, or which line imports a file that is not there; esbuild does, of
 * all modules of the program. Throws `PROGRAM` when it finds something.
 */
async function checkModules(path: string): Promise<void> {
  const { build } = await import("esbuild");
  const options = { bundle: true, write: false, packages: "external", platform: "node", format: "esm" } as const;
  await build({ ...options, entryPoints: [path], logLevel: "silent" }).catch((error: Partial<BuildFailure>) => {
    const [first] = error.errors ?? [];
    if (first?.location == null) return;
    const { file, line, column, lineText } = first.location;
    throw new MillraceError("PROGRAM", `${resolve(file)}:${line}:${column + 1}: ${first.text}`, {
      hint: lineText.trim(),
      cause: error,
    });
  });
}

function checkProgram(path: string): void {
  const full = resolve(path);
  if (!existsSync(full)) throw missing(path, "program", PROGRAM);
  if (!statSync(full).isFile()) {
    const programs = namesIn(full, PROGRAM);
    throw new MillraceError("USAGE", `${path} is a folder: name the program's file in it`, {
      hint: programs.length === 0 ? "It holds no .ts or .js file." : suggest("app.ts", programs),
    });
  }
  if (!PROGRAM.test(path))
    throw new MillraceError("USAGE", `${path} is no program: that is a module, .ts, .mts, .js or .mjs`);
}

/** Throws `USAGE` with what is there instead. */
export function checkFile(path: string): void {
  if (!existsSync(resolve(path))) throw missing(path, "file", /^[^.]/);
}

function missing(path: string, what: string, wanted: RegExp): MillraceError {
  const full = resolve(path);
  const folder = dirname(full);
  const there = `there is no ${what} ${path}`;
  if (!existsSync(folder)) return new MillraceError("USAGE", there, { hint: `There is no folder ${folder} either.` });
  const names = namesIn(folder, wanted);
  if (names.length === 0) return new MillraceError("USAGE", there);
  const suggestion = suggest(basename(full), names);
  const place = folder === process.cwd() ? "In this folder" : `In ${folder}`;
  return new MillraceError("USAGE", there, {
    hint: suggestion.startsWith("there") ? `${place} ${suggestion}` : suggestion,
  });
}

function namesIn(folder: string, wanted: RegExp): string[] {
  try {
    return readdirSync(folder).filter((name) => wanted.test(name));
  } catch {
    return [];
  }
}

/** Where a program keeps its log and views when nothing else is said. */
export function defaultData(app: App): string {
  return join(dirname(fileURLToPath(app.url)), ".millrace");
}
