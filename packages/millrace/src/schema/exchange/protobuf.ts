/**
 * Event types as Protobuf messages and back.
 *
 *   bool bool   int32 int32   int64 int64   int int64 [jstype = JS_NUMBER]   float64 double   string string   binary bytes
 *   timestamp, timestampNs google.protobuf.Timestamp   list repeated   struct a message   optional optional
 *   decimal, oneOf: string, with what they are as a comment      open map<string, string>
 *
 * Field numbers are the columns' places. So a column that is added must be the last one, and none may be taken away:
 * where messages are kept, keep the .proto file too and change that.
 *
 * Read: every scalar type (uint64 and fixed64 as decimal(20,0)), enums (oneOf), Timestamp (timestamp: beyond the
 * millisecond it is cut off), wrappers (optional). A field without `optional` has its zero as default, as a reader of
 * proto3 sees it; a message and a oneof's members are optional. Refused: maps, recursion, groups, Any, Struct, Duration.
 *
 * Source: the Protocol Buffers language guides of proto2 and proto3.
 */
import type { Field as ProtoField, Root, Type } from "protobufjs";
import protobuf from "protobufjs";
import type { ColumnType, Field, Schema } from "../column-type.js";
import type { NamedSchema } from "./named-schema.js";
import { DEPTH_MAX, schemaOfFields, unsayable } from "./named-schema.js";

const FORMAT = "Protobuf";
const TIMESTAMP = "google.protobuf.Timestamp";

/** The text of a .proto file with one message. Throws `PROGRAM` for lists of lists and lists with nulls. */
export function protobufOf({ name, schema }: NamedSchema): string {
  const message = messageText(pascal(name), schema, "");
  const uses = message.includes(TIMESTAMP) ? 'import "google/protobuf/timestamp.proto";\n\n' : "";
  return `syntax = "proto3";\n\n${uses}${message}`;
}

function messageText(name: string, schema: Schema, indent: string): string {
  const inner = `${indent}  `;
  const nested: string[] = [];
  // Fields and the messages within share one scope.
  const taken = new Set(schema.fields.map((f) => f.name));
  const lines = schema.fields.map((f, k) => {
    const repeated = f.type.kind === "list";
    const type = f.type.kind === "list" ? f.type.item.type : f.type;
    if (f.type.kind === "list" && (f.type.item.nullable || type.kind === "list" || type.kind === "open"))
      throw unsayable(FORMAT, f.name, "a list of lists, or with nulls, is no repeated field");
    let message = pascal(f.name);
    while (taken.has(message)) message += "_";
    if (type.kind === "struct") {
      taken.add(message);
      nested.push(messageText(message, { fields: type.fields }, inner));
    }
    const { text, options = "", note = "" } = typeTexts(message, type);
    const label = repeated ? "repeated " : f.nullable && type.kind !== "open" ? "optional " : "";
    return `${inner}${label}${text} ${f.name} = ${k + 1}${options};${note === "" ? "" : ` // ${note}`}\n`;
  });
  return `${indent}message ${name} {\n${nested.join("")}${lines.join("")}${indent}}\n`;
}

function typeTexts(
  message: string,
  type: ColumnType,
): { readonly text: string; readonly options?: string; readonly note?: string } {
  switch (type.kind) {
    case "int":
      return { text: "int64", options: " [jstype = JS_NUMBER]" };
    case "float64":
      return { text: "double" };
    case "binary":
      return { text: "bytes" };
    case "decimal":
      return { text: "string", note: `decimal(${type.precision},${type.scale})` };
    case "oneOf":
      return { text: "string", note: `one of ${JSON.stringify(type.values)}` };
    case "timestamp":
    case "timestampNs":
      return { text: TIMESTAMP };
    case "struct":
      return { text: message };
    case "open":
      return { text: "map<string, string>" };
    case "list":
      throw unsayable(FORMAT, message, "a list of lists is no repeated field");
    default:
      return { text: type.kind };
  }
}

function pascal(name: string): string {
  const text = name.replace(/(?:^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_all, first: string) => first.toUpperCase());
  return /^[A-Za-z]/.test(text) ? text : `E${text}`;
}

const IN: Readonly<Record<string, ColumnType>> = {
  bool: { kind: "bool" },
  double: { kind: "float64" },
  float: { kind: "float64" },
  string: { kind: "string" },
  bytes: { kind: "binary" },
  [TIMESTAMP]: { kind: "timestamp" },
};
for (const name of ["int32", "sint32", "sfixed32"]) Object.assign(IN, { [name]: { kind: "int32" } });
for (const name of ["uint32", "fixed32"]) Object.assign(IN, { [name]: { kind: "int" } });
for (const name of ["int64", "sint64", "sfixed64"]) Object.assign(IN, { [name]: { kind: "int64" } });
for (const name of ["uint64", "fixed64"]) Object.assign(IN, { [name]: { kind: "decimal", precision: 20, scale: 0 } });

const WRAPPER = /^google\.protobuf\.(Bool|String|Bytes|Double|Float|Int32|Int64|UInt32|UInt64)Value$/;

/**
 * Reads a message of a .proto file: the one named, or else the first at the top. Throws `PROGRAM` with the place for what
 * has no column type.
 */
export function schemaOfProtobuf(text: string, message?: string): NamedSchema {
  let root: Root;
  try {
    ({ root } = protobuf.parse(text, { keepCase: true }));
  } catch (error) {
    throw unsayable(FORMAT, "", `it is no .proto file: ${(error as Error).message.slice(0, 300)}`);
  }
  const messages = messagesOf(root);
  const type =
    message === undefined ? messages[0] : messages.find((one) => [one.name, fullName(one)].includes(message));
  if (type === undefined)
    throw unsayable(
      FORMAT,
      "",
      message === undefined ? "it has no message" : `it has no message ${message}`,
      messages.length === 0 ? "" : `There are: ${messages.map(fullName).slice(0, 20).join(", ")}.`,
    );
  return { name: type.name, schema: schemaOfMessage(type, type.name, 0) };
}

function messagesOf(space: protobuf.NamespaceBase): Type[] {
  return space.nestedArray.flatMap((one) =>
    one instanceof protobuf.Type ? [one, ...messagesOf(one)] : one instanceof protobuf.Namespace ? messagesOf(one) : [],
  );
}

function fullName(type: Type): string {
  return type.fullName.replace(/^\./, "");
}

function schemaOfMessage(type: Type, at: string, depth: number): Schema {
  if (depth > DEPTH_MAX) throw unsayable(FORMAT, at.slice(0, 200), "it is nested too deeply, or holds itself");
  const fields = [...type.fieldsArray].sort((a, b) => a.id - b.id);
  return schemaOfFields(
    FORMAT,
    at,
    fields.map((f) => columnOf(type, f, `${at}.${f.name}`, depth)),
  );
}

function columnOf(message: Type, f: ProtoField, at: string, depth: number): Field {
  if (f.map) throw unsayable(FORMAT, at, "a map is no column", "A repeated message with key and value is one.");
  const options: Readonly<Record<string, unknown>> = f.options ?? {};
  const name = f.type.replace(/^\./, "");
  const wrapped = WRAPPER.exec(name)?.[1];
  const { type, isMessage } = typeOf(message, wrapped === undefined ? name : wrapped.toLowerCase(), at, depth);
  const plain: ColumnType = type.kind === "int64" && options.jstype === "JS_NUMBER" ? { kind: "int" } : type;
  const shared = { name: f.name, from: [] };
  if (f.repeated)
    return {
      ...shared,
      nullable: true,
      type: { kind: "list", item: { name: "item", type: plain, nullable: false, from: [] } },
    };
  // Oneofs with a single member are what proto3 makes of `optional`.
  const nullable =
    isMessage || wrapped !== undefined || (f.partOf !== null && f.partOf !== undefined) || proto2Optional(message, f);
  const value = nullable || f.required ? undefined : zeroOf(plain);
  return { ...shared, nullable, type: plain, ...(value === undefined ? {} : { default: value }) };
}

function proto2Optional(message: Type, f: ProtoField): boolean {
  const edition = (message as unknown as { _edition?: string | null })._edition;
  return edition !== "proto3" && !f.required && f.hasPresence;
}

function typeOf(
  message: Type,
  name: string,
  at: string,
  depth: number,
): { readonly type: ColumnType; readonly isMessage: boolean } {
  const scalar = Object.hasOwn(IN, name) ? IN[name] : undefined;
  if (scalar !== undefined) return { type: scalar, isMessage: name === TIMESTAMP };
  if (name.startsWith("google.protobuf.")) throw unsayable(FORMAT, at, `${name} has no column type`);
  const found = message.lookup(name, [protobuf.Type, protobuf.Enum]);
  if (found instanceof protobuf.Enum)
    return { type: { kind: "oneOf", values: Object.keys(found.values) }, isMessage: false };
  if (!(found instanceof protobuf.Type))
    throw unsayable(
      FORMAT,
      at,
      `there is no type ${name}`,
      "Types of other files are not followed: put them into this one.",
    );
  return { type: { kind: "struct", fields: schemaOfMessage(found, at, depth + 1).fields }, isMessage: true };
}

function zeroOf(type: ColumnType): string | number | boolean | undefined {
  switch (type.kind) {
    case "bool":
      return false;
    case "int32":
    case "int":
    case "float64":
      return 0;
    case "int64":
    case "decimal":
      return "0";
    case "string":
    case "binary":
      return "";
    case "oneOf":
      return type.values[0];
    default:
      return undefined;
  }
}
