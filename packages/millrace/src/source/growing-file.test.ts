/** Files that grow between readings, cut anywhere: nothing twice, nothing lost. Runs: MILLRACE_RUNS (default 60). */
import assert from "node:assert/strict";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { rowsOf } from "../batch/read.js";
import { schemaOf, t } from "../schema/builder.js";
import type { ReadFilesOptions, ResumeAt } from "./file-reading.js";
import type { FileOutcome } from "./files.js";
import { readFiles } from "./files.js";
import { files } from "./spec.js";

const numRuns = Number(process.env.MILLRACE_RUNS ?? 60);
const schema = schemaOf({ a: t.string(), line: t.int().from("$line"), position: t.int().from("$position") });
let root = "";
before(async () => {
  root = await mkdtemp(join(tmpdir(), "millrace-growing-"));
});
after(() => rm(root, { recursive: true, force: true }));

/** A batch as the log keeps it: where it lay in the file, and what it was. */
interface Taken {
  readonly position: number;
  readonly line: number;
  readonly what: readonly string[];
}

/** Readings of one file, each going on where the last one stopped, as ingest does it. */
class Readings {
  readonly #file: string;
  readonly #options: Partial<ReadFilesOptions>;
  readonly taken: Taken[] = [];
  bytes = Buffer.alloc(0);

  constructor(file: string, options: Partial<ReadFilesOptions> = {}) {
    this.#file = file;
    this.#options = options;
  }

  /** The file as it is now: all pieces; a .gz has each as a member. */
  async grow(piece: string | Uint8Array): Promise<void> {
    this.bytes = Buffer.concat([this.bytes, this.#file.endsWith(".gz") ? gzipSync(piece) : Buffer.from(piece)]);
    await writeFile(join(root, this.#file), this.bytes);
  }

  /** Takes in what is new; fails when the last batch does not come again as it was. */
  async read(complete: boolean): Promise<FileOutcome> {
    const last = this.taken.at(-1);
    const from = this.taken.at(-2) ?? { position: 0, line: 0 };
    const resume: ResumeAt | null =
      last === undefined ? null : { position: from.position, line: from.line, until: last.position };
    let again = last !== undefined;
    let early = false;
    const options = { ...this.#options, schema, root, complete, resume: () => resume };
    for await (const item of readFiles(files(this.#file), options)) {
      if (item.kind === "end") {
        assert.ok(!early || item.outcome.error !== null, "the batch read last ended early");
        return item.outcome;
      }
      const { batch, dead, position, line } = item.decoded;
      const what = [
        ...rowsOf(batch).map((row) => `${row.line}@${row.position} ${JSON.stringify(row.a)}`),
        ...dead.map((row) => `${row.line}@${row.position} dead ${JSON.stringify(String(Buffer.from(row.bytes)))}`),
      ];
      if (!again) this.taken.push({ position, line, what });
      else if (position < (last as Taken).position) early = true;
      else {
        assert.deepEqual({ position, line, what }, last);
        again = false;
      }
    }
    return assert.fail("no end");
  }

  get what(): string[] {
    return this.taken.flatMap(({ what }) => what);
  }
}

const ends = fc.constantFrom("\n", "\r\n");
const ndjsonLine = fc.oneof(
  fc.string({ unit: fc.constantFrom("x", "é", " "), maxLength: 6 }).map((a) => JSON.stringify({ a })),
  fc.constantFrom("", "{", "nothing", '{"a":1}', `{"a":"${"long".repeat(30)}"}`),
);
const csvLine = fc.oneof(
  fc.string({ unit: fc.constantFrom("x", "é", " "), maxLength: 6 }),
  fc.constantFrom("", '"two\nlines"', '"a\r\n\r\nb"', '"say ""so"""', '"odd"x', '"open', "one,more", "long".repeat(30)),
);
const textOf = (line: fc.Arbitrary<string>, head: string): fc.Arbitrary<string> =>
  fc.tuple(fc.array(fc.tuple(line, ends), { maxLength: 12 }), fc.boolean()).map(
    ([lines, ended]) =>
      head +
      lines
        .flat()
        .slice(0, ended ? undefined : -1)
        .join(""),
  );
const FORMATS = {
  ndjson: textOf(ndjsonLine, ""),
  csv: fc.constantFrom("a\n", "\na\r\n", '"a"\n', '"odd"x\na\n').chain((head) => textOf(csvLine, head)),
};

/** The text in pieces, cut at bytes. */
function piecesOf(text: string, cuts: readonly number[]): Buffer[] {
  const bytes = Buffer.from(text);
  const at = [0, ...cuts.map((cut) => Math.floor(cut * bytes.length)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((to, k) => bytes.subarray(at[k], to));
}
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 });
const options = fc.record({ rowsMax: fc.integer({ min: 1, max: 5 }), lineBytesMax: fc.constantFrom(50, 1 << 20) });

for (const [format, texts] of Object.entries(FORMATS))
  for (const name of [`grows.${format}`, `grows.${format}.gz`])
    test(`${name}: read as it grows, it gives what it gives when read at the end`, async () => {
      await fc.assert(
        fc.asyncProperty(texts, cuts, options, async (text, at, asked) => {
          const whole = new Readings(name, asked);
          await whole.grow(text);
          await whole.read(true);
          const growing = new Readings(name, asked);
          for (const piece of piecesOf(text, at)) {
            await growing.grow(piece);
            const { error } = await growing.read(false);
            assert.equal(error, null);
          }
          const { unfinished } = await growing.read(true);
          assert.equal(unfinished, 0);
          assert.deepEqual(growing.what.sort(), whole.what.sort());
        }),
        { numRuns },
      );
    });

/** What becomes of each line when each piece was said to be the last: as far as it had come, and its rest. */
function expected(pieces: readonly Buffer[]): string[] {
  const found: string[] = [];
  let line = 1;
  let position = 0;
  let begun = false;
  for (const piece of pieces)
    for (const part of piece.toString("latin1").match(/[^\n]*\n|[^\n]+/g) ?? []) {
      const bytes = Buffer.from(part, "latin1")
        .toString()
        .replace(/\r?\n?$/, "");
      const object = !begun && /^\{"a":("[^"]*")\}$/.exec(bytes)?.[1];
      if (object) found.push(`${line}@${position} ${object}`);
      else if (bytes.trim() !== "" || (begun && bytes !== ""))
        found.push(`${line}@${position} dead ${JSON.stringify(bytes)}`);
      begun = !part.endsWith("\n");
      position += part.length;
      if (!begun) line++;
    }
  return found;
}

test("said to be complete too early: a line is what it was then, its rest a dead row, all others as if nothing were", async () => {
  await fc.assert(
    fc.asyncProperty(FORMATS.ndjson, cuts, fc.integer({ min: 1, max: 5 }), async (text, at, rowsMax) => {
      const pieces = piecesOf(text, at);
      const readings = new Readings("early.ndjson", { rowsMax });
      for (const piece of pieces) {
        await readings.grow(piece);
        assert.equal((await readings.read(true)).error, null);
      }
      assert.deepEqual(readings.what.sort(), expected(pieces).sort());
    }),
    { numRuns },
  );
});

test("a line's end cut in two is no line, and no rest, however the file is read", async () => {
  const object = '{"a":"x"}';
  for (const complete of [false, true])
    for (const pieces of [
      [`${object}\r`, `\n${object}\n`],
      [object, `\r\n${object}\n`],
      [object, "\r", `\n${object}\n`],
    ]) {
      const readings = new Readings("crlf.ndjson");
      for (const piece of pieces) {
        await readings.grow(piece);
        await readings.read(complete);
      }
      assert.deepEqual(readings.what, ['1@0 "x"', '2@11 "x"']);
    }
});

test("a CSV record that ends in an open quote waits, and says how much there is of it", async () => {
  const readings = new Readings("open.csv");
  await readings.grow('a\none\n"two\nand ');
  assert.equal((await readings.read(false)).unfinished, 9);
  assert.deepEqual(readings.what, ['2@2 "one"']);
  await readings.grow('a half"\nthree');
  assert.equal((await readings.read(false)).unfinished, 5);
  await readings.read(true);
  assert.deepEqual(readings.what, ['2@2 "one"', '3@6 "two\\nand a half"', '5@23 "three"']);
});

test("a header taken unfinished still names the columns", async () => {
  const readings = new Readings("header.csv");
  await readings.grow("a");
  await readings.read(true);
  await readings.grow("\none\n");
  await readings.read(true);
  await readings.grow("two\n");
  await readings.read(true);
  assert.deepEqual(readings.what, ['2@2 "one"', '3@6 "two"']);
});

test("a file that has become shorter is said to be so, also within the batch that was read last", async () => {
  const readings = new Readings("shorter.ndjson", { rowsMax: 2 });
  await readings.grow('{"a":"1"}\n'.repeat(6));
  await readings.read(false);
  for (const size of [55, 35, 0]) {
    await truncate(join(root, "shorter.ndjson"), size);
    const { error } = await readings.read(false);
    assert.match(
      String(error?.message),
      new RegExp(`has ${size} decoded bytes, fewer than the 60 read from it before`),
    );
  }
});

test("a gzip member that ends where a piece of reading ends is followed by the next one", async () => {
  const readings = new Readings("members.ndjson.gz");
  const line = (size: number): string => `{"a":"${"x".repeat(size - 9)}"}\n`;
  // Stored without compression a member is 23 bytes longer than its content: 32 KiB, one piece.
  const stored = gzipSync(line((32 << 10) - 23), { level: 0 });
  assert.equal(stored.length, 32 << 10);
  readings.bytes = stored;
  await readings.grow(line(20));
  await readings.read(false);
  assert.equal(readings.what.length, 2);
});
