/** How the columns of some batches look in Arrow: one shape for all batches of a stream. */
import type { ColumnType, Field } from "../../schema/column-type.js";
import { compareAttributes } from "../concat.js";
import type { ListVector, OpenAttribute, OpenKind, OpenVector, StructVector, Vector } from "../vector.js";
import type { ArrowField, ArrowType } from "./arrow-field.js";
import { arrowType, T } from "./arrow-field.js";

export interface Shape {
  readonly field: ArrowField;
  readonly type: ColumnType;
  readonly children: readonly Shape[];
  /** Of an open column: what each child is. */
  readonly attributes: readonly { readonly name: string; readonly kind: OpenKind }[];
}

/** The shape of a column from all of its vectors: a dictionary where all have one, children for all attributes met. */
export function shapeOf(f: Field, vectors: readonly Vector[], nextId: () => number): Shape {
  const metadata = new Map<string, string>();
  if (f.type.kind === "int" || f.type.kind === "oneOf" || f.type.kind === "open")
    metadata.set("millrace.kind", f.type.kind);
  if (f.type.kind === "oneOf") metadata.set("millrace.values", JSON.stringify(f.type.values));
  if (f.from.length > 0) metadata.set("millrace.from", JSON.stringify(f.from));
  if (f.default !== undefined) metadata.set("millrace.default", JSON.stringify(f.default));
  const nullable = f.nullable || vectors.some((vector) => vector.validity !== null);
  if (nullable && !f.nullable) metadata.set("millrace.nullable", "false");
  const dictionary = isDictionary(f.type, vectors) ? { id: nextId(), index: arrowType(T.Int, { width: 32 }) } : null;
  const attributes = f.type.kind === "open" ? attributesOf(vectors as readonly OpenVector[]) : [];
  const children =
    f.type.kind === "open"
      ? openChildren(attributes, vectors as readonly OpenVector[], nextId)
      : childShapes(f.type, vectors, nextId);
  const field = {
    name: f.name,
    nullable,
    type: typeOf(f.type),
    dictionary,
    children: children.map((child) => child.field),
    metadata,
  };
  return { field, type: f.type, children, attributes };
}

function isDictionary(type: ColumnType, vectors: readonly Vector[]): boolean {
  if (type.kind === "oneOf") return true;
  return type.kind === "string" && vectors.length > 0 && vectors.every((vector) => vector.kind === "dict");
}

function typeOf(type: ColumnType): ArrowType {
  switch (type.kind) {
    case "bool":
      return arrowType(T.Bool);
    case "int32":
      return arrowType(T.Int, { width: 32 });
    case "int":
    case "int64":
      return arrowType(T.Int, { width: 64 });
    case "float64":
      return arrowType(T.Float, { unit: 2 });
    case "decimal":
      return arrowType(T.Decimal, { width: 128, precision: type.precision, scale: type.scale });
    case "string":
    case "oneOf":
      return arrowType(T.Utf8);
    case "timestamp":
      return arrowType(T.Timestamp, { unit: 1 });
    case "timestampNs":
      return arrowType(T.Timestamp, { unit: 3 });
    case "binary":
      return arrowType(T.Binary);
    case "list":
      return arrowType(T.List);
    case "struct":
    case "open":
      return arrowType(T.Struct);
  }
}

function childShapes(type: ColumnType, vectors: readonly Vector[], nextId: () => number): Shape[] {
  if (type.kind === "list")
    return [
      shapeOf(
        type.item,
        vectors.map((vector) => (vector as ListVector).child),
        nextId,
      ),
    ];
  if (type.kind !== "struct") return [];
  return type.fields.map((f, k) =>
    shapeOf(
      f,
      vectors.map((vector) => (vector as StructVector).children[k] as Vector),
      nextId,
    ),
  );
}

function attributesOf(vectors: readonly OpenVector[]): { name: string; kind: OpenKind }[] {
  const met = new Map<string, { name: string; kind: OpenKind }>();
  for (const { attributes } of vectors)
    for (const { name, kind } of attributes) met.set(`${kind} ${name}`, { name, kind });
  return [...met.values()].sort(compareAttributes);
}

function openChildren(
  attributes: readonly { name: string; kind: OpenKind }[],
  vectors: readonly OpenVector[],
  nextId: () => number,
): Shape[] {
  const names = new Set(attributes.map(({ name }) => name));
  const seen = new Set<string>();
  return attributes.map(({ name, kind }) => {
    // The second kind of a name gets a column name of its own, which no attribute has.
    let column = name;
    while (seen.has(column) || (column !== name && names.has(column))) column += `:${kind}`;
    seen.add(column);
    const parts = vectors.flatMap((v) =>
      v.attributes.filter((a: OpenAttribute) => a.name === name && a.kind === kind).map((a) => a.values),
    );
    const shape = shapeOf({ name: column, type: attributeType(kind), nullable: true, from: [] }, parts, nextId);
    const metadata = new Map(shape.field.metadata).set("millrace.open", kind).set("millrace.name", name);
    return { ...shape, field: { ...shape.field, metadata } };
  });
}

export function attributeType(kind: OpenKind): ColumnType {
  return { kind: kind === "json" ? "string" : kind };
}
