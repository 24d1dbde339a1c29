/** Protobuf: another library takes what is written, and what can't be said is refused. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import protobuf from "protobufjs";
import { fromProtobuf, toProtobuf } from "../../schemas.js";
import { event, schemaOf } from "../builder.js";
import type { Schema } from "../column-type.js";
import { protobufOf, schemaOfProtobuf } from "./protobuf.js";
import { anySchema, order } from "./schemas.test.module.js";
import { typescriptOf } from "./typescript.js";

describe("Protobuf", () => {
  test("messages of others read what is written, and it comes back", () => {
    const { rest: _rest, ...columns } = order.columns;
    const text = toProtobuf(event("order", columns));
    const message = protobuf.parse(text, { keepCase: true }).root;
    message.addJSON(protobuf.common.get("google/protobuf/timestamp.proto")?.nested ?? {});
    const type = message.lookupType("Order");
    const row = {
      id: 7,
      at: { seconds: 5, nanos: 9 },
      count: 3,
      side: "buy",
      tags: ["x", "y"],
      customer: { name: "n", score: 0.5 },
    };
    assert.equal(type.verify(row), null);
    assert.deepEqual(type.toObject(type.decode(type.encode(row).finish()), { longs: Number }), row);
    const once = fromProtobuf(text);
    assert.equal(toProtobuf(fromProtobuf(toProtobuf(once))), toProtobuf(once));
    fc.assert(
      fc.property(anySchema, (given) => {
        let written: string;
        try {
          written = protobufOf({ name: "event", schema: given });
        } catch (error) {
          assert.match((error as Error).message, /list/);
          return;
        }
        const kinds = (one: Schema) => one.fields.map((f) => [f.name, f.type.kind === "list"]);
        assert.deepEqual(kinds(schemaOfProtobuf(written).schema), kinds(given));
      }),
    );
  });

  test("files of others are read: enums, wrappers, oneofs, presence", () => {
    const read = fromProtobuf(
      `syntax = "proto3"; package shop.v1; import "google/protobuf/timestamp.proto";
       enum Side { BUY = 0; SELL = 1; }
       message Line { string sku = 1; uint64 amount = 2; }
       message Order {
         int64 id = 1; google.protobuf.Timestamp at = 2; Side side = 3; optional string note = 4;
         repeated Line lines = 5; google.protobuf.Int64Value weight = 6;
         oneof pay { string card = 7; bool cash = 8; } int64 small = 9 [jstype = JS_NUMBER];
       }`,
      "shop.v1.Order",
    );
    assert.equal(
      typescriptOf({ name: read.name, schema: schemaOf(read.columns) }),
      `import { Decimal, event, t } from "millrace";

export const order = event("Order", {
  id: t.int64().default(0n),
  at: t.timestamp().optional(),
  side: t.oneOf("BUY", "SELL").default("BUY"),
  note: t.string().optional(),
  lines: t.list(t.struct({
    sku: t.string().default(""),
    amount: t.decimal(20, 0).default(Decimal.parse("0")),
  })).optional(),
  weight: t.int64().optional(),
  card: t.string().optional(),
  cash: t.bool().optional(),
  small: t.int().default(0),
});
`,
    );
  });

  test("what no column can be is refused with its place", () => {
    const of = (body: string) => `syntax = "proto3"; message R { ${body} }`;
    assert.throws(() => fromProtobuf(of("map<string, int32> m = 1;")), { message: /R\.m: a map/ });
    assert.throws(() => fromProtobuf(of("R r = 1;")), { message: /holds itself/ });
    assert.throws(() => fromProtobuf(of("Missing m = 1;")), { message: /no type Missing/ });
    assert.throws(() => fromProtobuf(of("int32 a = 1;"), "Other"), { message: /no message Other/ });
    assert.throws(() => fromProtobuf("message {"), { message: /no \.proto file/ });
  });
});
