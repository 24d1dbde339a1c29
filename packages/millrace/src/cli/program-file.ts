/** The program that a command line names. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { MillraceError, suggest } from "../base/errors.js";
import type { App } from "../plan/api.js";
import { loadApp } from "../plan/load-app.js";

/** Loads the app of a module, JavaScript or TypeScript. Throws `USAGE` for a path that leads nowhere, `PROGRAM`. */
export async function loadProgram(path: string | undefined, command: string): Promise<App> {
  if (path === undefined)
    throw new MillraceError("USAGE", `millrace ${command} needs the program's file`, {
      hint: `For example: millrace ${command} app.ts`,
    });
  checkFile(path, "program");
  try {
    return await loadApp(pathToFileURL(resolve(path)).href);
  } catch (error) {
    if (error instanceof MillraceError && error.cause instanceof SyntaxError) await checkSyntax(resolve(path));
    throw error;
  }
}

/** Node does not say where a module's syntax is wrong; esbuild does. Throws `PROGRAM` when it is in this file. */
async function checkSyntax(path: string): Promise<void> {
  const { transform } = await import("esbuild");
  await transform(await readFile(path, "utf8"), { loader: "js", sourcefile: path, logLevel: "silent" }).catch(
    (error: Error) => {
      throw new MillraceError("PROGRAM", `the program ${path} can't be loaded: ${error.message}`, { cause: error });
    },
  );
}

/** Throws `USAGE` with what is there instead. */
export function checkFile(path: string, what: string): void {
  const full = resolve(path);
  if (existsSync(full)) {
    if (what !== "program" || statSync(full).isFile()) return;
    throw new MillraceError("USAGE", `${path} is a folder: name the program's file in it`, {
      hint: suggest("app.ts", namesIn(full, /\.m?[jt]s$/)),
    });
  }
  const folder = dirname(full);
  const names = namesIn(folder, what === "program" ? /\.m?[jt]s$/ : /^[^.]/);
  const hint =
    names.length === 0
      ? existsSync(folder)
        ? undefined
        : `There is no folder ${folder}.`
      : `In ${folder === process.cwd() ? "this folder" : folder}: ${suggest(basename(full), names)}`;
  throw new MillraceError("USAGE", `there is no ${what} ${path}`, hint === undefined ? {} : { hint });
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
