/** Imports a program's module and takes its app. The caller has registered a loader where the module is TypeScript. */
import { MillraceError } from "../base/errors.js";
import type { App } from "./api.js";
import { isApp } from "./app.js";

export async function loadApp(url: string): Promise<App> {
  const module = (await import(url)) as { readonly default?: unknown };
  if (isApp(module.default)) return module.default;
  throw new MillraceError("PROGRAM", `${url} does not export an app`, {
    hint: 'End the module with: export default app(import.meta, "name", [outputs]);',
  });
}
