/** Whatever a foreign schema holds, it is read or refused with a clear error. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MillraceError } from "../../base/errors.js";
import { schemaOfAvro } from "./avro.js";
import { schemaOfJsonSchema } from "./json-schema.js";
import { schemaOfProtobuf } from "./protobuf.js";

test("hostile schemas end in a clear error", () => {
  const json = fc.jsonValue({ maxDepth: 4 });
  const words = fc.constantFrom(
    "type",
    "fields",
    "name",
    "items",
    "properties",
    "$ref",
    "anyOf",
    "logicalType",
    "symbols",
    "record",
    "array",
    "#",
    "object",
    "millrace",
  );
  const near = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      { depthSize: "small" },
      words,
      json,
      fc.array(tie("node"), { maxLength: 3 }),
      fc.dictionary(words, tie("node"), { maxKeys: 5 }),
    ),
  })).node;
  const proto = fc.array(
    fc.constantFrom(
      "message",
      "A",
      "{",
      "}",
      "int32",
      "a",
      "=",
      "1",
      ";",
      "repeated",
      "oneof",
      "map<",
      "string",
      ",",
      ">",
      "enum",
      '"',
      "[",
      "]",
      "syntax",
      "optional",
    ),
    { maxLength: 30 },
  );
  const clear = (read: () => unknown): void => {
    try {
      read();
    } catch (error) {
      assert.ok(error instanceof MillraceError, String((error as Error).stack));
    }
  };
  fc.assert(
    fc.property(near, proto, (given, tokens) => {
      clear(() => schemaOfAvro(given));
      clear(() => schemaOfAvro({ type: "record", name: "R", fields: [{ name: "a", type: given }] }));
      clear(() => schemaOfJsonSchema(given));
      clear(() => schemaOfJsonSchema({ type: "object", properties: { a: given } }));
      clear(() => schemaOfProtobuf(tokens.join(" ")));
    }),
    { numRuns: 500 },
  );
});
