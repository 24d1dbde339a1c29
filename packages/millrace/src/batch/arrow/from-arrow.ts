/** Arrow IPC, ours or another writer's, to batches. See to-arrow.ts for the framing and arrow-field.ts for the types. */
import type { ColumnType, Schema } from "../../schema/column-type.js";
import type { Batch } from "../batch.js";
import { makeBatch } from "../batch.js";
import type { Vector } from "../vector.js";
import type { ArrowField } from "./arrow-field.js";
import { readSchema } from "./arrow-field.js";
import { fieldOfArrow, uniqueFields } from "./field-of-arrow.js";
import { arrowError, FlatTable } from "./flat-reader.js";
import { ARROW_ROWS_MAX, dictionaryOf, RecordReader, readColumn } from "./read-column.js";

/**
 * Schema and batches of an Arrow IPC stream or file. Columns are views of `bytes` where the layout permits, which must
 * not change afterwards.
 *
 * Taken in besides what `toArrowIpc` writes: integers of all widths (int8 to int32, uint8, uint16 as int32; uint32 as
 * int; 64 bits as int64), float32 as float64, dates and timestamps of seconds as timestamp, of microseconds as
 * timestampNs (a timestamp without zone is taken as UTC), large strings, binary and lists, fixed-size binary and lists,
 * maps as lists of structs, dictionaries of any index and value type, null columns as strings.
 *
 * Throws `DECODE`, naming the reason, for malformed bytes, for what would lose values (uint64 of 2^63 and more, times out
 * of range) and for what is not supported: delta dictionaries, compressed bodies, half floats, times of day, durations,
 * intervals, unions, views, run-end encoding, big-endian data.
 */
export function fromArrowIpc(bytes: Uint8Array): { readonly schema: Schema; readonly batches: readonly Batch[] } {
  const reader = new StreamReader();
  if (isFile(bytes)) readFile(bytes, reader);
  else readStream(bytes, reader);
  return reader.finish();
}

function isFile(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(6, bytes.length)).toString("latin1") === "ARROW1";
}

interface Message {
  readonly kind: number;
  readonly header: FlatTable;
  readonly body: Uint8Array;
  /** Where the next message begins. */
  readonly end: number;
}

function readStream(bytes: Uint8Array, reader: StreamReader): void {
  let at = 0;
  while (at < bytes.length) {
    const message = messageAt(bytes, at);
    if (message === null) return;
    reader.take(message);
    at = message.end;
  }
}

/** By the footer: some writers leave the schema out of the stream within, and messages may stand in any order. */
function readFile(bytes: Uint8Array, reader: StreamReader): void {
  const end = bytes.length - 10;
  if (end < 8 || !isFile(bytes.subarray(end + 4)))
    throw arrowError("a file that is cut off: it does not end as it begins");
  const size = new DataView(bytes.buffer, bytes.byteOffset + end, 4).getInt32(0, true);
  if (size < 8 || size > end - 8) throw arrowError(`a file with a footer of ${size} bytes`);
  const footer = FlatTable.root(bytes.subarray(end - size, end));
  const schema = footer.table(1);
  if (schema === null) throw arrowError("a file without a schema");
  reader.takeSchema(schema);
  // A block is the place, 4 bytes of size and 4 of padding, and the size of the body.
  for (const slot of [2, 3]) {
    const blocks = footer.structs(slot, 3);
    for (let k = 0; k < blocks.length; k += 3) {
      const message = messageAt(bytes, blocks[k] as number);
      if (message === null) throw arrowError("a footer that points at the end of the stream");
      reader.take(message);
    }
  }
}

/** The message at byte `at`, or null for the end of the stream. */
function messageAt(bytes: Uint8Array, at: number): Message | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Before version 0.15 there was no marker: the size stood first, and 4 bytes of zero ended the stream.
  if (at >= 0 && at + 4 === bytes.length && view.getInt32(at, true) === 0) return null;
  if (at < 0 || at + 8 > bytes.length) throw arrowError("a message is cut off");
  const from = view.getInt32(at, true) === -1 ? at + 8 : at + 4;
  const size = view.getInt32(from - 4, true);
  if (size === 0) return null;
  const bodyFrom = from + size;
  if (size < 0 || bodyFrom > bytes.length) throw arrowError(`a message of ${size} bytes is cut off`);
  const message = FlatTable.root(bytes.subarray(from, bodyFrom));
  const header = message.table(2);
  const bodyBytes = message.i64(3);
  if (header === null) throw arrowError("a message without a header");
  if (bodyBytes < 0 || bodyFrom + bodyBytes > bytes.length) throw arrowError(`a body of ${bodyBytes} bytes is cut off`);
  const end = bodyFrom + bodyBytes;
  return { kind: message.i8(1), header, body: bytes.subarray(bodyFrom, end), end };
}

interface DictionaryField {
  readonly field: ArrowField;
  readonly type: ColumnType;
}

class StreamReader {
  #schema: Schema | null = null;
  #fields: readonly ArrowField[] = [];
  readonly #dictionaryFields = new Map<number, DictionaryField>();
  readonly #dictionaries = new Map<number, Vector>();
  readonly #batches: Batch[] = [];

  take({ kind, header, body }: Message): void {
    if (kind === 1) this.takeSchema(header);
    else if (this.#schema === null) throw arrowError("the first message is not a schema");
    else if (kind === 2) this.#takeDictionary(header, body);
    else if (kind === 3) this.#takeBatch(this.#schema, header, body);
    else throw arrowError(`a message of kind ${kind}; tensors are not read`);
  }

  finish(): { readonly schema: Schema; readonly batches: readonly Batch[] } {
    if (this.#schema === null) throw arrowError("no schema: these bytes are not an IPC stream or file");
    return { schema: this.#schema, batches: this.#batches };
  }

  takeSchema(header: FlatTable): void {
    if (this.#schema !== null) throw arrowError("a second schema");
    this.#fields = readSchema(header);
    this.#schema = { fields: uniqueFields(this.#fields) };
    for (const f of this.#fields) this.#register(f);
  }

  #register(f: ArrowField): void {
    if (f.dictionary !== null) {
      const field = { ...f, dictionary: null };
      this.#dictionaryFields.set(f.dictionary.id, { field, type: fieldOfArrow(field).type });
    }
    for (const child of f.children) this.#register(child);
  }

  #takeDictionary(header: FlatTable, body: Uint8Array): void {
    const id = header.i64(0);
    const known = this.#dictionaryFields.get(id);
    if (known === undefined) throw arrowError(`dictionary ${id}, which no column has`);
    if (header.i8(2) !== 0)
      throw arrowError(`a delta of dictionary ${id}; deltas are not supported`, "Write whole dictionaries.");
    const record = header.table(1);
    if (record === null) throw arrowError(`dictionary ${id} without values`);
    this.#dictionaries.set(id, dictionaryOf(this.#record(record, body), known.field, known.type));
  }

  #takeBatch(schema: Schema, header: FlatTable, body: Uint8Array): void {
    const length = header.i64(0);
    if (length < 0 || length > ARROW_ROWS_MAX)
      throw arrowError(`a record batch of ${length} rows; at most ${ARROW_ROWS_MAX} are read`);
    const record = this.#record(header, body);
    const columns = schema.fields.map((f, k) => {
      const column = readColumn(record, this.#fields[k] as ArrowField, f.type);
      if (column.length !== length)
        throw arrowError(`column "${f.name}" has ${column.length} rows in a batch of ${length}`);
      return column;
    });
    this.#batches.push(makeBatch(schema, columns, length));
  }

  #record(record: FlatTable, body: Uint8Array): RecordReader {
    if (record.table(3) !== null)
      throw arrowError("a compressed body; compression is not supported", "Write it uncompressed.");
    return new RecordReader(record.structs(1, 2), record.structs(2, 2), body, this.#dictionaries);
  }
}
