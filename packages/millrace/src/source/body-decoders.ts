/** Decoders of formats whose bytes must be there as a whole: Arrow IPC and Avro containers, as bodies of a bounded size. */
import { fromArrowIpc } from "../batch/arrow/from-arrow.js";
import { AvroContainer } from "./avro-container.js";
import type { Decoded, Decoder, DecoderOptions } from "./decoder.js";
import { checkColumns, TypedRows } from "./typed-rows.js";

/** An Arrow IPC stream, or file. */
export function arrowDecoder(options: DecoderOptions): Decoder {
  return new WholeDecoder(options, function* (bytes, rows) {
    const { schema, batches } = fromArrowIpc(bytes);
    checkColumns("Arrow", schema, options.schema);
    for (const batch of batches) yield* rows.batch(batch);
  });
}

/** An Avro object container file. */
export function avroDecoder(options: DecoderOptions): Decoder {
  return new WholeDecoder(options, function* (bytes, rows) {
    const container = new AvroContainer(bytes);
    checkColumns("Avro", container.schema, options.schema);
    for (const row of container.rows()) yield* rows.row(container.schema, row);
  });
}

type Decode = (bytes: Buffer, rows: TypedRows) => Generator<Decoded>;

class WholeDecoder implements Decoder {
  readonly #rows: TypedRows;
  readonly #decode: Decode;
  #parts: Buffer[] = [];
  #done: Decoded[] = [];

  constructor(options: DecoderOptions, decode: Decode) {
    this.#rows = new TypedRows(options);
    this.#decode = decode;
  }

  get counts() {
    return this.#rows.counts;
  }

  push(bytes: Uint8Array): void {
    this.#parts.push(Buffer.from(bytes));
  }

  /** Throws `DECODE` where the bytes are not what they should be: then there are no rows at all. */
  end(): void {
    const bytes = Buffer.concat(this.#parts);
    this.#parts = [];
    const done = [...this.#decode(bytes, this.#rows), ...this.#rows.flush()];
    this.#done.push(...done);
  }

  /** Nothing is known of bytes that are not all there. */
  flush(): void {}
  settle(): void {}

  take(): Decoded[] {
    const done = this.#done;
    this.#done = [];
    return done;
  }
}
