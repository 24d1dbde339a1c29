/**
 * Batches to stored chunks and back. The bytes are described in chunk-format.ts and chunk-encode.ts.
 *
 *   encode: for each column  vector -> narrowed, perhaps compressed buffers + node;  then statistics, header, checksums
 *   decode: header -> only the sections asked for: checksum, buffers -> vector
 *
 * The same rows give the same bytes, whatever views and dictionaries they came in, except that what repeats little may
 * be plain in one batch and a dictionary in another.
 */
import { assert, MillraceError } from "../base/errors.js";
import type { Field, Schema } from "../schema/column-type.js";
import type { Batch } from "./batch.js";
import { makeBatch } from "./batch.js";
import { ByteWriter } from "./chunk-bytes.js";
import { DecodeBudget, decodeNode, decodeRows, SectionReader } from "./chunk-decode.js";
import { encodeNode, encodeRows, exact, SectionWriter } from "./chunk-encode.js";
import * as format from "./chunk-format.js";
import type { FoundAttribute, FoundColumn, Part } from "./chunk-header.js";
import { attributesOf, checkSection, checkWhole, openHeader } from "./chunk-header.js";
import type { ColumnStats } from "./chunk-stats.js";
import { attributeStats, statsOf, writeStats } from "./chunk-stats.js";
import { compareAttributes } from "./concat.js";
import { absentVector } from "./null-vector.js";
import type { OpenAttribute, OpenVector, Vector } from "./vector.js";

export {
  type ChunkHeader,
  openNames,
  readChunkHeader,
  verifyChunk,
} from "./chunk-header.js";

/** The stored form of a batch, owned by the caller. Throws `LIMIT` for more than 4 Mi rows, 65,535 columns or 2 GiB. */
export function encodeChunk(batch: Batch): Uint8Array<ArrayBuffer> {
  const { fields } = batch.schema;
  if (batch.length > format.CHUNK_ROWS_MAX)
    throw tooLarge(`${batch.length} rows; a chunk has at most ${format.CHUNK_ROWS_MAX}`);
  if (fields.length > 0xffff) throw tooLarge(`${fields.length} columns; a chunk has at most 65535`);
  const header = new ByteWriter();
  header.raw(new Uint8Array(format.CHUNK_PREFIX_BYTES));
  const sections: SectionWriter[] = [];
  for (let k = 0; k < fields.length; k++)
    encodeColumn(header, sections, fields[k] as Field, batch.columns[k] as Vector);
  const headerBytes = format.align8(header.length);
  const chunkBytes = sections.reduce((sum, section) => sum + section.bytes, headerBytes);
  if (chunkBytes > 0x7fffffff) throw tooLarge(`${chunkBytes} bytes; a chunk has at most 2 GiB`);
  const out = new Uint8Array(chunkBytes);
  out.set(header.bytes());
  const view = new DataView(out.buffer);
  view.setUint32(0, format.CHUNK_MAGIC, true);
  view.setUint16(4, format.CHUNK_VERSION, true);
  view.setUint16(6, fields.length, true);
  view.setUint32(8, headerBytes, true);
  view.setUint32(12, batch.length, true);
  view.setUint32(16, chunkBytes, true);
  view.setUint32(28, format.headerCrc(out.subarray(0, headerBytes)), true);
  let at = headerBytes;
  for (const section of sections) {
    section.copyTo(out, at);
    at += section.bytes;
  }
  return out;
}

/**
 * The rows of a chunk under `schema`, which may have grown since: a column that the chunk does not have is its default
 * or null; one stored narrower (int32) or otherwise compatible is widened; one that `schema` does not have is left out.
 *
 * @param columns decode only these; the batch then has the schema of just these columns, in the schema's order. Null is all.
 * @param attributes of an open column, decode only the attributes of these names. Null is all.
 *
 * Buffers that were stored as they are in memory are views of `bytes`, which must not change afterwards; where `bytes`
 * does not begin at a multiple of 8, columns are copied first. Throws `CORRUPT`, naming what is wrong, for bytes that
 * are not a whole and sound chunk, and never allocates more than 256 MiB + 32 times their length. Only the sections
 * decoded have their checksums looked at.
 */
export function decodeChunk(
  bytes: Uint8Array,
  schema: Schema,
  columns: readonly string[] | null = null,
  attributes: readonly string[] | null = null,
): Batch {
  const projected = columns === null ? schema : projectedSchema(schema, columns);
  const wanted = new Set(projected.fields.map((f) => f.name));
  const header = openHeader(bytes, (name) => wanted.has(name));
  checkWhole(bytes, header);
  const found = new Map(header.columns.map((column) => [column.name, column]));
  const budget = new DecodeBudget(bytes.length);
  const names = attributes === null ? null : new Set(attributes);
  const vectors = projected.fields.map((f) => {
    const column = found.get(f.name);
    if (column !== undefined) return named(f.name, () => decodeColumn(bytes, column, f, header.rows, names, budget));
    budget.use(header.rows * 17);
    return absentVector(f, header.rows);
  });
  return makeBatch(projected, vectors, header.rows);
}

/** The schema of just these columns, in the schema's order; a name that it does not have is a bug of the caller. */
export function projectedSchema(schema: Schema, columns: readonly string[]): Schema {
  const wanted = new Set(columns);
  const fields = schema.fields.filter((f) => wanted.has(f.name));
  assert(fields.length === wanted.size, `no such column among ${columns.join(", ")}`);
  return { fields };
}

function encodeColumn(header: ByteWriter, sections: SectionWriter[], f: Field, vector: Vector): void {
  const entry = new ByteWriter();
  let bytes = 0;
  if (vector.kind === "open") {
    entry.u8(1);
    entry.v(vector.attributes.length);
    for (const attribute of vector.attributes) {
      const section = encodeAttribute(entry, attribute);
      sections.push(section);
      bytes += section.bytes;
    }
  } else {
    entry.u8(0);
    const section = new SectionWriter();
    const stored = exact(vector);
    encodeNode(section, stored, f.type);
    writePart(entry, section, statsOf(stored, f.type, section));
    sections.push(section);
    bytes = section.bytes;
  }
  header.text(f.name);
  header.v(bytes);
  header.block(entry.bytes());
}

function encodeAttribute(entry: ByteWriter, attribute: OpenAttribute): SectionWriter {
  const type = attributeType(attribute.kind);
  const section = new SectionWriter();
  const values = exact(attribute.values);
  encodeRows(section, attribute.rows);
  encodeNode(section, values, type);
  const part = new ByteWriter();
  writePart(part, section, attributeStats(values, type, section));
  entry.text(attribute.name);
  entry.u8(format.OPEN_KINDS.indexOf(attribute.kind));
  entry.v(attribute.rows.length);
  entry.v(section.bytes);
  entry.block(part.bytes());
  return section;
}

function writePart(out: ByteWriter, section: SectionWriter, stats: ColumnStats): void {
  const written = new ByteWriter();
  writeStats(written, stats);
  out.u32(section.crc());
  out.block(written.bytes());
  out.raw(section.layout.bytes());
}

function decodeColumn(
  bytes: Uint8Array,
  column: FoundColumn,
  f: Field,
  rows: number,
  names: ReadonlySet<string> | null,
  budget: DecodeBudget,
): Vector {
  const { entry } = column;
  if (entry.isOpen !== (f.type.kind === "open")) throw format.corrupt(`an open column, or not, against the schema`);
  if (!entry.isOpen) return decodeNode(sectionOf(bytes, column, entry.part, budget), f.type, rows);
  const attributes: OpenAttribute[] = [];
  let before: FoundAttribute | null = null;
  for (const attribute of attributesOf(entry.reader, column.from, column.to)) {
    if (before !== null && !inOrder(before, attribute))
      throw format.corrupt(`attribute "${attribute.name}" is out of order`);
    before = attribute;
    if (names === null || names.has(attribute.name))
      attributes.push(named(attribute.name, () => decodeAttribute(bytes, attribute, rows, budget)));
  }
  return { kind: "open", length: rows, validity: null, attributes } satisfies OpenVector;
}

function decodeAttribute(
  bytes: Uint8Array,
  found: FoundAttribute,
  length: number,
  budget: DecodeBudget,
): OpenAttribute {
  const section = sectionOf(bytes, found, found.part, budget);
  const rows = decodeRows(section, found.rows, length);
  const values = decodeNode(section, attributeType(found.kind), found.rows);
  if (values.validity !== null) throw format.corrupt("an attribute with nulls");
  return { name: found.name, kind: found.kind, rows, values };
}

function sectionOf(
  bytes: Uint8Array,
  at: { name: string; from: number; to: number },
  part: Part,
  budget: DecodeBudget,
): SectionReader {
  const section = checkSection(bytes, at, part);
  return new SectionReader(part.node, (section.byteOffset & 7) === 0 ? section : aligned(section), budget);
}

function aligned(section: Uint8Array): Uint8Array {
  const copy = new Uint8Array(section.length);
  copy.set(section);
  return copy;
}

function inOrder(a: FoundAttribute, b: FoundAttribute): boolean {
  return compareAttributes(a, b) < 0;
}

function attributeType(kind: OpenAttribute["kind"]): Field["type"] {
  return { kind: kind === "json" ? "string" : kind };
}

/** Says in which column the trouble was. */
function named<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof MillraceError && error.code === "CORRUPT" && error.at === undefined)
      throw new MillraceError("CORRUPT", error.message, { at: `column "${name.slice(0, 100)}"`, cause: error.cause });
    throw error;
  }
}

function tooLarge(what: string): MillraceError {
  return new MillraceError("LIMIT", `a batch of ${what}`, { hint: "Cut it with sliceBatch before it is encoded." });
}
