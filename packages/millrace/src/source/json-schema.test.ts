/** The JSON Schema of an event type agrees with the decoder of its rows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import ajvFormats from "ajv-formats";
import { schemaOf } from "../schema/builder.js";
import { jsonSchemaOf } from "../schema/exchange/json-schema.js";
import { order } from "../schema/exchange/schemas.test.module.js";
import { ndjsonDecoder } from "./ndjson.js";

test("it accepts what the decoder takes, and not what it refuses", () => {
  const ajv = new Ajv2020({ strict: false, allowUnionTypes: true });
  (ajvFormats as unknown as (ajv: Ajv2020) => void)(ajv);
  const { rest: _rest, seen: _seen, raw: _raw, ...columns } = order.columns;
  const valid = ajv.compile(jsonSchemaOf({ name: "order", schema: schemaOf(columns) }));
  const good = {
    id: 1,
    at: "2026-01-01T00:00:00Z",
    size: 5,
    price: "1.50",
    side: "buy",
    tags: ["a"],
    customer: { name: "x" },
  };
  const lines: [object, boolean][] = [
    [good, true],
    [{ ...good, extra: 1, unit: null, customer: { name: "x", score: null, ok: false } }, true],
    [{ ...good, id: "9007199254740993" }, true],
    [{ ...good, side: "hold" }, false],
    [{ ...good, tags: [1] }, false],
    [{ ...good, size: 1.5 }, false],
    [{ ...good, customer: {} }, false],
    [{ ...good, count: "many" }, false],
  ];
  for (const [line, fits] of lines) {
    const decoder = ndjsonDecoder({ schema: schemaOf(columns) });
    decoder.push(Buffer.from(`${JSON.stringify(line)}\n`));
    decoder.end();
    const text = JSON.stringify(line);
    assert.equal(decoder.counts.rows === 1, fits, text);
    assert.equal(valid(line), fits, text);
  }
});
