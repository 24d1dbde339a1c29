/**
 * Event types from and to the schemas of others.
 *
 *     import { fromAvro, toJsonSchema } from "millrace/schemas";
 *     const orders = stream("orders", fromAvro(readFileSync("order.avsc", "utf8")), { time: "at" });
 *
 * Such an event type has no TypeScript type, since it is known at run time only. `millrace schema order.avsc` writes it
 * as source, which has. What maps to what is said in schema/exchange/avro.ts, json-schema.ts and protobuf.ts; what can't
 * be said in the other format throws `PROGRAM`, with the place in the schema and the reason.
 */
import type { EventType } from "./schema/builder.js";
import { columnsOf, event, schemaOf } from "./schema/builder.js";
import { avroOf, schemaOfAvro } from "./schema/exchange/avro.js";
import { jsonSchemaOf, schemaOfJsonSchema } from "./schema/exchange/json-schema.js";
import type { NamedSchema } from "./schema/exchange/named-schema.js";
import { protobufOf, schemaOfProtobuf } from "./schema/exchange/protobuf.js";
import type { Cols } from "./schema/types.js";

/** The Avro schema of an event type, as an object. */
export function toAvro(type: EventType<Cols>): object {
  return avroOf(named(type));
}

/** schema: of a record, as JSON text or an object. */
export function fromAvro(schema: string | object): EventType<Cols> {
  return eventOf(schemaOfAvro(schema));
}

/** The JSON Schema (2020-12) of what a line of NDJSON may be to be a row, as an object. */
export function toJsonSchema(type: EventType<Cols>): object {
  return jsonSchemaOf(named(type));
}

/** schema: of an object, as JSON text or an object. */
export function fromJsonSchema(schema: string | object): EventType<Cols> {
  return eventOf(schemaOfJsonSchema(schema));
}

/** The text of a .proto file. */
export function toProtobuf(type: EventType<Cols>): string {
  return protobufOf(named(type));
}

/** text: of a .proto file; message: which one of it, the first where not given. */
export function fromProtobuf(text: string, message?: string): EventType<Cols> {
  return eventOf(schemaOfProtobuf(text, message));
}

function named({ name, columns }: EventType<Cols>): NamedSchema {
  return { name, schema: schemaOf(columns) };
}

function eventOf({ name, schema }: NamedSchema): EventType<Cols> {
  return event(name, columnsOf(schema));
}
