/**
 * Event types as JSON Schema (2020-12) and back: what a line of NDJSON may be to be a row. `x-millrace` is the column's
 * own kind, since JSON has fewer: with it an event type comes back as it was.
 *
 *   read without it:  boolean bool   integer int (int32 and int64 by `format`)   number float64
 *     string string, timestamp (format date-time), binary (contentEncoding base64), oneOf (enum, const)
 *     array list   object struct   additionalProperties: true, or a schema, at the top: an open column
 *     optional: not in `required`, or "null" among its types, or anyOf / oneOf with null
 *
 * `$ref` reaches into the same document. Refused: other combinations, tuples, types that depend on values.
 *
 * Source: JSON Schema Core and Validation, draft 2020-12.
 */
import type { ColumnType, Field, Schema } from "../column-type.js";
import type { NamedSchema } from "./named-schema.js";
import { DEPTH_MAX, isObject, namedField, schemaOfFields, unsayable } from "./named-schema.js";

type Json = Readonly<Record<string, unknown>>;

const FORMAT = "JSON Schema";
const DRAFT = "https://json-schema.org/draft/2020-12/schema";
const INT32 = 2 ** 31;

export function jsonSchemaOf({ name, schema }: NamedSchema): object {
  return { $schema: DRAFT, title: name, ...objectOf(schema) };
}

function objectOf({ fields }: Schema): Json {
  const closed = fields.filter(({ type }) => type.kind !== "open");
  const open = fields.find(({ type }) => type.kind === "open");
  const required = closed.filter((f) => !f.nullable && f.default === undefined && f.from.length === 0);
  return {
    type: "object",
    properties: Object.fromEntries(closed.map((f) => [f.name, propertyOf(f)])),
    required: required.map(({ name }) => name),
    // What the event type does not know is counted and left out, so it is no mistake.
    additionalProperties: true,
    ...(open === undefined ? {} : { "x-millrace-open": open.name }),
    "x-millrace-order": fields.map(({ name }) => name),
  };
}

function propertyOf(f: Field): Json {
  const plain = typeOf(f.type);
  return {
    ...plain,
    ...(f.nullable && plain.enum === undefined ? { type: [plain.type, "null"].flat() } : {}),
    ...(f.nullable && plain.enum !== undefined
      ? { type: ["string", "null"], enum: [...(plain.enum as []), null] }
      : {}),
    ...(f.default === undefined ? {} : { default: f.default }),
    ...(f.from.length === 0 ? {} : { "x-millrace-from": f.from }),
    // Where a value may stand under another name, or is made up, its own name is not asked for; that alone is not "optional".
    ...(f.nullable ? {} : { "x-millrace-required": true }),
  };
}

function typeOf(type: ColumnType): Json {
  const kind = { "x-millrace": type.kind };
  switch (type.kind) {
    case "bool":
      return { type: "boolean", ...kind };
    case "int32":
      return { type: "integer", format: "int32", minimum: -INT32, maximum: INT32 - 1, ...kind };
    case "int":
      return { type: "integer", minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER, ...kind };
    case "int64":
      return { type: ["integer", "string"], format: "int64", pattern: "^-?[0-9]{1,19}$", ...kind };
    case "float64":
      return { type: "number", ...kind };
    case "decimal":
      return { type: ["string", "number"], "x-millrace-decimal": [type.precision, type.scale], ...kind };
    case "timestamp":
    case "timestampNs":
      return { type: ["string", "integer"], format: "date-time", ...kind };
    case "binary":
      return { type: "string", contentEncoding: "base64", ...kind };
    case "oneOf":
      return { type: "string", enum: type.values, ...kind };
    case "list":
      return { type: "array", items: propertyOf(type.item), ...kind };
    case "struct":
      return { ...objectOf({ fields: type.fields }), ...kind };
    case "open":
      return { type: "object", ...kind };
    case "string":
      return { type: "string", ...kind };
  }
}

/** Reads the schema of an object: JSON text, or what it parses to. Throws `PROGRAM` with the place for what has no column type. */
export function schemaOfJsonSchema(given: unknown): NamedSchema {
  let root = given;
  if (typeof given === "string")
    try {
      root = JSON.parse(given);
    } catch (error) {
      throw unsayable(FORMAT, "", `it is not JSON: ${(error as Error).message}`);
    }
  if (!isObject(root)) throw unsayable(FORMAT, "", "it is no object");
  const reader = new JsonSchemaReader(root);
  const title =
    typeof root.title === "string" ? root.title : typeof root.$id === "string" ? root.$id.split("/").at(-1) : null;
  return {
    name: (title ?? "event").replace(/\.(schema\.)?json$/, ""),
    schema: reader.object(reader.resolved(root, "#", 0), "#", 0),
  };
}

class JsonSchemaReader {
  readonly #root: Json;

  constructor(root: Json) {
    this.#root = root;
  }

  object(json: Json, at: string, depth: number): Schema {
    if (json.type !== "object" && !isObject(json.properties))
      throw unsayable(FORMAT, at, "an event type is an object with properties");
    const properties = isObject(json.properties) ? json.properties : {};
    const required = Array.isArray(json.required) ? json.required : [];
    const fields = Object.entries(properties).map(([name, property]) =>
      this.#field(name, property, required.includes(name), `${at}/properties/${name}`, depth),
    );
    const openName = json["x-millrace-open"];
    const order = json["x-millrace-order"];
    const extra = json.additionalProperties;
    if (typeof openName === "string")
      fields.push({ name: openName, type: { kind: "open" }, nullable: false, from: [] });
    else if (depth === 0 && order === undefined && (extra === true || isObject(extra)))
      fields.push({
        name: Object.hasOwn(properties, "rest") ? "_rest" : "rest",
        type: { kind: "open" },
        nullable: false,
        from: [],
      });
    if (fields.length === 0)
      throw unsayable(
        FORMAT,
        at,
        "an object without properties is no column",
        "At the top, additionalProperties: true makes an open column.",
      );
    if (Array.isArray(order)) fields.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
    return schemaOfFields(FORMAT, at, fields);
  }

  #field(name: string, property: unknown, required: boolean, at: string, depth: number): Field {
    const { type, nullable, json } = this.#type(property, at, depth + 1);
    const from = json["x-millrace-from"];
    const value = json.default;
    const told = json["x-millrace-required"] === true;
    const simple = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
    const made = namedField(FORMAT, at, name, {
      type,
      nullable: nullable || !(required || told || simple),
      ...(simple ? { default: value } : {}),
    });
    return Array.isArray(from) ? { ...made, from: from.map(String) } : made;
  }

  #type(
    given: unknown,
    at: string,
    depth: number,
  ): { readonly type: ColumnType; readonly nullable: boolean; readonly json: Json } {
    const json = this.resolved(given, at, depth);
    for (const word of ["anyOf", "oneOf"] as const) {
      const options = json[word];
      if (!Array.isArray(options)) continue;
      const others = options.filter((one) => !(isObject(one) && one.type === "null"));
      if (others.length !== 1)
        throw unsayable(
          FORMAT,
          at,
          `${word} of ${others.length} types is no column`,
          "Only one type and null are: an optional column.",
        );
      return { ...this.#type(others[0], `${at}/${word}`, depth + 1), nullable: others.length < options.length, json };
    }
    for (const word of ["allOf", "not", "if", "prefixItems"])
      if (json[word] !== undefined) throw unsayable(FORMAT, at, `${word} has no column type`);
    const types = [json.type].flat().filter((one) => one !== undefined);
    const plain = types.filter((one) => one !== "null");
    const nullable = plain.length < types.length || (Array.isArray(json.enum) && json.enum.includes(null));
    return { type: this.#plain(json, plain, at, depth), nullable, json };
  }

  #plain(json: Json, types: readonly unknown[], at: string, depth: number): ColumnType {
    const told = json["x-millrace"];
    if (typeof told === "string") {
      if (
        ["bool", "int32", "int", "int64", "float64", "string", "timestamp", "timestampNs", "binary", "open"].includes(
          told,
        )
      )
        return { kind: told as "string" };
      const decimal = json["x-millrace-decimal"];
      if (told === "decimal" && Array.isArray(decimal))
        return { kind: "decimal", precision: Number(decimal[0]), scale: Number(decimal[1]) };
    }
    const values = json.const === undefined ? json.enum : [json.const];
    if (Array.isArray(values)) {
      const texts = values.filter((value) => value !== null);
      if (texts.every((value) => typeof value === "string")) return { kind: "oneOf", values: texts };
      throw unsayable(FORMAT, at, "an enum of other values than text has no column type");
    }
    if (types.length !== 1)
      throw unsayable(FORMAT, at, types.length === 0 ? "it says no type" : `it is of ${types.length} types`);
    switch (types[0]) {
      case "boolean":
        return { kind: "bool" };
      case "integer":
        return { kind: json.format === "int32" ? "int32" : json.format === "int64" ? "int64" : "int" };
      case "number":
        return { kind: "float64" };
      case "string":
        return {
          kind: json.format === "date-time" ? "timestamp" : json.contentEncoding === "base64" ? "binary" : "string",
        };
      case "array": {
        if (json.items === undefined) throw unsayable(FORMAT, at, "the array says nothing of its items");
        const { type, nullable } = this.#type(json.items, `${at}/items`, depth + 1);
        return { kind: "list", item: { name: "item", type, nullable, from: [] } };
      }
      case "object":
        return { kind: "struct", fields: this.object(json, at, depth + 1).fields };
      default:
        throw unsayable(FORMAT, at, `there is no type ${JSON.stringify(types[0])}`);
    }
  }

  /** The schema behind its references. */
  resolved(given: unknown, at: string, depth: number): Json {
    let json = given;
    for (let hops = 0; isObject(json) && typeof json.$ref === "string"; hops++) {
      if (hops > DEPTH_MAX) throw unsayable(FORMAT, at, "its $ref leads to itself");
      json = this.#behind(json.$ref, at);
    }
    if (depth > DEPTH_MAX) throw unsayable(FORMAT, at.slice(0, 200), "it is nested too deeply, or holds itself");
    if (!isObject(json)) throw unsayable(FORMAT, at, "it is no schema of a value");
    return json;
  }

  #behind(ref: string, at: string): unknown {
    if (!ref.startsWith("#"))
      throw unsayable(FORMAT, at, `$ref ${JSON.stringify(ref.slice(0, 200))} leads out of the document`);
    let json: unknown = this.#root;
    for (const part of ref.split("/").slice(1)) {
      const name = unescaped(part).replaceAll("~1", "/").replaceAll("~0", "~");
      json = isObject(json) && Object.hasOwn(json, name) ? json[name] : undefined;
    }
    if (json === undefined) throw unsayable(FORMAT, at, `$ref ${JSON.stringify(ref.slice(0, 200))} leads nowhere`);
    return json;
  }
}

function unescaped(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
