/** Columns of the program's streams and views, from the API's own description. */
import type { ColumnAnswer } from "millrace/client";
import { askJson } from "./http.js";

export interface SchemaColumn {
  readonly name: string;
  /** As people write it: "timestamp", "list<string>", "int?" */
  readonly type: string;
  readonly kind: string;
}

/** By "stream_NAME" and "view_NAME". */
export type ProgramSchema = ReadonlyMap<string, readonly SchemaColumn[]>;

interface Described {
  readonly components: {
    readonly schemas: Readonly<Record<string, { readonly properties?: Readonly<Record<string, ColumnAnswer>> }>>;
  };
}

export async function getProgramSchema(signal: AbortSignal): Promise<ProgramSchema> {
  const { components } = await askJson<Described>("/openapi.json", { signal });
  return new Map(
    Object.entries(components.schemas)
      .filter(([name]) => name !== "error")
      .map(([name, { properties = {} }]) => [
        name,
        Object.entries(properties).map(([column, schema]) => ({
          name: column,
          type: columnType(schema),
          kind: schema["x-millrace"],
        })),
      ]),
  );
}

export function columnType(column: ColumnAnswer): string {
  const kind = column["x-millrace"];
  const own = kind === "list" && column.items !== undefined ? `list<${columnType(column.items)}>` : kind;
  return Array.isArray(column.type) && column.type.includes("null") ? `${own}?` : own;
}
