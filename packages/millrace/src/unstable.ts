/** Parts below the public API, for benches and tools: names and shapes change without notice. */
export type { Batch } from "./batch/batch.js";
export { makeBatch } from "./batch/batch.js";
export type { Vector } from "./batch/vector.js";
export { setInt64Number } from "./batch/vector.js";
export { schemaOf } from "./schema/builder.js";
export type { Decoder } from "./source/decoder.js";
export { ndjsonDecoder } from "./source/ndjson.js";
