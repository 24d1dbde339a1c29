/** Imports a program's module, JavaScript or TypeScript, and takes its app. The same on the main thread and in workers. */
import { register } from "node:module";
import { fileURLToPath } from "node:url";
import { MillraceError } from "../base/errors.js";
import type { App } from "./api.js";
import { isApp } from "./app.js";

let registered = false;

export async function loadApp(url: string): Promise<App> {
  if (!registered && /\.m?ts(?:\?.*)?$/.test(url)) {
    registered = true;
    register("./ts-hooks.js", import.meta.url);
    // So that places in messages are those of the source.
    process.setSourceMapsEnabled(true);
  }
  const module = (await import(url).catch((error: unknown) => {
    throw notLoaded(url, error);
  })) as { readonly default?: unknown };
  if (isApp(module.default)) return module.default;
  throw new MillraceError("PROGRAM", `${pathOf(url)} does not export an app`, {
    hint: 'End the module with: export default app(import.meta, "name", [outputs]);',
  });
}

function notLoaded(url: string, error: unknown): unknown {
  if (error instanceof MillraceError) return error;
  const { message = String(error), code } = error as { message?: string; code?: string };
  if (code === "ERR_MODULE_NOT_FOUND") return new MillraceError("PROGRAM", message, { cause: error });
  const at = placeOf(error);
  return new MillraceError("PROGRAM", `the program ${pathOf(url)} can't be loaded: ${message}`, {
    cause: error,
    ...(at === null ? {} : { at }),
  });
}

/** Where a module of the program threw; null where something else did. */
function placeOf(error: unknown): string | null {
  const frame = /^ {4}at .*$/m.exec((error as { stack?: string }).stack ?? "")?.[0] ?? "";
  if (/node:|node_modules/.test(frame)) return null;
  return /(?:file:\/\/)?((?:\/|[A-Za-z]:)[^()\s]+:\d+):\d+\)?$/.exec(frame)?.[1] ?? null;
}

function pathOf(url: string): string {
  return url.startsWith("file:") ? fileURLToPath(url.replace(/\?.*$/, "")) : url;
}
