/** Made-up rows for benches: a time, a key of a thousand and a number in [0, 1), 65,536 a batch. */
import type { Embedded } from "millrace";
import type { Batch } from "millrace/unstable";
import { makeBatch, setInt64Number } from "millrace/unstable";

export const BATCH_ROWS = 65_536;

export function tick(batch: number): Batch["columns"] {
  const words = new Int32Array(2 * BATCH_ROWS);
  const keys = new Int32Array(BATCH_ROWS);
  const values = new Float64Array(BATCH_ROWS);
  for (let i = 0; i < BATCH_ROWS; i++) {
    const n = batch * BATCH_ROWS + i;
    setInt64Number(words, i, 1_700_000_000_000 + n);
    keys[i] = (n * 7919) % 1000;
    values[i] = (Math.imul(n, 2_654_435_761) >>> 0) / 4_294_967_296;
  }
  const base = { length: BATCH_ROWS, validity: null } as const;
  return [
    { kind: "int64", ...base, words },
    { kind: "int32", ...base, values: keys },
    { kind: "float64", ...base, values },
  ];
}

export async function fill(program: Embedded, stream: string, batches: number): Promise<void> {
  const input = program.runtime.input(stream);
  for (let b = 0; b < batches; b++)
    await program.runtime.take(input, makeBatch(input.schema, tick(b), BATCH_ROWS), [], { source: "bench" });
}
