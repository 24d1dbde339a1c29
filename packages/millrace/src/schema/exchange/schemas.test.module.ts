/** Event types that the tests of all foreign schemas share. */
import fc from "fast-check";
import { event, t } from "../builder.js";
import type { ColumnType, Field, Schema } from "../column-type.js";

/** One of every kind. */
export const order = event("order", {
  id: t.int64(),
  at: t.timestamp().from("time", "meta.time"),
  seen: t.timestampNs().optional(),
  count: t.int32().default(1),
  size: t.int(),
  price: t.decimal(18, 2),
  side: t.oneOf("buy", "sell"),
  unit: t.oneOf("m/s", "km/h").optional(),
  raw: t.binary().optional(),
  tags: t.list(t.string()),
  customer: t.struct({ name: t.string(), score: t.float64().optional(), ok: t.bool().default(true) }),
  rest: t.open(),
});

const simple: fc.Arbitrary<ColumnType> = fc.oneof(
  fc.constantFrom(
    ...(["bool", "int32", "int", "int64", "float64", "string", "timestamp", "timestampNs", "binary"] as const).map(
      (kind) => ({ kind }),
    ),
  ),
  fc.record({ kind: fc.constant("decimal" as const), precision: fc.integer({ min: 10, max: 38 }), scale: fc.nat(9) }),
  fc.record({
    kind: fc.constant("oneOf" as const),
    // avsc takes names of Object.prototype for symbols that it has.
    values: fc.uniqueArray(
      fc.string({ minLength: 1 }).filter((value) => !(value in {})),
      { minLength: 1, maxLength: 4 },
    ),
  }),
);
const { type } = fc.letrec<{ type: ColumnType; field: Field }>((tie) => ({
  field: fc.record({
    name: fc.constantFrom("a", "b", "c_2", "Zed"),
    type: tie("type"),
    nullable: fc.boolean(),
    from: fc.constant([]),
  }),
  type: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    simple,
    fc.record({
      kind: fc.constant("list" as const),
      item: fc.record({ name: fc.constant("item"), type: tie("type"), nullable: fc.boolean(), from: fc.constant([]) }),
    }),
    fc.record({
      kind: fc.constant("struct" as const),
      fields: fc.uniqueArray(tie("field"), { minLength: 1, selector: (f) => f.name }),
    }),
  ),
}));
/** Any event type without open columns and defaults. */
export const anySchema: fc.Arbitrary<Schema> = fc
  .uniqueArray(
    fc.record({
      // protobufjs takes "_a" for a name of its own beside an optional "a".
      name: fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/),
      type,
      nullable: fc.boolean(),
      from: fc.uniqueArray(fc.constantFrom("x", "y", "a.b", "@c"), { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 6, selector: (f) => f.name },
  )
  // Without the null prototypes of records.
  .map((fields) => JSON.parse(JSON.stringify({ fields })) as Schema);
