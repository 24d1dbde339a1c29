/** Finding files by path, folder or pattern. */
import { readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { MillraceError } from "../base/errors.js";
import { FORMATS_HINT } from "./spec.js";

export interface Found {
  /** Paths as the pattern writes them (relative stays relative), in natural order: a2 before a10. */
  readonly files: readonly string[];
  /** What could not be looked into, and patterns that match nothing. */
  readonly failed: readonly { readonly path: string; readonly error: MillraceError }[];
}

/**
 * Files of a path (itself), a folder (all below it that `wanted` takes, hidden ones aside) or a pattern. Never rejects:
 * what cannot be read is among `failed` as `DISK`. Relative patterns begin at `root`.
 */
export async function findFiles(pattern: string, wanted: (path: string) => boolean, root = "."): Promise<Found> {
  const found: Walk = { files: [], failed: [], passed: null };
  const nothing = (message: string, hint?: string): void => {
    if (found.files.length > 0 || found.failed.length > 0) return;
    const error = new MillraceError("DISK", message, hint === undefined ? {} : { hint });
    found.failed.push({ path: pattern, error });
  };
  try {
    const info = await stat(resolve(root, pattern));
    if (!info.isDirectory()) return { files: [pattern], failed: [] };
    await walk(root, pattern, found, wanted, 0);
    if (found.passed === null) nothing(`there is no file in the folder "${pattern}"`);
    else nothing(`the folder "${pattern}" has no file of a known format: it has ${found.passed}`, FORMATS_HINT);
  } catch (cause) {
    if (!/[*?{]/.test(pattern)) return { files: [], failed: [{ path: pattern, error: unreadable(pattern, cause) }] };
    // Up to the last folder that is named in full.
    const fixed = /^(?:[^*?{]*\/)?/.exec(pattern)?.[0] ?? "";
    const matches = globMatcher(pattern);
    await walk(root, fixed === "" ? "." : fixed, found, matches, 0);
    nothing(
      `no file matches "${pattern}"`,
      `Looked in ${resolve(root, fixed)}; * stays within a name, ** crosses folders.`,
    );
  }
  return { files: found.files.sort(naturalOrder), failed: found.failed };
}

/**
 * A test for paths: `*` and `?` stay within a name, `**` crosses folders (and none: a, `**`, b matches a/b), `{a,b}` is
 * either; all else is itself. A name that begins with a dot is matched only by a dot.
 */
export function globMatcher(pattern: string): (path: string) => boolean {
  const expressions = braces(pattern.replace(/^(?:\.\/)+/, "")).map((one) => new RegExp(`^${expressionOf(one)}$`, "s"));
  return (path) => expressions.some((expression) => expression.test(path.replace(/^(?:\.\/)+/, "")));
}

/** Compares runs of digits as numbers, all else by code unit. */
export function naturalOrder(a: string, b: string): number {
  const as = a.split(/(\d+)/);
  const bs = b.split(/(\d+)/);
  for (let k = 0; k < as.length && k < bs.length; k++) {
    const x = as[k] as string;
    const y = bs[k] as string;
    if (x === y) continue;
    // Odd places are digits. Equal numbers with other zeros before them go on to the text.
    const byNumber = k % 2 === 1 ? Number(x) - Number(y) : 0;
    if (byNumber !== 0) return byNumber;
    return x < y ? -1 : 1;
  }
  return as.length - bs.length;
}

/** What the system said, with the path. */
export function unreadable(path: string, cause: unknown): MillraceError {
  const why = cause instanceof Error ? cause.message.replace(/^([A-Z]+): ([^,]+),.*$/s, "$2 ($1)") : String(cause);
  return new MillraceError("DISK", `cannot read "${path}": ${why}`, { cause, at: path });
}

interface Walk {
  readonly files: string[];
  readonly failed: { path: string; error: MillraceError }[];
  /** A file that was not wanted, where there was one. */
  passed: string | null;
}

/** A link that leads back up would never end. */
const FOLDERS_DEEP_MAX = 32;

async function walk(
  root: string,
  folder: string,
  found: Walk,
  wanted: (path: string) => boolean,
  depth: number,
): Promise<void> {
  let entries: Awaited<ReturnType<typeof entriesOf>>;
  try {
    entries = await entriesOf(resolve(root, folder));
  } catch (cause) {
    found.failed.push({ path: folder, error: unreadable(folder, cause) });
    return;
  }
  for (const entry of entries) {
    const path = join(folder, entry.name);
    let isFolder = entry.isDirectory();
    if (entry.isSymbolicLink())
      isFolder = await stat(resolve(root, path)).then(
        (info) => info.isDirectory(),
        () => false,
      );
    if (!isFolder) {
      if (wanted(path)) found.files.push(path);
      else found.passed ??= path;
    } else if (!entry.name.startsWith(".") && depth < FOLDERS_DEEP_MAX)
      await walk(root, path, found, wanted, depth + 1);
  }
}

async function entriesOf(folder: string) {
  return await readdir(folder, { withFileTypes: true });
}

/** `a{b,c}d` to `abd`, `acd`; nested too. */
function braces(pattern: string): string[] {
  const match = /^(.*?)\{([^{}]*,[^{}]*)\}(.*)$/s.exec(pattern);
  if (match === null) return [pattern];
  const [, before, inside, after] = match as unknown as [string, string, string, string];
  return inside.split(",").flatMap((choice) => braces(before + choice + after));
}

function expressionOf(pattern: string): string {
  return pattern.replace(/\*\*\/|\*\*|\*|\?|[.+^$(){}|[\]\\]/g, (token, at: number) => {
    const dot = at === 0 || pattern[at - 1] === "/" ? "(?!\\.)" : "";
    if (token === "**/") return "(?:(?!\\.)[^/]+/)*";
    if (token === "**") return `${dot}.*`;
    if (token === "*") return `${dot}[^/]*`;
    if (token === "?") return `${dot}[^/]`;
    return `\\${token}`;
  });
}
