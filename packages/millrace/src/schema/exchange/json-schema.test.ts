/** JSON Schema: event types come back as they were, ajv takes what is written, and what can't be said is refused. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { fromJsonSchema, toJsonSchema } from "../../schemas.js";
import { schemaOf } from "../builder.js";
import { jsonSchemaOf, schemaOfJsonSchema } from "./json-schema.js";
import { anySchema, order } from "./schemas.test.module.js";
import { typescriptOf } from "./typescript.js";

describe("JSON Schema", () => {
  test("an event type comes back as it was, and ajv takes its schema", () => {
    assert.deepEqual(schemaOf(fromJsonSchema(toJsonSchema(order)).columns), schemaOf(order.columns));
    const ajv = new Ajv2020({ strict: false });
    fc.assert(
      fc.property(anySchema, (given) => {
        const json = jsonSchemaOf({ name: "event", schema: given });
        assert.equal(ajv.validateSchema(json), true, JSON.stringify(ajv.errors));
        assert.deepEqual(schemaOfJsonSchema(JSON.stringify(json)), { name: "event", schema: given });
      }),
    );
  });

  test("schemas of others are read: references, optional ones, names that are no column names", () => {
    const read = fromJsonSchema({
      title: "web click",
      type: "object",
      properties: {
        "user-id": { type: "integer", format: "int64" },
        at: { type: "string", format: "date-time" },
        page: { $ref: "#/$defs/page" },
        kind: { enum: ["a", "b", null] },
        note: { anyOf: [{ type: "string" }, { type: "null" }] },
      },
      required: ["user-id", "at", "kind", "note"],
      additionalProperties: { type: "string" },
      $defs: { page: { type: "object", properties: { url: { type: "string" } }, required: ["url"] } },
    });
    assert.equal(
      typescriptOf({ name: read.name, schema: schemaOf(read.columns) }),
      `import { event, t } from "millrace";

export const webClick = event("web click", {
  user_id: t.int64().from("user-id"),
  at: t.timestamp(),
  page: t.struct({
    url: t.string(),
  }).optional(),
  kind: t.oneOf("a", "b").optional(),
  note: t.string().optional(),
  rest: t.open(),
});
`,
    );
  });

  test("what no column can be is refused with its place", () => {
    const of = (a: unknown, more = {}) => ({ type: "object", properties: { a }, ...more });
    assert.throws(() => fromJsonSchema(of({ anyOf: [{ type: "string" }, { type: "number" }] })), {
      message: /#\/properties\/a: anyOf of 2/,
    });
    assert.throws(() => fromJsonSchema(of({ $ref: "#" })), { message: /holds itself/ });
    assert.throws(() => fromJsonSchema(of({ $ref: "#/$defs/x" }, { $defs: { x: { $ref: "#/$defs/x" } } })), {
      message: /leads to itself/,
    });
    assert.throws(() => fromJsonSchema(of({ $ref: "http://example.com/x" })), { message: /out of the document/ });
    assert.throws(
      () => fromJsonSchema({ type: "object", properties: { "a-b": { type: "string" }, a_b: { type: "string" } } }),
      { message: /called a_b/ },
    );
  });
});
