/** Hostile chunks: whatever the bytes, a batch comes back or a `CORRUPT` error, in little time and memory. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 } from "node:zlib";
import { MillraceError } from "../base/errors.js";
import { Random } from "../base/random.js";
import { field } from "../schema/column-type.js";
import type { Batch } from "./batch.js";
import { batchOf } from "./build.js";
import { decodeChunk, encodeChunk, readChunkHeader, verifyChunk } from "./chunk-codec.js";
import { CHUNK_PREFIX_BYTES, chunkSizes, headerCrc } from "./chunk-format.js";
import { attributesOf, openHeader } from "./chunk-header.js";
import { rowsOf } from "./read.js";

const ROUNDS = 4000 * Number(process.env["MILLRACE_RUNS"] ?? 1);
const SEED = Number(process.env["MILLRACE_SEED"] ?? 20_260_101);

const schema = {
  fields: [
    field("t", { kind: "timestamp" }),
    field("n", { kind: "int32" }, true),
    field("f", { kind: "float64" }, true),
    field("s", { kind: "string" }, true),
    field("p", { kind: "string" }),
    field("d", { kind: "decimal", precision: 20, scale: 2 }),
    field("bytes", { kind: "binary" }),
    field("flag", { kind: "bool" }),
    field("tags", { kind: "list", item: field("item", { kind: "string" }, true) }, true),
    field("at", { kind: "struct", fields: [field("x", { kind: "int" }), field("y", { kind: "string" })] }, true),
    field("rest", { kind: "open" }),
  ],
};

function seedBatch(count: number): Batch {
  const rows = Array.from({ length: count }, (_, i) => ({
    t: 1_690_000_000_000 + i * 37,
    n: i % 5 === 0 ? null : i * i,
    f: i % 7 === 0 ? null : i / 3,
    s: i % 4 === 0 ? null : `s${i % 9}`,
    p: `a value of its own, ${i}`,
    d: `${i}.5`,
    bytes: Buffer.from(`b${i}`),
    flag: i % 2 === 0,
    tags: i % 3 === 0 ? null : ["x", null, `y${i % 4}`],
    at: i % 6 === 0 ? null : { x: i, y: `z${i % 3}` },
    rest: { [`k${i % 5}`]: i, note: `n${i % 2}` },
  }));
  return batchOf(schema, rows);
}

/** What a reader may do with a chunk; bugs show as errors of another kind. */
function use(bytes: Uint8Array): boolean {
  try {
    readChunkHeader(bytes);
    const batch = decodeChunk(bytes, schema);
    if (batch.length <= 2000) rowsOf(batch);
    encodeChunk(batch.length <= 2000 ? batch : batchOf(schema, []));
    return true;
  } catch (error) {
    if (error instanceof MillraceError && error.code === "CORRUPT") return false;
    // A list kept as JSON text is parsed where it is read: that is not the decoder's business.
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function mutate(bytes: Uint8Array, random: Random, from: number, to: number): void {
  for (let k = random.int(1, 3); k > 0; k--) {
    const at = random.int(from, to - 1);
    const byte = bytes[at] as number;
    bytes[at] = random.pick([byte ^ (1 << random.int(0, 7)), 0, 255, 127, byte + 1, byte - 1, random.int(0, 255)]);
  }
}

test("any change of a byte is found", () => {
  const chunk = encodeChunk(seedBatch(40));
  const random = new Random(SEED);
  for (let round = 0; round < 500; round++) {
    const bytes = chunk.slice();
    const at = random.int(0, bytes.length - 1);
    bytes[at] = (bytes[at] as number) ^ (1 << random.int(0, 7));
    assert.throws(() => verifyChunk(bytes), { code: "CORRUPT" });
  }
  for (let size = 0; size < chunk.length; size += 7)
    assert.throws(() => decodeChunk(chunk.subarray(0, size), schema), { code: "CORRUPT" });
});

test("with checksums made right, a changed header gives a batch or CORRUPT", () => {
  const seeds = [0, 1, 40, 700].map((count) => encodeChunk(seedBatch(count)));
  const random = new Random(SEED);
  let read = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = random.pick(seeds).slice();
    mutate(bytes, random, round % 4 === 0 ? 4 : CHUNK_PREFIX_BYTES, chunkSizes(bytes).headerBytes);
    restoreHeaderCrc(bytes);
    if (use(bytes)) read++;
  }
  assert.ok(read > 0 && read < ROUNDS);
});

test("with checksums made right, changed columns give a batch or CORRUPT", () => {
  const seeds = [1, 40, 700].map((count) => encodeChunk(seedBatch(count)));
  const random = new Random(SEED + 1);
  let read = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = random.pick(seeds).slice();
    const { headerBytes } = chunkSizes(bytes);
    const before = sections(bytes);
    mutate(bytes, random, headerBytes, bytes.length);
    if (round % 2 === 0) mutate(bytes, random, CHUNK_PREFIX_BYTES, headerBytes);
    for (const { from, to, crc } of before)
      replaceCrc(bytes.subarray(0, headerBytes), crc, crc32(bytes.subarray(from, to)));
    restoreHeaderCrc(bytes);
    if (use(bytes)) read++;
  }
  assert.ok(read > 0 && read < ROUNDS);
});

test("random bytes behind a right prefix are CORRUPT", () => {
  const random = new Random(SEED + 2);
  for (let round = 0; round < 500; round++) {
    const bytes = encodeChunk(seedBatch(1));
    for (let at = CHUNK_PREFIX_BYTES; at < bytes.length; at++) bytes[at] = random.int(0, 255);
    restoreHeaderCrc(bytes);
    assert.equal(use(bytes), false);
  }
});

function restoreHeaderCrc(bytes: Uint8Array): void {
  const size = new DataView(bytes.buffer).getUint32(8, true);
  new DataView(bytes.buffer).setUint32(28, headerCrc(bytes.subarray(0, Math.min(size, bytes.length))), true);
}

function sections(bytes: Uint8Array): { from: number; to: number; crc: number }[] {
  return openHeader(bytes).columns.flatMap(({ from, to, entry }) =>
    entry.isOpen
      ? [...attributesOf(entry.reader, from, to)].map((a) => ({ from: a.from, to: a.to, crc: a.part.crc }))
      : [{ from, to, crc: entry.part.crc }],
  );
}

function replaceCrc(header: Uint8Array, before: number, after: number): void {
  const old = Buffer.alloc(4);
  old.writeUInt32LE(before);
  const at = Buffer.from(header.buffer, header.byteOffset, header.length).indexOf(old, CHUNK_PREFIX_BYTES);
  if (at >= 0) new DataView(header.buffer, header.byteOffset).setUint32(at, after, true);
}
