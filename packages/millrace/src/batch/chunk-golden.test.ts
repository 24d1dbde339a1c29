/** A chunk as version 1 wrote it: every later release reads it, and this one still writes it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ColumnType } from "../schema/column-type.js";
import { field } from "../schema/column-type.js";
import { plainRows } from "./arbitrary.test.js";
import { batchOf } from "./build.js";
import { decodeChunk, encodeChunk } from "./chunk-codec.js";

const item = field("item", { kind: "string" }, true);
const KINDS: readonly ColumnType[] = [
  { kind: "bool" },
  { kind: "int32" },
  { kind: "int64" },
  { kind: "float64" },
  { kind: "decimal", precision: 30, scale: 2 },
  { kind: "oneOf", values: ["red", "blue"] },
  { kind: "timestamp" },
  { kind: "binary" },
  { kind: "list", item },
  { kind: "struct", fields: [field("x", { kind: "int" }), item] },
];
const SCHEMA = { fields: [...KINDS.map((type) => field(type.kind, type, true)), field("rest", { kind: "open" })] };
const FULL = {
  bool: true,
  int32: -7,
  int64: 2n ** 62n,
  float64: 0.5,
  decimal: "-12.25",
  oneOf: "blue",
  timestamp: 1_690_000_000_123,
  binary: Uint8Array.of(1, 2, 3),
  list: ["a", null, "Zoë"],
  struct: { x: 1, item: null },
  rest: { port: 443, user: "ada", tags: [1, 2] },
};
const OTHER = {
  ...FULL,
  bool: false,
  int32: 70_000,
  int64: -1n,
  decimal: "123456789012345678901234.50",
  oneOf: "red",
  rest: { port: "none" },
};
const BATCH = batchOf(SCHEMA, [FULL, {}, OTHER]);

const VERSION_1 = [
  "TVJDMQEACwBoAgAAAwAAAKADAAAAAAAAAAAAANKyvVoEYm9vbBATAN2WSFoHAQABBAAEAQACAQABAAVpbnQzMhgmAFk5kq0VAQABAQAAAAAAAB",
  "zAAQAAAAAAF/FAAQIBAAQAAAAADAAFaW50NjQgKgCsL3qAFQEAAQL//////////wIAAAAAAAAAQAMCAQAIAAAAAAAAAAAYAAdmbG9hdDY0ICEA",
  "fyKSxxUBAAEBAAAAAAAA4D8BAAAAAAAA4D8EAgEAGAAHZGVjaW1hbDgRAAaoIKEDAQAABQIBAAIBMAAFb25lT2YgIwAyjecmDgEDAQMEYmx1ZQ",
  "MDcmVkBwIBAAECAQMCAAcAAQMACXRpbWVzdGFtcAgoAA3Rwi0VAQABAQCwR5i9l3hCAQCwR5i9l3hCCAIBAAB7hNl7iQEAAAZiaW5hcnkYEwAK",
  "nMVWAwEAAAoCAQABAAMABgAEbGlzdDAgAPZcmLYDAQAACwIBAAEAAwAGAgEAAQIBAQIABQABBgAGc3RydWN0ECgAJ5gC3gMBAAAMAgEAAgF4DQ",
  "gCAgEAAAEAAAAAAAAABGl0ZW0CAAYBBHJlc3QYqgEBBARwb3J0AgEAJwAAAAAVAAABAQAAAAAAsHtAAQAAAAAAsHtAAAADAAC7AQAAAAAAAARw",
  "b3J0AAEIH/vHkb4PAAIBAwRub25lAwRub25lAAIGAAEBAAQEAAAEdGFncwQBCCHLZ5LxEQACAQMFWzEsMl0DBVsxLDJdAAAGAAEBAAUFAAAEdX",
  "NlcgABCB1FyzLFDQACAQMDYWRhAwNhZGEAAAYAAQEAAwMAAAAAAAUAAAAAAAAAAQAAAAAAAAAFAAAAAAAAAPn///8AAAAAcBEBAAAAAAAFAAAA",
  "AAAAAAAAAAAAAABAAAAAAAAAAAD//////////wUAAAAAAAAAAAAAAAAA4D8AAAAAAAAAAAAAAAAAAOA/BQAAAAAAAAA3+/////////////////",
  "//AAAAAAAAAAAAAAAAAAAAALq63GqqfiKYTDYKAAAAAAAFAAAAAAAAAAEAAAAAAAAAYmx1ZXJlZAAAAAEAAAAAAAUAAAAAAAAABQAAAAAAAAAD",
  "AAMAAAAAAAECAwECAwAABQAAAAAAAAADAAMAAAAAAC0AAAAAAAAAAAMAAAAAAABhWm/DqwAAAAAAAQAAAQAABQAAAAAAAAAFAAAAAAAAAG5vbm",
  "UAAAAAWzEsMl0AAABhZGEAAAAAAA==",
].join("");

test("a chunk of version 1 reads as it was written", () => {
  const bytes = Uint8Array.from(Buffer.from(VERSION_1, "base64"));
  assert.deepEqual(plainRows(decodeChunk(bytes, SCHEMA)), plainRows(BATCH));
});

test("what is written is still version 1, byte for byte", () => {
  assert.equal(Buffer.from(encodeChunk(BATCH)).toString("base64"), VERSION_1);
});
