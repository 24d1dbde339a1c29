/**
 * Parquet files: row group by row group, only the columns that the event type has (all, where it has an open one).
 *
 *   footer ──> columns checked once ──> row group ──> rows ──> typed-rows.ts
 *
 * A place in the file is a number of rows. Values are exact: int64 and decimals keep all digits, times keep their
 * nanoseconds. A row group is in memory as a whole, as its writer had it; one that says it has more than
 * GROUP_BYTES_MAX is refused.
 */
import { open } from "node:fs/promises";
import { resolve } from "node:path";
import type { AsyncBuffer, FileMetaData, SchemaElement } from "hyparquet";
import { parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { Decimal } from "../base/decimal.js";
import { MillraceError } from "../base/errors.js";
import type { ColumnType, Field, Schema } from "../schema/column-type.js";
import type { Decoded, DecoderCounts } from "./decoder.js";
import type { ReadFilesOptions, ResumeAt } from "./file-reading.js";
import { unreadable } from "./glob.js";
import { checkColumns, TypedRows } from "./typed-rows.js";

const GROUP_BYTES_MAX = 1 << 30;

export class ParquetReading {
  position: number;
  line: number;
  readonly unfinished = 0;
  readonly #file: string;
  readonly #asked: ReadFilesOptions;
  readonly #from: ResumeAt;
  readonly #rows: TypedRows;

  constructor(file: string, options: ReadFilesOptions, from: ResumeAt) {
    this.#file = file;
    this.#asked = options;
    this.#from = from;
    this.position = from.position;
    this.line = from.position;
    const { schema, rowsMax } = options;
    this.#rows = new TypedRows({ schema, file, row: from.position, ...(rowsMax === undefined ? {} : { rowsMax }) });
  }

  get counts(): DecoderCounts {
    return { ...this.#rows.counts };
  }

  async *batches(): AsyncGenerator<Decoded> {
    const path = resolve(this.#asked.root ?? ".", this.#file);
    const handle = await open(path, "r").catch((cause: unknown) => {
      throw unreadable(this.#file, cause);
    });
    try {
      const { size } = await handle.stat();
      const file: AsyncBuffer = {
        byteLength: size,
        // Never rejects: the library holds several of these at once, and would leave some without a taker.
        async slice(start, end = size) {
          if (!(start >= 0 && start <= end && end <= size)) return new ArrayBuffer(0);
          const bytes = new ArrayBuffer(end - start);
          const taken = await handle.read(new Uint8Array(bytes), 0, end - start, start).catch(() => null);
          return taken?.bytesRead === end - start ? bytes : new ArrayBuffer(0);
        },
      };
      yield* this.#read(file, size);
    } catch (error) {
      throw error instanceof MillraceError ? error : this.#damaged((error as Error).message, error);
    } finally {
      await handle.close();
    }
  }

  async *#read(file: AsyncBuffer, size: number): AsyncGenerator<Decoded> {
    const told = await parquetMetadataAsync(file, { geoparquet: false });
    const columns = columnsOf(told, this.#file, this.#asked.schema);
    const wanted = this.#wanted(columns);
    const schema = { fields: wanted.map(({ field }) => field) };
    checkColumns(`"${this.#file}"`, schema, this.#asked.schema);
    const metadata = withoutDecimals(told);
    let first = 0;
    for (const group of metadata.row_groups) {
      const behind = first + Number(group.num_rows);
      if (Number(group.total_byte_size) > GROUP_BYTES_MAX)
        throw new MillraceError(
          "LIMIT",
          `"${this.#file}" has a row group of ${group.total_byte_size} bytes, at most ${GROUP_BYTES_MAX} are read`,
          {
            hint: "Write it with smaller row groups.",
          },
        );
      if (behind > this.#from.position) {
        const rows = await parquetReadObjects({
          file,
          metadata,
          rowStart: Math.max(first, this.#from.position),
          rowEnd: behind,
          columns: wanted.map(({ field }) => field.name),
          compressors,
          parsers: PARSERS,
          utf8: false,
          geoparquet: false,
        });
        for (const row of rows) {
          for (const { field, exact } of wanted) row[field.name] = exact(row[field.name]);
          yield* this.#counted(this.#rows.row(schema, row));
          // The batch that is read again ends where it did before.
          if (this.#rows.counts.lines + this.#from.position === this.#from.until)
            yield* this.#counted(this.#rows.flush());
        }
        this.#asked.onProgress?.({
          file: this.#file,
          bytesRead: Math.round((size * behind) / Number(metadata.num_rows)),
          bytesTotal: size,
        });
      }
      first = behind;
    }
    if (first < Math.max(this.#from.until ?? 0, this.#from.position))
      throw this.#damaged(`it has ${first} rows, fewer than were read from it before`);
    yield* this.#counted(this.#rows.flush());
  }

  *#counted(parts: Iterable<Decoded>): Generator<Decoded> {
    for (const decoded of parts) {
      this.position = decoded.position;
      this.line = decoded.line;
      yield decoded;
    }
  }

  #wanted(columns: readonly Column[]): readonly Column[] {
    const { fields } = this.#asked.schema;
    if (fields.some(({ type }) => type.kind === "open")) return columns;
    const names = new Set(fields.flatMap((f) => [f.name, ...f.from].map((name) => name.split(".")[0])));
    return columns.filter(({ field }) => names.has(field.name) || fields.some((f) => f.from.includes(field.name)));
  }

  #damaged(reason: string, cause?: unknown): MillraceError {
    return new MillraceError("CORRUPT", `"${this.#file}" can't be read as Parquet: ${reason}`, {
      hint: "It is damaged or cut off. Get the file again.",
      at: this.#file,
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

interface Column {
  readonly field: Field;
  /** Of a value as the library gives it, the exact one. */
  readonly exact: (value: unknown) => unknown;
}

/** Times come as nanoseconds, JSON as its text. */
const PARSERS = {
  jsonFromBytes: (bytes: Uint8Array) => Buffer.from(bytes).toString(),
  timestampFromMilliseconds: (millis: bigint) => millis * 1_000_000n,
  timestampFromMicroseconds: (micros: bigint) => micros * 1000n,
  timestampFromNanoseconds: (nanos: bigint) => nanos,
  dateFromDays: (days: number) => BigInt(days) * 86_400_000_000_000n,
};

function columnsOf({ schema }: FileMetaData, file: string, declared: Schema): readonly Column[] {
  const root = schema[0];
  if (root === undefined) return [];
  const columns: Column[] = [];
  for (let at = 1, left = root.num_children ?? 0; left > 0; left--) {
    const element = schema[at] as SchemaElement;
    const next = behind(schema, at);
    columns.push(columnOf(element, schema.slice(at + 1, next), file, declared));
    at = next;
  }
  return columns;
}

/** Behind an element and all that is within it. */
function behind(schema: readonly SchemaElement[], at: number): number {
  let next = at + 1;
  for (let left = schema[at]?.num_children ?? 0; left > 0 && next < schema.length; left--) next = behind(schema, next);
  return next;
}

function columnOf(element: SchemaElement, within: readonly SchemaElement[], file: string, declared: Schema): Column {
  const { name, repetition_type: repetition } = element;
  const field = (type: ColumnType): Field => ({ name, type, nullable: repetition !== "REQUIRED", from: [] });
  if (within.length > 0 || repetition === "REPEATED") {
    if ([element, ...within].some(isDecimal))
      throw new MillraceError("DECODE", `"${file}": column "${name}": decimals within lists and structs are not read`);
    // Checked value by value: the event type's own column says what is within.
    return { field: field({ kind: "open" }), exact: nested };
  }
  const decimal = isDecimal(element) ? decimalOf(element) : null;
  if (decimal !== null) {
    const { scale } = decimal;
    return {
      field: field({ kind: "decimal", ...decimal }),
      exact: (value) => (value == null ? null : new Decimal(unscaled(value), scale)),
    };
  }
  // Old writers did not say what is text: there the event type says it.
  const asText = declared.fields.some((f) => (f.name === name || f.from.includes(name)) && f.type.kind !== "binary");
  const type = typeOf(element, asText);
  return { field: field(type), exact: exactOf(type) };
}

function isDecimal({ converted_type, logical_type }: SchemaElement): boolean {
  return converted_type === "DECIMAL" || logical_type?.type === "DECIMAL";
}

function decimalOf({ precision, scale, logical_type }: SchemaElement): { precision: number; scale: number } {
  const logical = logical_type as { precision?: number; scale?: number } | undefined;
  return { precision: precision ?? logical?.precision ?? 38, scale: scale ?? logical?.scale ?? 0 };
}

function typeOf(
  { type, converted_type: converted, logical_type: logical }: SchemaElement,
  asText: boolean,
): ColumnType {
  const text =
    converted === "UTF8" ||
    converted === "ENUM" ||
    converted === "JSON" ||
    ["STRING", "ENUM", "JSON", "UUID"].includes(logical?.type ?? "");
  const time =
    type === "INT96" || converted === "TIMESTAMP_MILLIS" || converted === "TIMESTAMP_MICROS" || converted === "DATE";
  if (time || logical?.type === "TIMESTAMP" || logical?.type === "DATE") return { kind: "timestampNs" };
  switch (type) {
    case "BOOLEAN":
      return { kind: "bool" };
    case "INT32":
      return { kind: converted === "UINT_32" ? "int" : "int32" };
    case "INT64":
      return converted === "UINT_64" ? { kind: "decimal", precision: 20, scale: 0 } : { kind: "int64" };
    case "FLOAT":
    case "DOUBLE":
      return { kind: "float64" };
    default:
      return text || (type === "BYTE_ARRAY" && asText) ? { kind: "string" } : { kind: "binary" };
  }
}

function exactOf({ kind }: ColumnType): (value: unknown) => unknown {
  if (kind === "decimal") return (value) => (value == null ? null : new Decimal(BigInt(value as bigint), 0));
  if (kind === "string")
    return (value) => (value instanceof Uint8Array ? Buffer.from(value).toString() : (value ?? null));
  if (kind === "int64") return (value) => (value == null ? null : BigInt(value as bigint));
  return (value) => value ?? null;
}

/** As JSON has it. */
function nested(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(nested);
  if (typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, nested(inner)]));
  return value;
}

/** The library rounds decimals to numbers; without the word for them it gives what is stored. */
function withoutDecimals(metadata: FileMetaData): FileMetaData {
  const schema = metadata.schema.map((element) => {
    if (!isDecimal(element)) return element;
    const { converted_type: _converted, logical_type: _logical, ...plain } = element;
    return plain as SchemaElement;
  });
  return { ...metadata, schema };
}

function unscaled(value: unknown): bigint {
  if (typeof value === "number" || typeof value === "bigint") return BigInt(value);
  const bytes = value as Uint8Array;
  return bytes.length === 0 ? 0n : BigInt.asIntN(8 * bytes.length, BigInt(`0x${Buffer.from(bytes).toString("hex")}`));
}
