/** Where a stream's or table's rows come from, as plain data: what a program writes behind `from:`. */
import { MillraceError, suggest } from "../base/errors.js";

export type Source = FilesSource | HttpSource;

/** A row a line, but for CSV records with newlines in quotes, audit records that are joined, and Parquet. */
export const FILE_FORMATS = ["ndjson", "csv", "parquet", "syslog", "cef", "zeek", "auditd"] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

/** Files that are read once each, in natural order of their names. */
export interface FilesSource {
  readonly source: "files";
  /** A path, a folder, "-" for standard input, or a pattern with `*`, `**`, `?`, `{a,b}`. */
  readonly pattern: string;
  /** By the file's name where not given. */
  readonly format?: FileFormat;
  /** CSV: whether the first record names the columns (true where not given). */
  readonly header?: boolean;
  /** CSV: one ASCII character; a tab for .tsv, else a comma, where not given. */
  readonly delimiter?: string;
  /** The files are read on as they grow, are rotated, and as new ones come (while the program runs; not with --once). */
  readonly follow?: boolean;
  /** syslog, cef: what times without a zone are, "+02:00"; UTC where not given. */
  readonly zone?: string;
  /** auditd: whether records of one event are one row (true where not given). */
  readonly join?: boolean;
}

/** Rows are posted to this path of the server. */
export interface HttpSource {
  readonly source: "http";
  readonly path: string;
}

export interface FilesSpec {
  readonly format?: FileFormat;
  readonly header?: boolean;
  readonly delimiter?: string;
  readonly follow?: boolean;
  readonly zone?: string;
  readonly join?: boolean;
}

/**
 * Reads files: `files("orders/*.csv")`, `files("events", { format: "ndjson" })`; `files("*.log", { follow: true })`
 * reads on as they grow. Throws `PROGRAM` for an empty
 * pattern.
 */
export function files(pattern: string, spec: FilesSpec = {}): FilesSource {
  if (pattern === "") throw new MillraceError("PROGRAM", "files() needs a path, a folder or a pattern");
  if (spec.format !== undefined && !FILE_FORMATS.includes(spec.format))
    throw new MillraceError("PROGRAM", `files("${pattern}", …): there is no format "${String(spec.format)}"`, {
      hint: suggest(String(spec.format), FILE_FORMATS),
    });
  if (spec.zone !== undefined) zoneMinutesOf(spec.zone);
  return Object.freeze({ source: "files", pattern, ...spec });
}

/** Minutes that a zone such as "+02:00" is ahead of UTC. Throws `PROGRAM` for any other text. */
export function zoneMinutesOf(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])([01]\d|2[0-3]):([0-5]\d)$/.exec(zone === "Z" ? "+00:00" : zone) ?? [];
  if (sign === undefined)
    throw new MillraceError("PROGRAM", `"${zone}" is no zone: it is written as hours and minutes, "+02:00", or "Z"`);
  return (sign === "-" ? -1 : 1) * (60 * Number(hours) + Number(minutes));
}

/**
 * Takes rows over HTTP: `http({ path: "/ingest/orders" })`. Throws `PROGRAM` for a path that does not begin with "/".
 */
export function http(spec: { readonly path: string }): HttpSource {
  if (!/^\/[\w\-./~]*$/.test(spec.path))
    throw new MillraceError(
      "PROGRAM",
      `http({ path: ${JSON.stringify(spec.path)} }): the path begins with "/" and has letters, digits, - _ . ~ /`,
    );
  return Object.freeze({ source: "http", path: spec.path });
}

export const FORMATS_HINT =
  "Names that end in .ndjson, .jsonl, .json, .log, .csv, .tsv (also with .gz or .zst behind) or .parquet are read; for others " +
  `the program says the format: files(…, { format: "ndjson" }); there are ${FILE_FORMATS.join(", ")}.`;

/**
 * The format a file name tells, null when it tells none. A .gz or .zst behind it is looked through, and what rotation
 * puts there (app.log.1, app.log-20260101).
 */
export function formatOf(path: string): FileFormat | null {
  if (/\.parquet$/i.test(path)) return "parquet";
  const match = /\.(ndjson|jsonl|json|log|csv|tsv)(?:[.-]\d[\d-]*)?(?:\.gz|\.zst)?$/i.exec(path);
  if (match === null) return null;
  return /^[ct]sv$/i.test(match[1] as string) ? "csv" : "ndjson";
}
