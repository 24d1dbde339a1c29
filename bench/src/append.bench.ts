/**
 * Rows durable in the log, beside bytes written to a file with fdatasync: as many as the log stores for them (their
 * encoding costs the file nothing), and the NDJSON lines they came as. Appends in turns, one at a time.
 * Ours starts from a batch in memory: event times, statistics, encoding, checksums, index, fdatasync.
 */
import type { FileHandle } from "node:fs/promises";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { embed } from "millrace";
import type { Batch } from "millrace/unstable";
import { ndjsonDecoder } from "millrace/unstable";
import eventLog from "./event-log-app.js";
import { longEvents } from "./events.js";
import { interleaved, withFolder } from "./measure.js";
import type { Bench, Result, Size } from "./result.js";
import { expectSame, rateResult } from "./result.js";

/** Events of 2 to 3 kB in one append. */
const SIZES = [100, 1000, 8000];

export const append: Bench = {
  name: "append",
  about: "durable append of a batch, beside write + fdatasync of as many bytes, and of the NDJSON they came as",
  async run(size) {
    const bytes = await longEvents(size === "tiny" ? 300 : 8000);
    const results: Result[] = [];
    for (const rows of size === "tiny" ? [100] : SIZES)
      results.push(...(await withFolder((folder) => compare(folder, bytes, rows, size))));
    return results;
  },
};

async function compare(folder: string, bytes: Buffer, rows: number, size: Size): Promise<Result[]> {
  const running = await embed(eventLog, { data: join(folder, "data") });
  const file = await open(join(folder, "plain"), "w");
  try {
    const { runtime } = running;
    const input = runtime.input("events");
    const batch = firstBatch(input.declared, bytes, rows);
    let appends = 0;
    const take = async (): Promise<void> => {
      await runtime.take(input, batch, [], { source: "bench" });
      appends++;
    };
    await take();
    const stored = storedBytes(running.runtime.log.entries("events", 0, 0, rows));
    const references = { "as many bytes": stored, "as NDJSON": bytes.subarray(0, endOfLine(bytes, batch.length)) };
    let position = 0;
    const results: Result[] = [];
    for (const [name, plain] of Object.entries(references)) {
      const seconds = await interleaved(size === "tiny" ? 2 : 60, take, async () => {
        position = await writeDurably(file, plain, position);
      });
      const compared = {
        bench: "append",
        case: `${batch.length} events, ${name} (${Math.round(plain.length / 1000)} kB)`,
        referenceName: "write + fdatasync",
      };
      results.push(rateResult(compared, "MB/s", plain.length / 1e6, seconds));
    }
    expectSame("rows in the log", runtime.log.bounds("events", 0).end, appends * batch.length);
    return results;
  } finally {
    await file.close();
    await running.close();
  }
}

function firstBatch(schema: Batch["schema"], bytes: Buffer, rowsMax: number): Batch {
  const decoder = ndjsonDecoder({ schema, rowsMax, batchBytesMax: 1 << 30 });
  decoder.push(bytes);
  decoder.end();
  const batch = decoder.take()[0]?.batch;
  if (batch === undefined) throw new Error("no batch");
  return batch;
}

/** Where the line of that number, from 1, ends. */
function endOfLine(bytes: Buffer, line: number): number {
  let end = 0;
  for (let k = 0; k < line; k++) end = bytes.indexOf(10, end) + 1;
  return end;
}

/** As many bytes as the log wrote for one append. */
function storedBytes(
  entries: readonly { readonly body: { readonly kind: string; readonly bytes?: number } }[],
): Buffer {
  const length = entries.reduce((sum, { body }) => sum + (body.bytes ?? 0), 0);
  return Buffer.alloc(length, "a line of the file beside the log\n");
}

async function writeDurably(file: FileHandle, bytes: Buffer, position: number): Promise<number> {
  await file.write(bytes, 0, bytes.length, position);
  await file.datasync();
  return position + bytes.length;
}
