/** Zstandard by hand-made frames and by what the reference implementation wrote; cut, crafted and random bytes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { WINDOW_BYTES_MAX, ZstdUnpacker } from "./zstd.js";

/** 300 lines {"n":k}, packed by zstd 1.5 at level 19, with a checksum. */
const GOLDEN = Buffer.from(
  "KLUv/WRKClUNAPYxWRKwpdBizJok5Ux2d/dO65EMBwJfAE0ATQAheGdXRzcnF/d54c7MysjGxMI2LdiVVRXVlFTUZYU6MioiGhIKmqRANzY1NDMyMY8T5sSkhGREJGRRglxYVFBMSEQcRojbrulZjt/Dp1mSoxiuBs+KRmIFAwFgEDAQCCSRQwoZ5KRkIG+0sUYaZ5QxxkfHMJ5oYokkjihiiIuKQbzQwgopnFDCCA8NQ3hrW0s7Kxv7umFPTUtJR0VDVzXoBS1YQQpOUIIRPGgwR3xsHOJ7+3r6efn43w9/bl5OPi4evuvBL2zhClN4whKO8GHDIXynnXXSOaeccX56hvNMM8skc0wxw9zUDOaVVlZJ5ZRSRnlpGcojjayCgbvtrpvuueWO+9s73GebXTbZY4sd9rZ2sK+2umqqp5Y66mvrUB9tdNFEDy100NPSgb7Z5pppnlnmmJ+dw3yyySWTPLLIIS8rB/liiyumeGKJgSuoETBQfjPxMwYRJAT8Afn//////////////////////7stEMIQQkhCCEIIIYRwCCGEEKIQAioxAAAAAMA8AQG1CqX5vO4=",
  "base64",
);
const LINES = Array.from({ length: 300 }, (_, k) => `{"n":${k}}\n`).join("");

type BlockType = "stored" | "repeated";

/** A frame with a window of so many bytes (a power of two from 1024 on) and blocks as they are given. */
function frame(window: number, ...blocks: readonly (readonly [BlockType, Buffer, number?])[]): Buffer {
  const parts = blocks.map(([type, bytes, times], k) => {
    const size = type === "repeated" ? (times ?? 1) : bytes.length;
    const head = Buffer.alloc(3);
    head.writeUIntLE((size << 3) | (type === "repeated" ? 2 : 0) | (k === blocks.length - 1 ? 1 : 0), 0, 3);
    return Buffer.concat([head, bytes]);
  });
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, (Math.log2(window) - 10) << 3]), ...parts]);
}
const stored = (text: string): Buffer => frame(1 << 17, ["stored", Buffer.from(text)]);
const skippable = (bytes: number): Buffer =>
  Buffer.concat([Buffer.from([0x53, 0x2a, 0x4d, 0x18, bytes, 0, 0, 0]), Buffer.alloc(bytes, 7)]);

/** Pushed in pieces; the largest answer, too. */
function unpack(raw: Buffer, piece = raw.length): { bytes: Buffer; largest: number } {
  const unpacker = new ZstdUnpacker();
  const parts: Buffer[] = [];
  let largest = 0;
  const drain = (): void => {
    for (let some = unpacker.next(); some.length > 0; some = unpacker.next()) {
      parts.push(...some);
      largest = Math.max(
        largest,
        some.reduce((sum, part) => sum + part.length, 0),
      );
    }
  };
  for (let at = 0; at < raw.length; at += piece) {
    unpacker.push(raw.subarray(at, at + piece));
    drain();
  }
  unpacker.push(Buffer.alloc(0));
  drain();
  return { bytes: Buffer.concat(parts), largest };
}

for (const piece of [1, 2, 7, 100, 1000])
  test(`pushed ${piece} bytes at a time: several frames, skippable and empty ones between them`, () => {
    const raw = Buffer.concat([
      skippable(20),
      stored("short"),
      frame(1024, ["stored", Buffer.alloc(0)]),
      GOLDEN,
      skippable(0),
      frame(1024, ["repeated", Buffer.from("x"), 500], ["stored", Buffer.from("end\n")]),
      GOLDEN,
    ]);
    assert.equal(unpack(raw, piece).bytes.toString(), `short${LINES}${"x".repeat(500)}end\n${LINES}`);
  });

test("cut anywhere it says so, but at the end of a frame", () => {
  for (let length = 1; length < GOLDEN.length; length++)
    assert.throws(() => unpack(GOLDEN.subarray(0, length)), /unexpected end|malformed|something else/);
  assert.equal(unpack(Buffer.concat([GOLDEN, GOLDEN]).subarray(0, GOLDEN.length)).bytes.toString(), LINES);
});

test("a window beyond the limit, a dictionary, something behind a frame", () => {
  assert.throws(
    () => unpack(frame(2 * WINDOW_BYTES_MAX, ["stored", Buffer.from("x")])),
    /needs 268435456 bytes to look/,
  );
  const dictionary = stored("x");
  dictionary[4] = 1;
  assert.throws(() => unpack(Buffer.concat([dictionary, Buffer.alloc(20)])), /packed with a dictionary/);
  assert.throws(
    () => unpack(Buffer.concat([GOLDEN, Buffer.from("plain text behind")])),
    /something else behind a frame/,
  );
});

test("a crafted frame that swells thirty thousandfold is given a piece at a time", () => {
  const blocks = Array.from({ length: 400 }, () => ["repeated", Buffer.from("a"), 128 << 10] as const);
  const { bytes, largest } = unpack(frame(1 << 17, ...blocks));
  assert.equal(bytes.length, 400 * (128 << 10));
  assert.ok(largest <= (1 << 20) + (128 << 10), `${largest} bytes at once`);
});

test("random and mutated bytes give bytes or an error, in bounded size", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }).map((tail) => Buffer.concat([GOLDEN.subarray(0, 4), tail])),
        fc.array(fc.tuple(fc.nat(GOLDEN.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 }).map((changes) => {
          const bytes = Buffer.from(GOLDEN);
          for (const [at, value] of changes) bytes[at] = value;
          return bytes;
        }),
      ),
      fc.integer({ min: 1, max: 300 }),
      (raw, piece) => {
        // Windows are made when a frame begins: large ones would only make the test slow.
        if (raw.length > 5 && ((raw[4] as number) & 0x20 || (raw[5] as number) >> 3 > 10)) return;
        try {
          unpack(raw, piece);
        } catch (error) {
          assert.ok(error instanceof Error && !(error instanceof assert.AssertionError));
        }
      },
    ),
    { numRuns: Number(process.env.MILLRACE_RUNS ?? 300) },
  );
});
