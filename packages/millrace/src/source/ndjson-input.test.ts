import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import type { OpenRow } from "../batch/open.js";
import { rowAt, rowsOf } from "../batch/read.js";
import { schemaOf, t } from "../schema/builder.js";
import type { Cols } from "../schema/types.js";
import type { Decoded, DecoderOptions } from "./decoder.js";
import { ndjsonDecoder } from "./ndjson.js";

function decode(cols: Cols, text: string | Uint8Array, options: Partial<DecoderOptions> = {}): Decoded[] {
  const decoder = ndjsonDecoder({ schema: schemaOf(cols), ...options });
  decoder.push(Buffer.from(text));
  decoder.end();
  const { lines, rows, dead, blank } = decoder.counts;
  assert.equal(rows + dead + blank, lines);
  return decoder.take();
}

/** All rows as plain objects (open columns as JSON) and all reasons. */
function read(cols: Cols, text: string | Uint8Array, options: Partial<DecoderOptions> = {}) {
  const decoded = decode(cols, text, options);
  return {
    rows: decoded.flatMap(({ batch }) => rowsOf(batch)),
    reasons: decoded.flatMap(({ dead }) => dead.map((row) => `${row.line}: ${row.reason}`)),
  };
}

test("invalid UTF-8 spoils its own line only", () => {
  const text = Buffer.concat([
    Buffer.from('{"s":"é"}\n{"s":"'),
    Buffer.from([0xff, 0xf0]),
    Buffer.from('\x7f"}\n{"s":"ok"}\n'),
  ]);
  const { rows, reasons } = read({ s: t.string() }, text);
  assert.deepEqual(rows, [{ s: "é" }, { s: "ok" }]);
  assert.deepEqual(reasons, ["2: the line is not valid UTF-8"]);
});

test("a line of 100 MB is one dead row, in bounded memory", () => {
  const decoder = ndjsonDecoder({ schema: schemaOf({ n: t.int() }) });
  const before = process.memoryUsage().arrayBuffers;
  decoder.push(Buffer.from('{"n":1}\n{"n":"'));
  const chunk = Buffer.alloc(1 << 20, "x");
  let peak = 0;
  for (let k = 0; k < 100; k++) {
    decoder.push(chunk);
    peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
  }
  decoder.push(Buffer.from('"}\n{"n":2}\n'));
  decoder.end();
  const decoded = decoder.take();
  assert.deepEqual(
    decoded.flatMap(({ batch }) => rowsOf(batch)),
    [{ n: 1 }, { n: 2 }],
  );
  const [dead] = decoded.flatMap((one) => one.dead);
  assert.deepEqual(
    [dead?.line, dead?.position, dead?.length, dead?.bytes.length],
    [2, 8, 100 * (1 << 20) + 8, 64 << 10],
  );
  assert.equal(decoded[1]?.position, 8 + 100 * (1 << 20) + 8 + 1 + 8);
  assert.ok(peak < 100 << 20, `${peak} bytes`);
});

test("deep nesting and too many names end a line, not the decoder", () => {
  const deep = `{"a":${"[".repeat(100)}${"]".repeat(100)}}`;
  const names = `{${Array.from({ length: 10_001 }, (_, k) => `"k${k}":1`).join(",")}}`;
  const { rows, reasons } = read({ n: t.int(), rest: t.open() }, [deep, names, '{"n":1}'].join("\n"));
  assert.equal(rows.length, 1);
  assert.match(reasons[0] as string, /nested more than 64 deep/);
  assert.match(reasons[1] as string, /more than 10000 names/);
});

test("batches close by rows and by bytes, and flush gives what has arrived", () => {
  const lines = Array.from({ length: 10 }, (_, n) => `{"n":${n}}\n`).join("");
  const decoded = decode({ n: t.int() }, lines, { rowsMax: 4 });
  assert.deepEqual(
    decoded.map(({ batch, position, line }) => [batch.length, position, line]),
    [
      [4, 32, 4],
      [4, 64, 8],
      [2, 80, 10],
    ],
  );
  assert.deepEqual(
    decode({ n: t.int() }, lines, { batchBytesMax: 20 }).map(({ batch }) => batch.length),
    [3, 3, 3, 1],
  );
  const live = ndjsonDecoder({ schema: schemaOf({ n: t.int() }) });
  live.push(Buffer.from('{"n":1}\n{"n"'));
  assert.deepEqual(live.take(), []);
  live.flush();
  assert.deepEqual(
    live.take().map(({ batch, position }) => [batch.length, position]),
    [[1, 8]],
  );
  live.flush();
  assert.deepEqual(live.take(), []);
});

const HUNT = new URL("../../../../../shared/data/hunt/public/", import.meta.url);

for (const name of [
  "empire_launcher_sct_regsvr32",
  "empire_wdigest_downgrade",
  "covenant_installutil",
  "apt29_day1_zeek.zeek",
]) {
  const path = new URL(`${name}.ndjson.gz`, HUNT);
  test(`real events: ${name}`, { skip: !existsSync(path) && "../shared/data is not here" }, () => {
    const bytes = gunzipSync(readFileSync(path));
    const lines = bytes.toString().trimEnd().split("\n");
    const decoded = decode({ rest: t.open(), line: t.int().from("$line") }, bytes, { rowsMax: 500 });
    assert.equal(
      decoded.reduce((sum, { batch }) => sum + batch.length, 0),
      lines.length,
    );
    let line = 0;
    for (const { batch } of decoded)
      for (let row = 0; row < batch.length; row++, line++) {
        if (line % 17 !== 0) continue;
        const { rest } = rowAt(batch, row) as unknown as { rest: OpenRow };
        const expected = Object.entries(flat(JSON.parse(lines[line] as string), ""));
        for (const [key, value] of expected)
          if (typeof value === "string") assert.equal(rest.text(key), value);
          else if (Number.isSafeInteger(value)) assert.equal(rest.int64(key), BigInt(value as number));
          else if (typeof value === "boolean") assert.equal(rest.bool(key), value);
        assert.deepEqual(rest.names().sort(), expected.map(([key]) => key).sort());
      }
  });
}

/** Nested objects as dotted names, without nulls. */
function flat(object: Record<string, unknown>, prefix: string): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(object))
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      Object.assign(out, flat(value as Record<string, unknown>, `${prefix}${key}.`));
    else if (value !== null) out[prefix + key] = value;
  return out;
}
