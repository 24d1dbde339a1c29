/**
 * Batches to Arrow IPC. The buffers are those of the vectors; only offsets that do not begin at 0 and open attributes
 * are laid out anew.
 *
 *   stream  | schema | (dictionaries, record batch) … | end |
 *   file    | "ARROW1" 0 0 | stream | footer | its size | "ARROW1" |
 *   message | -1 | size of metadata | metadata | body |        each part a multiple of 8
 *
 * In a stream a dictionary that differs from the last one of its column replaces it. A file allows one dictionary a
 * column, so there all rows become one record batch.
 */
import type { Schema } from "../../schema/column-type.js";
import type { Batch } from "../batch.js";
import { align8 } from "../chunk-format.js";
import { concatBatches } from "../take.js";
import type { Vector } from "../vector.js";
import type { Dictionary } from "./arrow-body.js";
import { BodyWriter } from "./arrow-body.js";
import { writeSchema } from "./arrow-field.js";
import type { Shape } from "./arrow-shape.js";
import { shapeOf } from "./arrow-shape.js";
import type { Ref } from "./flat-writer.js";
import { FlatWriter, i8, i16, i64 } from "./flat-writer.js";

const VERSION_5 = 4;
const HEADER_SCHEMA = 1;
const HEADER_DICTIONARY = 2;
const HEADER_BATCH = 3;

interface Block {
  readonly position: number;
  readonly metadataBytes: number;
  readonly bodyBytes: number;
}

/** All batches, which have `schema`, as an Arrow IPC stream; owned by the caller. Lossless: `fromArrowIpc` gives back schema and rows. */
export function toArrowIpc(batches: readonly Batch[], schema: Schema): Uint8Array {
  const out = new MessageWriter();
  writeStream(out, batches, shapesOf(batches, schema));
  return out.finish();
}

/** As `toArrowIpc`, in the file format ("Feather 2"), as one record batch. */
export function toArrowFile(batches: readonly Batch[], schema: Schema): Uint8Array {
  const whole = batches.length === 0 ? [] : [concatBatches(batches)];
  const shapes = shapesOf(whole, schema);
  const out = new MessageWriter();
  out.raw(MAGIC_PADDED);
  const blocks = writeStream(out, whole, shapes);
  const flat = new FlatWriter();
  const fields = writeSchema(
    flat,
    shapes.map((shape) => shape.field),
  );
  const dictionaries = flat.structs(blocks.dictionaries.flatMap(blockWords), 3);
  const records = flat.structs(blocks.batches.flatMap(blockWords), 3);
  const footer = flat.finish(flat.table([i16(VERSION_5), fields, dictionaries, records]));
  out.raw(footer);
  out.raw(new Uint8Array(Int32Array.of(footer.length).buffer));
  out.raw(MAGIC_PADDED.subarray(0, 6));
  return out.finish();
}

const MAGIC_PADDED = Uint8Array.from([...Buffer.from("ARROW1"), 0, 0]);

/** A Block is int64, int32 with 4 bytes of padding, int64: as three int64. */
function blockWords({ position, metadataBytes, bodyBytes }: Block): number[] {
  return [position, metadataBytes, bodyBytes];
}

function shapesOf(batches: readonly Batch[], schema: Schema): Shape[] {
  let ids = 0;
  return schema.fields.map((f, k) =>
    shapeOf(
      f,
      batches.map((batch) => batch.columns[k] as Vector),
      () => ids++,
    ),
  );
}

function writeStream(
  out: MessageWriter,
  batches: readonly Batch[],
  shapes: readonly Shape[],
): { dictionaries: Block[]; batches: Block[] } {
  const schema = new FlatWriter();
  out.message(
    schema,
    HEADER_SCHEMA,
    writeSchema(
      schema,
      shapes.map((shape) => shape.field),
    ),
    [],
  );
  const blocks = { dictionaries: [] as Block[], batches: [] as Block[] };
  const sent = new Map<number, Vector>();
  for (const batch of batches) {
    const body = new BodyWriter();
    for (const [k, shape] of shapes.entries()) body.column(shape, batch.columns[k] as Vector);
    for (const dictionary of body.dictionaries)
      if (sent.get(dictionary.id) !== dictionary.values) {
        sent.set(dictionary.id, dictionary.values);
        blocks.dictionaries.push(writeDictionary(out, dictionary));
      }
    const flat = new FlatWriter();
    blocks.batches.push(out.message(flat, HEADER_BATCH, writeRecord(flat, batch.length, body), body.buffers));
  }
  out.end();
  return blocks;
}

function writeDictionary(out: MessageWriter, { id, values }: Dictionary): Block {
  const body = new BodyWriter();
  body.plain(values);
  const flat = new FlatWriter();
  const record = writeRecord(flat, values.length, body);
  return out.message(flat, HEADER_DICTIONARY, flat.table([i64(id), record, null]), body.buffers);
}

function writeRecord(flat: FlatWriter, length: number, body: BodyWriter): Ref {
  const nodes = flat.structs(body.nodes, 2);
  let position = 0;
  const places: number[] = [];
  for (const buffer of body.buffers) {
    places.push(position, buffer.length);
    position += align8(buffer.length);
  }
  return flat.table([i64(length), nodes, flat.structs(places, 2)]);
}

/** The parts of a stream, joined when it is finished. */
class MessageWriter {
  readonly #parts: Uint8Array[] = [];
  #bytes = 0;

  raw(part: Uint8Array): void {
    this.#parts.push(part);
    this.#bytes += part.length;
  }

  message(flat: FlatWriter, kind: number, header: Ref, buffers: readonly Uint8Array[]): Block {
    const position = this.#bytes;
    const bodyBytes = buffers.reduce((sum, buffer) => sum + align8(buffer.length), 0);
    const metadata = flat.finish(flat.table([i16(VERSION_5), i8(kind), header, i64(bodyBytes)]));
    this.raw(new Uint8Array(Int32Array.of(-1, metadata.length).buffer));
    this.raw(metadata);
    for (const buffer of buffers) {
      this.raw(buffer);
      this.raw(PADDING.subarray(0, align8(buffer.length) - buffer.length));
    }
    return { position, metadataBytes: 8 + metadata.length, bodyBytes };
  }

  end(): void {
    this.raw(new Uint8Array(Int32Array.of(-1, 0).buffer));
  }

  finish(): Uint8Array {
    const out = new Uint8Array(this.#bytes);
    let at = 0;
    for (const part of this.#parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }
}

const PADDING = new Uint8Array(8);
