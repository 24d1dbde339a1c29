/** Avro: event types come back as they were, another library takes what is written, and what can't be said is refused. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import avsc from "avsc";
import fc from "fast-check";
import { fromAvro, toAvro } from "../../schemas.js";
import { schemaOf } from "../builder.js";
import { avroOf, schemaOfAvro } from "./avro.js";
import { anySchema, order } from "./schemas.test.module.js";
import { typescriptOf } from "./typescript.js";

describe("Avro", () => {
  test("an event type comes back as it was, and avsc takes its schema", () => {
    assert.deepEqual(schemaOf(fromAvro(toAvro(order)).columns), schemaOf(order.columns));
    fc.assert(
      fc.property(anySchema, (given) => {
        const avro = avroOf({ name: "event", schema: given });
        avsc.Type.forSchema(avro as avsc.Schema);
        assert.deepEqual(schemaOfAvro(JSON.stringify(avro)), { name: "event", schema: given });
      }),
    );
  });

  test("schemas of others are read: named types, unions with null, logical types, defaults", () => {
    const read = fromAvro({
      type: "record",
      name: "com.example.Payment",
      fields: [
        { name: "id", type: { type: "string", logicalType: "uuid" } },
        { name: "currency", type: { type: "enum", name: "Currency", symbols: ["EUR", "USD"] }, default: "EUR" },
        { name: "fee", type: [{ type: "bytes", logicalType: "decimal", precision: 9, scale: 2 }, "null"] },
        { name: "feeCurrency", type: ["null", "com.example.Currency"], default: null },
        { name: "at", type: { type: "long", logicalType: "timestamp-micros" }, aliases: ["time"] },
        { name: "hash", type: { type: "fixed", name: "Hash", size: 16 } },
        {
          name: "parts",
          type: { type: "array", items: { type: "record", name: "Part", fields: [{ name: "n", type: "long" }] } },
        },
      ],
    });
    assert.equal(
      typescriptOf({ name: read.name, schema: schemaOf(read.columns) }),
      `import { event, t } from "millrace";

export const payment = event("Payment", {
  id: t.string(),
  currency: t.oneOf("EUR", "USD").default("EUR"),
  fee: t.decimal(9, 2).optional(),
  feeCurrency: t.oneOf("EUR", "USD").optional(),
  at: t.timestampNs().from("time"),
  hash: t.binary(),
  parts: t.list(t.struct({
    n: t.int64(),
  })),
});
`,
    );
  });

  test("what no column can be is refused with its place", () => {
    const record = (type: unknown) => ({ type: "record", name: "R", fields: [{ name: "a", type }] });
    assert.throws(() => fromAvro(record(["int", "string"])), { code: "PROGRAM", message: /R\.a: a union of 2 types/ });
    assert.throws(() => fromAvro(record({ type: "map", values: "int" })), { message: /R\.a: a map/ });
    assert.throws(() => fromAvro(record("R")), { message: /holds itself/ });
    assert.throws(() => fromAvro(record("Missing")), { message: /no type "Missing"/ });
    assert.throws(() => fromAvro("{"), { message: /not JSON/ });
  });
});
