import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { rowsOf } from "../batch/read.js";
import { schemaOf, t } from "../schema/builder.js";
import type { ReadFilesOptions } from "./file-reading.js";
import type { FileItem, FileOutcome } from "./files.js";
import { readFiles } from "./files.js";
import { globMatcher, naturalOrder } from "./glob.js";
import type { FilesSource } from "./spec.js";
import { files, http } from "./spec.js";

const schema = schemaOf({ n: t.int(), file: t.string().from("$file") });
let root = "";

before(async () => {
  root = await mkdtemp(join(tmpdir(), "millrace-files-"));
});
after(() => rm(root, { recursive: true, force: true }));

async function put(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(join(root, path, ".."), { recursive: true });
  await writeFile(join(root, path), content);
}

async function readAll(source: FilesSource, options: Partial<ReadFilesOptions> = {}) {
  const items: FileItem[] = [];
  for await (const item of readFiles(source, { schema, root, ...options })) items.push(item);
  const ends = new Map<string, FileOutcome>();
  for (const item of items) if (item.kind === "end") ends.set(item.file, item.outcome);
  const decoded = items.flatMap((item) => (item.kind === "decoded" ? [item.decoded] : []));
  return {
    rows: decoded.flatMap(({ batch }) => rowsOf(batch)),
    dead: decoded.flatMap(({ dead }) => dead),
    ends,
    items,
  };
}

const numbers = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, k) => `{"n":${from + k}}\n`).join("");

test("a pattern's files come in natural order, in every format, plain and gzip", async () => {
  await put("many/a10.ndjson", numbers(5, 6));
  await put("many/a2.jsonl.gz", Buffer.concat([gzipSync(numbers(0, 2)), gzipSync(numbers(2, 4))]));
  await put("many/sub/b.csv", "x,n\n1,6\n");
  await put("many/sub/c.tsv.gz", gzipSync("n\tx\n7\t1\n"));
  await put("many/.hidden/d.csv", "n\n9\n");
  await put("many/readme.md", "no");
  const expected = [
    ["0", "a2.jsonl.gz"],
    ["1", "a2.jsonl.gz"],
    ["2", "a2.jsonl.gz"],
    ["3", "a2.jsonl.gz"],
    ["5", "a10.ndjson"],
    ["6", "sub/b.csv"],
    ["7", "sub/c.tsv.gz"],
  ];
  for (const pattern of ["many", "many/**/*.{csv,ndjson,jsonl.gz,tsv.gz}"]) {
    const { rows } = await readAll(files(pattern));
    assert.deepEqual(
      rows.map((row) => [String(row.n), String(row.file).replace("many/", "")]),
      expected,
    );
  }
});

test("zstd is read as gzip is, whatever the file is called; one that is cut off says where", async () => {
  const block = (text: string, last: boolean): Buffer => {
    const head = Buffer.alloc(3);
    head.writeUIntLE((text.length << 3) | (last ? 1 : 0), 0, 3);
    return Buffer.concat([head, Buffer.from(text)]);
  };
  const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 56]);
  const whole = Buffer.concat([magic, block(numbers(0, 5), false), block(numbers(5, 9), true)]);
  await put("zstd/a.ndjson.zst", Buffer.concat([whole, whole]));
  await put("zstd/b.ndjson", whole);
  await put("zstd/c.ndjson.zst", whole.subarray(0, -3));
  const { rows, ends } = await readAll(files("zstd"));
  assert.equal(rows.length, 18 + 9 + 5);
  assert.equal(ends.get("zstd/a.ndjson.zst")?.error, null);
  const { error } = ends.get("zstd/c.ndjson.zst") as FileOutcome;
  assert.equal(error?.code, "CORRUPT");
  assert.match(error?.message as string, /c\.ndjson\.zst" is cut off: its zstd stream ends after 40 decoded bytes/);
});

test("a truncated gzip gives the rows before the cut, then an error; the other files go on", async () => {
  const whole = gzipSync(numbers(0, 50_000));
  await put("cut/a.ndjson.gz", whole.subarray(0, whole.length >> 1));
  await put("cut/b.ndjson", numbers(0, 3));
  const { rows, ends, dead } = await readAll(files("cut"));
  const { error, position, line, counts } = ends.get("cut/a.ndjson.gz") as FileOutcome;
  assert.equal(error?.code, "CORRUPT");
  assert.match(
    error?.message as string,
    /"cut\/a\.ndjson\.gz" is cut off: its gzip stream ends after \d+ decoded bytes/,
  );
  assert.ok(counts.rows > 10_000 && counts.rows === line && position > 100_000 && rows.length === counts.rows + 3);
  assert.equal(dead.length, 0);
  assert.equal(ends.get("cut/b.ndjson")?.error, null);
  await put("cut/a.ndjson.gz", whole);
  const resumed = await readAll(files("cut/a.ndjson.gz"), { resume: () => ({ position, line }) });
  assert.equal(resumed.rows[0]?.n, line);
  assert.equal(resumed.rows.length, 50_000 - line);
});

test("gzip damaged in the middle is CORRUPT too", async () => {
  const bytes = gzipSync(numbers(0, 100_000));
  bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 64);
  await put("bad.ndjson.gz", bytes);
  const { ends } = await readAll(files("bad.ndjson.gz"));
  assert.equal(ends.get("bad.ndjson.gz")?.error?.code, "CORRUPT");
});

test("what cannot be read is an outcome that names it", async () => {
  await put("x/ok.ndjson", numbers(0, 1));
  await put("x/plain", numbers(0, 1));
  const missing = await readAll(files("nowhere.ndjson"));
  assert.deepEqual(
    [...missing.ends].map(([file, { error }]) => [file, error?.code, error?.message]),
    [["nowhere.ndjson", "DISK", 'cannot read "nowhere.ndjson": no such file or directory (ENOENT)']],
  );
  assert.match(
    (await readAll(files("x/*.csv"))).ends.get("x/*.csv")?.error?.message as string,
    /no file matches "x\/\*\.csv"/,
  );
  await symlink("loop", join(root, "loop"));
  const looped = (await readAll(files("loop/*.csv"))).ends.get("loop/")?.error;
  assert.deepEqual([looped?.code, looped?.at], ["DISK", "loop/"]);
  assert.match(
    (await readAll(files("x/plain"))).ends.get("x/plain")?.error?.message as string,
    /cannot tell the format/,
  );
  assert.equal((await readAll(files("x/plain", { format: "ndjson" }))).rows.length, 1);
});

test("an unreadable folder does not hide the readable ones", {
  skip: process.getuid?.() === 0 && "root reads everything",
}, async () => {
  await put("locked/in/a.ndjson", numbers(0, 1));
  await put("locked/z.ndjson", numbers(0, 2));
  await chmod(join(root, "locked/in"), 0);
  const { rows, ends } = await readAll(files("locked"));
  await chmod(join(root, "locked/in"), 0o755);
  assert.equal(rows.length, 2);
  assert.equal(ends.get("locked/in")?.error?.code, "DISK");
});

test("resuming a CSV goes on behind the position with the file's own header", async () => {
  const text = `x,n\n${Array.from({ length: 100 }, (_, n) => `0,${n}\n`).join("")}`;
  await put("r.csv", text);
  await put("r.csv.gz", gzipSync(text));
  const position = text.indexOf("0,60\n");
  for (const name of ["r.csv", "r.csv.gz"]) {
    const { rows, ends } = await readAll(files(name), { resume: () => ({ position, line: 61 }), rowsMax: 7 });
    assert.deepEqual(
      rows.map(({ n }) => n),
      Array.from({ length: 40 }, (_, k) => 60 + k),
    );
    assert.deepEqual([ends.get(name)?.position, ends.get(name)?.line], [text.length, 101]);
  }
  const shorter = await readAll(files("r.csv"), { resume: () => ({ position: 10_000, line: 61 }) });
  assert.match(shorter.ends.get("r.csv")?.error?.message as string, /fewer than the 10000 read from it before/);
});

test("standard input, and progress in raw bytes", async () => {
  const { rows } = await readAll(files("-"), {
    stdin: Readable.from([Buffer.from('{"n":1}\n{"n'), Buffer.from('":2}')]),
  });
  assert.deepEqual(rows, [
    { n: 1, file: "-" },
    { n: 2, file: "-" },
  ]);
  const bytes = gzipSync(numbers(0, 20_000));
  await put("p.ndjson.gz", bytes);
  const seen: number[] = [];
  await readAll(files("p.ndjson.gz"), {
    onProgress: ({ bytesRead, bytesTotal }) => seen.push(bytesRead / (bytesTotal as number)),
  });
  assert.equal(seen.at(-1), 1);
});

test("standard input is known to be gzip however little of it comes at first", async () => {
  const bytes = Buffer.concat([gzipSync(numbers(0, 2)), gzipSync(numbers(2, 3))]);
  const { rows } = await readAll(files("-"), { stdin: Readable.from([...bytes].map((byte) => Buffer.of(byte))) });
  assert.equal(rows.length, 3);
  assert.equal((await readAll(files("-"), { stdin: Readable.from([Buffer.from("\n")]) })).rows.length, 0);
});

test("stopping early closes the file and reads no further", async () => {
  await put("big.ndjson", numbers(0, 200_000));
  let last = 0;
  for await (const item of readFiles(files("big.ndjson"), {
    schema,
    root,
    onProgress: ({ bytesRead }) => (last = bytesRead),
  })) {
    assert.equal(item.kind, "decoded");
    break;
  }
  assert.ok(last < 1_000_000);
});

test("patterns and names", () => {
  const match = (pattern: string, path: string) => globMatcher(pattern)(path);
  assert.ok(match("a/*.csv", "a/b.csv") && !match("a/*.csv", "a/b/c.csv") && !match("*.csv", ".csv.csv"));
  assert.ok(
    match("a/**/b.csv", "a/b.csv") && match("a/**/b.csv", "a/x/y/b.csv") && match("**", "a/b") && !match("a?c", "a/c"),
  );
  assert.ok(match("{a,b{1,2}}.log", "b2.log") && !match("{a,b}.log", "c.log") && match("a+(1).log", "a+(1).log"));
  assert.deepEqual(["a10", "a2", "b", "a2b"].sort(naturalOrder), ["a2", "a2b", "a10", "b"]);
});

test("specs are plain data", () => {
  assert.deepEqual(files("a/*.csv", { header: false }), { source: "files", pattern: "a/*.csv", header: false });
  assert.deepEqual(http({ path: "/in/orders" }), { source: "http", path: "/in/orders" });
  assert.throws(() => http({ path: "in" }), /begins with/);
});
