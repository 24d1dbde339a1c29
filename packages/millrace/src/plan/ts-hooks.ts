/** Module hooks, run by Node on a thread of their own: TypeScript modules are transformed as they are loaded. */
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

interface Resolved {
  readonly url: string;
  readonly format?: string | null;
  readonly shortCircuit?: boolean;
}
type NextResolve = (specifier: string, context: unknown) => Promise<Resolved>;
type NextLoad = (url: string, context: unknown) => Promise<unknown>;

const TYPESCRIPT = /\.m?ts(?:\?.*)?$/;

/** `./x.js` written in TypeScript may mean `./x.ts`; `millrace`, where it is not installed beside the program, is this one. */
export async function resolve(specifier: string, context: object, next: NextResolve): Promise<Resolved> {
  try {
    return await next(specifier, context);
  } catch (error) {
    if (/^millrace(?:\/|$)/.test(specifier)) return next(specifier, { ...context, parentURL: import.meta.url });
    if (!/^\.{1,2}\/.*\.m?js$/.test(specifier)) throw error;
    try {
      return await next(specifier.replace(/js$/, "ts"), context);
    } catch {
      throw error;
    }
  }
}

export async function load(url: string, context: unknown, next: NextLoad): Promise<unknown> {
  if (!url.startsWith("file:") || !TYPESCRIPT.test(url)) return next(url, context);
  const path = fileURLToPath(url.replace(/\?.*$/, ""));
  const { transform } = await import("esbuild");
  const { code } = await transform(await readFile(path, "utf8"), {
    loader: "ts",
    format: "esm",
    target: "es2022",
    sourcefile: path,
    sourcemap: "inline",
    // What the plan's hash covers is the text of lambdas: nothing may be added to them.
    keepNames: false,
  });
  return { format: "module", source: code, shortCircuit: true };
}
