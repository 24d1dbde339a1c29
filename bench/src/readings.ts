/** Made-up readings as batches, by formulas that DuckDB and a hand-written loop can repeat. */
import type { Embedded } from "millrace";
import type { Batch } from "millrace/unstable";

export const BATCH_ROWS = 65_536;
export const STEP_MS = 1;
export const STARTED_MS = Date.UTC(2025, 0, 1);
export const KEYS = 1000;
const WORD = 4_294_967_296;

/** key: Int32Array, value: Float64Array, at: int64 words of epoch ms. */
export interface Readings {
  readonly length: number;
  readonly at: Int32Array;
  readonly key: Int32Array;
  readonly value: Float64Array;
}

export function keyOf(row: number): number {
  return (row * 7919) % KEYS;
}

export function readingValue(row: number): number {
  return (row * 31) % 10_007;
}

/** Rows `from` up to `to`, in pieces of `BATCH_ROWS`. */
export function* readings(from: number, to: number): Generator<Readings> {
  for (let begin = from; begin < to; begin += BATCH_ROWS) {
    const length = Math.min(BATCH_ROWS, to - begin);
    const at = new Int32Array(2 * length);
    const key = new Int32Array(length);
    const value = new Float64Array(length);
    for (let i = 0; i < length; i++) {
      const time = STARTED_MS + (begin + i) * STEP_MS;
      at[2 * i] = time % WORD;
      at[2 * i + 1] = Math.floor(time / WORD);
      key[i] = keyOf(begin + i);
      value[i] = readingValue(begin + i);
    }
    yield { length, at, key, value };
  }
}

/** Puts rows `from` up to `to` into a stream whose columns are at and some of key and value; batches take turns over its partitions. */
export async function pushReadings(program: Embedded, stream: string, from: number, to: number): Promise<void> {
  const input = program.runtime.input(stream);
  let partition = 0;
  for (const piece of readings(from, to)) {
    await program.runtime.take(input, batchOf(input.declared, piece), [], { source: "bench", partition });
    partition = (partition + 1) % input.partitions;
  }
}

function batchOf(schema: Batch["schema"], { length, at, key, value }: Readings): Batch {
  const base = { length, validity: null };
  const vectors: Readonly<Record<string, Batch["columns"][number]>> = {
    at: { kind: "int64", ...base, words: at },
    key: { kind: "int32", ...base, values: key },
    value: { kind: "float64", ...base, values: value },
  };
  const columns = schema.fields.map(({ name }) => {
    const vector = vectors[name];
    if (vector === undefined) throw new Error(`readings have no column "${name}"`);
    return vector;
  });
  return { schema, length, columns };
}
