/**
 * Event types as Avro schemas and back. What Avro has no word for stands under `millrace`, an attribute of ours that
 * other readers leave alone: so an event type comes back as it was.
 *
 *   bool boolean   int32 int   int64 long   int long, millrace "int"   float64 double   string string   binary bytes
 *   decimal bytes, decimal   timestamp long, timestamp-millis   timestampNs long, timestamp-nanos
 *   oneOf enum (string, where a value is no Avro name)   list array   struct record   open map of strings, millrace "open"
 *   optional: a union with null, which comes first
 *
 * Also read: float; fixed (binary); uuid (string); date and times of day (the integers they are); timestamp-micros
 * (timestampNs). Refused: other unions, maps, recursion, local timestamps, which name no instant.
 *
 * Source: the Apache Avro 1.12 specification.
 */
import { parseInstant } from "../../base/time.js";
import type { ColumnType, Field, Schema, SimpleKind } from "../column-type.js";
import type { NamedSchema } from "./named-schema.js";
import { DEPTH_MAX, isObject, schemaOfFields, unsayable } from "./named-schema.js";

type Json = Readonly<Record<string, unknown>>;

const FORMAT = "Avro";
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

const OUT: Readonly<Record<SimpleKind, string | Json>> = {
  bool: "boolean",
  int32: "int",
  int: { type: "long", millrace: "int" },
  int64: "long",
  float64: "double",
  string: "string",
  timestamp: { type: "long", logicalType: "timestamp-millis" },
  timestampNs: { type: "long", logicalType: "timestamp-nanos" },
  binary: "bytes",
  open: { type: "map", values: "string", millrace: "open" },
};

const IN: Readonly<Record<string, SimpleKind>> = {
  boolean: "bool",
  int: "int32",
  long: "int64",
  float: "float64",
  double: "float64",
  string: "string",
  bytes: "binary",
};

const LOGICAL: Readonly<Record<string, SimpleKind>> = {
  "timestamp-millis": "timestamp",
  "timestamp-micros": "timestampNs",
  "timestamp-nanos": "timestampNs",
};

/** The Avro schema, as the JSON that it is. Columns keep their order. */
export function avroOf({ name, schema }: NamedSchema): object {
  return recordOf(NAME.test(name) ? name : name.replace(/[^A-Za-z0-9_]/g, "_"), schema);
}

function recordOf(name: string, schema: Schema): Json {
  return { type: "record", name, fields: schema.fields.map((f) => avroField(name, f)) };
}

function avroField(record: string, f: Field): Json {
  const plain = avroType(`${record}_${f.name}`, f.type);
  const aliases = f.from.filter((alias) => NAME.test(alias));
  return {
    name: f.name,
    type: f.nullable ? ["null", plain] : plain,
    ...(aliases.length > 0 ? { aliases } : {}),
    ...(aliases.length < f.from.length ? { millrace: { from: f.from } } : {}),
    ...defaultOut(f),
  };
}

function avroType(path: string, type: ColumnType): unknown {
  switch (type.kind) {
    case "decimal":
      return { type: "bytes", logicalType: "decimal", precision: type.precision, scale: type.scale };
    case "oneOf":
      return type.values.length > 0 && type.values.every((value) => NAME.test(value))
        ? { type: "enum", name: path, symbols: type.values }
        : { type: "string", millrace: { oneOf: type.values } };
    case "list": {
      const items = avroType(`${path}_item`, type.item.type);
      return { type: "array", items: type.item.nullable ? ["null", items] : items };
    }
    case "struct":
      return recordOf(path, { fields: type.fields });
    default:
      return OUT[type.kind];
  }
}

/** A union's default is one of its first type, null: others stand under `millrace`. */
function defaultOut(f: Field): Json {
  if (f.default === undefined) return f.nullable ? { default: null } : {};
  const value = plainDefault(f);
  if (f.nullable || value === undefined)
    return { ...(f.nullable ? { default: null } : {}), millraceDefault: f.default };
  return { default: value };
}

function plainDefault({ type, default: value }: Field): unknown {
  switch (type.kind) {
    case "int64":
      return Number.isSafeInteger(Number(value)) ? Number(value) : undefined;
    case "timestamp":
      return typeof value === "string" ? (parseInstant(value) ?? undefined) : value;
    case "decimal":
    case "timestampNs":
      return undefined;
    case "binary":
      return Buffer.from(String(value), "base64").toString("latin1");
    default:
      return value;
  }
}

/** Reads a record's schema: JSON text, or what it parses to. Throws `PROGRAM` with the place for what has no column type. */
export function schemaOfAvro(given: unknown): NamedSchema {
  const avro = typeof given === "string" ? parsed(given) : given;
  const reader = new AvroReader();
  if (!isObject(avro) || avro.type !== "record")
    throw unsayable(
      FORMAT,
      "",
      "an event type is a record",
      'It looks like { "type": "record", "name": …, "fields": […] }.',
    );
  return { name: lastName(avro), schema: reader.record(avro, lastName(avro), 0) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw unsayable(FORMAT, "", `it is not JSON: ${(error as Error).message}`);
  }
}

function lastName({ name }: Json): string {
  return typeof name === "string" && name !== "" ? (name.split(".").at(-1) as string) : "event";
}

class AvroReader {
  /** Named types met so far, by their last name: Avro writes them out once. */
  readonly #named = new Map<string, Json>();

  record(avro: Json, at: string, depth: number): Schema {
    if (depth > DEPTH_MAX) throw unsayable(FORMAT, at, "it is nested too deeply, or holds itself");
    this.#named.set(lastName(avro), avro);
    if (!Array.isArray(avro.fields)) throw unsayable(FORMAT, at, "the record has no list of fields");
    const fields = avro.fields.map((one: unknown, k) => {
      if (!isObject(one) || typeof one.name !== "string" || !NAME.test(one.name))
        throw unsayable(FORMAT, at, `its field ${k + 1} has no name`);
      return this.#field(one, one.name, `${at}.${one.name}`, depth);
    });
    return schemaOfFields(FORMAT, at, fields);
  }

  #field(avro: Json, name: string, at: string, depth: number): Field {
    const { type, nullable } = this.#type(avro.type, at, depth);
    const ours = isObject(avro.millrace) ? avro.millrace : {};
    const names = Array.isArray(ours.from) ? ours.from : Array.isArray(avro.aliases) ? avro.aliases : [];
    const value = avro.millraceDefault ?? defaultIn(type, avro.default, at);
    return {
      name,
      type,
      nullable,
      from: names.filter((alias): alias is string => typeof alias === "string"),
      ...(value === undefined || value === null ? {} : { default: value as string | number | boolean }),
    };
  }

  #type(avro: unknown, at: string, depth: number): { readonly type: ColumnType; readonly nullable: boolean } {
    if (!Array.isArray(avro)) return { type: this.#plain(avro, at, depth), nullable: false };
    const others = avro.filter((one) => one !== "null");
    if (others.length !== 1)
      throw unsayable(
        FORMAT,
        at,
        `a union of ${others.length} types is no column`,
        "Only [null, one type] is: an optional column.",
      );
    return { type: this.#plain(others[0], at, depth), nullable: others.length < avro.length };
  }

  #plain(avro: unknown, at: string, depth: number): ColumnType {
    if (depth > DEPTH_MAX) throw unsayable(FORMAT, at, "it is nested too deeply, or holds itself");
    if (typeof avro === "string") return this.#byName(avro, at, depth);
    if (!isObject(avro)) throw unsayable(FORMAT, at, "it has no type");
    const { type, logicalType, millrace } = avro;
    if (type === "record") return { kind: "struct", fields: this.record(avro, at, depth + 1).fields };
    if (type === "enum") return this.#enum(avro, at);
    if (type === "array") {
      const item = this.#type(avro.items, `${at}[]`, depth + 1);
      return { kind: "list", item: { name: "item", from: [], ...item } };
    }
    if (type === "map") {
      if (millrace === "open") return { kind: "open" };
      throw unsayable(FORMAT, at, "a map is no column", "A list of records with key and value is one.");
    }
    if (type === "fixed") this.#named.set(lastName(avro), avro);
    if (logicalType === "decimal" && (type === "bytes" || type === "fixed")) return decimalOf(avro, at);
    if (type === "fixed") return { kind: "binary" };
    if (typeof logicalType === "string" && logicalType.startsWith("local-"))
      throw unsayable(FORMAT, at, `${logicalType} names no instant`, "Use timestamp-millis, which is UTC.");
    const logical = type === "long" && typeof logicalType === "string" ? LOGICAL[logicalType] : undefined;
    if (logical !== undefined) return { kind: logical };
    if (type === "long" && millrace === "int") return { kind: "int" };
    if (type === "string" && isObject(millrace) && Array.isArray(millrace.oneOf))
      return { kind: "oneOf", values: millrace.oneOf.map(String) };
    return this.#plain(type, at, depth + 1);
  }

  #byName(name: string, at: string, depth: number): ColumnType {
    const kind = Object.hasOwn(IN, name) ? IN[name] : undefined;
    if (kind !== undefined) return { kind };
    const named = this.#named.get(name.split(".").at(-1) as string);
    if (named === undefined)
      throw unsayable(FORMAT, at, `there is no type ${JSON.stringify(name.slice(0, 200))} before it`);
    return this.#plain(named, at, depth + 1);
  }

  #enum(avro: Json, at: string): ColumnType {
    this.#named.set(lastName(avro), avro);
    if (!Array.isArray(avro.symbols) || !avro.symbols.every((one) => typeof one === "string"))
      throw unsayable(FORMAT, at, "the enum has no list of symbols");
    return { kind: "oneOf", values: avro.symbols };
  }
}

function decimalOf({ precision, scale = 0 }: Json, at: string): ColumnType {
  if (typeof precision !== "number" || typeof scale !== "number" || precision < 1 || scale < 0 || scale > precision)
    throw unsayable(FORMAT, at, "the decimal's precision and scale are not numbers that fit");
  if (precision > 38) throw unsayable(FORMAT, at, `decimal(${precision},${scale}) has more than 38 digits`);
  return { kind: "decimal", precision, scale };
}

function defaultIn(type: ColumnType, value: unknown, at: string): string | number | boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (type.kind === "int64" && typeof value === "number") return String(value);
  if (type.kind === "binary" && typeof value === "string") return Buffer.from(value, "latin1").toString("base64");
  if (type.kind === "decimal" || type.kind === "timestampNs")
    throw unsayable(FORMAT, at, `a default of a ${type.kind} can't be read`);
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  throw unsayable(FORMAT, at, "only text, numbers and booleans can be defaults");
}
