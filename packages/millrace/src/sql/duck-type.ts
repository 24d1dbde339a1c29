/**
 * Column types in DuckDB.
 *
 * bool BOOLEAN · int32 INTEGER · int, int64 BIGINT · float64 DOUBLE · decimal(p,s) DECIMAL(p,s)
 * string, oneOf VARCHAR · timestampNs TIMESTAMP_NS
 * timestamp TIMESTAMP: no zone; what is shown and what is compared is UTC on every machine
 * binary BLOB · list LIST · struct STRUCT · open VARCHAR (JSON)
 */
import type { DuckDBType } from "@duckdb/node-api";
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DECIMAL,
  DOUBLE,
  INTEGER,
  LIST,
  STRUCT,
  TIMESTAMP,
  TIMESTAMP_NS,
  VARCHAR,
} from "@duckdb/node-api";
import type { ColumnType } from "../schema/column-type.js";

export function duckType(type: ColumnType): DuckDBType {
  switch (type.kind) {
    case "bool":
      return BOOLEAN;
    case "int32":
      return INTEGER;
    case "int":
    case "int64":
      return BIGINT;
    case "float64":
      return DOUBLE;
    case "decimal":
      return DECIMAL(type.precision, type.scale);
    case "timestamp":
      return TIMESTAMP;
    case "timestampNs":
      return TIMESTAMP_NS;
    case "binary":
      return BLOB;
    case "list":
      return LIST(duckType(type.item.type));
    case "struct":
      return STRUCT(Object.fromEntries(type.fields.map((f) => [f.name, duckType(f.type)])));
    case "string":
    case "oneOf":
    case "open":
      return VARCHAR;
  }
}
