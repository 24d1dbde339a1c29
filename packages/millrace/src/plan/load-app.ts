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
  const { code } = Object(error) as { code?: string };
  const message = messageOf(error);
  if (code === "ERR_MODULE_NOT_FOUND") return new MillraceError("PROGRAM", message, { cause: error });
  const at = placeOf(error);
  return new MillraceError("PROGRAM", `the program ${pathOf(url)} can't be loaded: ${message}`, {
    cause: error,
    ...(at === null ? {} : { at }),
    ...(error instanceof SyntaxError ? {} : { hint: ONLY_DEFINES }),
  });
}

const ONLY_DEFINES =
  "A program's module only says what there is: each worker loads it anew, so it should do nothing else.";

/** With what is behind it (fetch says why it failed only there), and paths for people. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${error.message}${cause}`.replace(/file:\/\/[^\s'"]+/g, pathOf);
}

/** Where a module of the program threw; null where something else did. */
function placeOf(error: unknown): string | null {
  const frame = /^ {4}at .*$/m.exec((Object(error) as { stack?: string }).stack ?? "")?.[0] ?? "";
  if (/node:|node_modules/.test(frame)) return null;
  return /(?:file:\/\/)?((?:\/|[A-Za-z]:)[^()\s]+:\d+):\d+\)?$/.exec(frame)?.[1] ?? null;
}

function pathOf(url: string): string {
  return url.startsWith("file:") ? fileURLToPath(url.replace(/\?.*$/, "")) : url;
}
