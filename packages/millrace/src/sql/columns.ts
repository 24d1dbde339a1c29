/**
 * The SQL columns of a table, in this order: the declared ones, among them the open column as JSON text; one for each
 * attribute met in the open column; and for streams where each row is in the log. DuckDB's names are
 * case-insensitive, ours are not, so whoever comes later in that order gets a suffix:
 *
 *   declared "image"; attributes "Image" (900 rows), "IMAGE" (3 rows)  ->  image, Image_2, IMAGE_3
 */
import type { DuckDBType } from "@duckdb/node-api";
import { BIGINT, BOOLEAN, DOUBLE, INTEGER, TIMESTAMP, VARCHAR } from "@duckdb/node-api";
import type { OpenKind } from "../batch/vector.js";
import type { ColumnType } from "../schema/column-type.js";
import type { SqlAttribute, SqlTable } from "./catalog.js";
import { duckType } from "./duck-type.js";

export type OriginPart = "partition" | "offset" | "appendTime";

export type ColumnSource =
  | { readonly kind: "declared"; readonly column: string; readonly type: ColumnType }
  /** The whole open column as a JSON object. */
  | { readonly kind: "json"; readonly column: string }
  | { readonly kind: "attribute"; readonly column: string; readonly attribute: string; readonly as: AttributeType }
  | { readonly kind: "origin"; readonly part: OriginPart };

/** text: the attribute came with values of several kinds. */
export type AttributeType = "text" | "int64" | "float64" | "bool";

export interface SqlColumn {
  readonly name: string;
  readonly type: DuckDBType;
  readonly source: ColumnSource;
  /** Not in `select *`: it is in the table only for queries that name it. */
  readonly hidden: boolean;
}

const ATTRIBUTE_TYPES: Record<AttributeType, DuckDBType> = {
  text: VARCHAR,
  int64: BIGINT,
  float64: DOUBLE,
  bool: BOOLEAN,
};

/** All columns of a table, hidden ones included; attributes only where asked for, since knowing them has a cost. */
export function columnsOf(table: SqlTable, withAttributes = true): SqlColumn[] {
  const taken = new Set<string>();
  const columns: SqlColumn[] = [];
  const add = (name: string, type: DuckDBType, source: ColumnSource, hidden: boolean): void => {
    columns.push({ name: freeName(name, taken), type, source, hidden });
  };
  const withOrigin = table.kind === "stream" || table.kind === "dead_letters";
  for (const f of table.schema.fields)
    if (f.type.kind === "open") add(f.name, VARCHAR, { kind: "json", column: f.name }, false);
    else add(f.name, duckType(f.type), { kind: "declared", column: f.name, type: f.type }, false);
  const places: SqlColumn[] = [];
  if (withOrigin)
    // Named before the attributes, so that an attribute "_offset" cannot take their place; listed after them.
    for (const [name, type, part] of ORIGIN)
      places.push({ name: freeName(name, taken), type, source: { kind: "origin", part }, hidden: true });
  const open = table.schema.fields.find((f) => f.type.kind === "open");
  if (open !== undefined && withAttributes)
    for (const { name, as } of attributeTypes(table.attributes()))
      add(name, ATTRIBUTE_TYPES[as], { kind: "attribute", column: open.name, attribute: name, as }, true);
  return [...columns, ...places];
}

const ORIGIN: readonly (readonly [string, DuckDBType, OriginPart])[] = [
  ["_partition", INTEGER, "partition"],
  ["_offset", BIGINT, "offset"],
  ["_append_time", TIMESTAMP, "appendTime"],
];

/** One entry a name, the most frequent first. */
function attributeTypes(attributes: readonly SqlAttribute[]): { name: string; as: AttributeType }[] {
  const byName = new Map<string, { name: string; rows: number; kinds: Set<OpenKind> }>();
  for (const { name, kind, rows } of attributes) {
    const entry = byName.get(name) ?? { name, rows: 0, kinds: new Set<OpenKind>() };
    entry.rows += rows;
    entry.kinds.add(kind);
    byName.set(name, entry);
  }
  return [...byName.values()]
    .sort((a, b) => b.rows - a.rows || (a.name < b.name ? -1 : 1))
    .map(({ name, kinds }) => ({ name, as: kinds.size > 1 ? "text" : attributeType([...kinds][0] as OpenKind) }));
}

function attributeType(kind: OpenKind): AttributeType {
  return kind === "string" || kind === "json" ? "text" : kind;
}

function freeName(name: string, taken: Set<string>): string {
  let free = name;
  for (let n = 2; taken.has(free.toLowerCase()); n++) free = `${name}_${n}`;
  taken.add(free.toLowerCase());
  return free;
}
