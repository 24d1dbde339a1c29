/** `millrace schema`: from a schema to a program that runs, and from that program to the schemas of others. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Workshop } from "./workshop.test.module.js";

const workshop = new Workshop({
  "order.avsc": JSON.stringify({
    type: "record",
    name: "shop.Order",
    fields: [
      { name: "at", type: { type: "long", logicalType: "timestamp-millis" } },
      { name: "amount", type: { type: "bytes", logicalType: "decimal", precision: 9, scale: 2 } },
      { name: "note", type: ["null", "string"], default: null },
    ],
  }),
  "app.ts": `import { app, stream } from "millrace";
import { order } from "./order.ts";
const orders = stream("orders", order, { time: "at" });
export default app(import.meta, "shop", [orders.filter((e) => e.note === null).map((e) => ({ amount: e.amount })).stream("plain")]);
`,
  "orders.ndjson": `{"at":"2026-01-01T00:00:00Z","amount":"1.50"}\n{"at":1767225601000,"amount":2,"note":"n"}\n`,
});
after(() => workshop.remove());

test("a schema becomes the source of an event type, and a program's stream the schema of others", async () => {
  const source = await workshop.millrace("schema order.avsc");
  assert.equal(source.code, 0, source.err);
  workshop.write({ "order.ts": source.out });
  await workshop.runOnce("app.ts --in orders=orders.ndjson --data data");
  assert.deepEqual(await workshop.rows("data", "select amount::varchar as amount from plain"), [{ amount: "1.50" }]);
  const proto = await workshop.millrace("schema app.ts --as protobuf");
  assert.match(
    proto.out,
    /message Orders \{\n {2}google\.protobuf\.Timestamp at = 1;\n {2}string amount = 2; \/\/ decimal\(9,2\)/,
  );
  const avro = await workshop.millrace("schema app.ts orders --as avro");
  assert.deepEqual(JSON.parse(avro.out).fields[2], { name: "note", type: ["null", "string"], default: null });
  const json = await workshop.millrace("schema order.avsc --as json-schema");
  assert.deepEqual(JSON.parse(json.out).required, ["at", "amount"]);
});

test("what is wrong is said in a line", async () => {
  workshop.write({ "bad.avsc": '{"type":"record","name":"R","fields":[{"name":"a","type":["int","string"]}]}' });
  const bad = await workshop.millrace("schema bad.avsc");
  assert.deepEqual([bad.code, bad.out], [1, ""]);
  assert.match(bad.err, /^millrace: .*Avro: R\.a: a union of 2 types is no column/);
  assert.match((await workshop.millrace("schema missing.proto")).err, /missing\.proto/);
  assert.match((await workshop.millrace("schema order.avsc --as avr")).err, /--as can't be "avr".*avro/s);
  assert.equal((await workshop.millrace("schema")).code, 2);
});
