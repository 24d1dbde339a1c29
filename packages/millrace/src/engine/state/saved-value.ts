/** Column values as JSON, for saved state, and back by the column's type, as `own` keeps them. */
import { Decimal } from "../../base/decimal.js";
import type { OpenEntry } from "../../batch/open.js";
import { OpenRow, OwnOpenRow } from "../../batch/open.js";
import type { OpenKind } from "../../batch/vector.js";
import type { ColumnType } from "../../schema/column-type.js";
import type { Value } from "../../schema/types.js";

export function saveValue(value: Value): unknown {
  if (typeof value === "bigint" || value instanceof Decimal) return value.toString();
  if (Object.is(value, -0)) return { number: "-0" };
  if (typeof value === "number" && !Number.isFinite(value)) return { number: String(value) };
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof OpenRow) return value.entries().map((entry) => [entry.name, entry.kind, saveValue(entry.value)]);
  if (Array.isArray(value)) return value.map((item) => saveValue(item as Value));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(
      Object.entries(value as Record<string, Value>).map(([key, item]) => [key, saveValue(item)]),
    );
  return value;
}

export function loadValue(type: ColumnType, saved: unknown): Value {
  if (saved === null) return null;
  switch (type.kind) {
    case "int64":
    case "timestampNs":
      return BigInt(saved as string);
    case "decimal":
      return Decimal.parse(saved as string);
    case "float64":
      return typeof saved === "object" ? Number((saved as { number: string }).number) : (saved as number);
    case "binary":
      return Buffer.from(saved as string, "base64");
    case "list":
      return Object.freeze((saved as unknown[]).map((item) => loadValue(type.item.type, item)));
    case "struct":
      return Object.freeze(
        Object.fromEntries(
          type.fields.map((f) => [f.name, loadValue(f.type, (saved as Record<string, unknown>)[f.name] ?? null)]),
        ),
      );
    case "open":
      return new OwnOpenRow(
        (saved as [string, OpenKind, unknown][]).map(([name, kind, value]) => ({
          name,
          kind,
          value: loadAttribute(kind, value),
        })),
      );
    default:
      return saved as Value;
  }
}

function loadAttribute(kind: OpenKind, saved: unknown): OpenEntry["value"] {
  if (kind === "int64") return typeof saved === "string" ? BigInt(saved) : (saved as number);
  return loadValue({ kind: kind === "json" ? "string" : kind }, saved) as OpenEntry["value"];
}
