/** `t` builds columns, `event` names a set of them. Builders are immutable and carry the row's TypeScript type. */
import { Decimal } from "../base/decimal.js";
import { MillraceError } from "../base/errors.js";
import type { ColumnType, Field, Schema } from "./column-type.js";
import type { Col, Cols, Open, RowOf } from "./types.js";

interface Spec {
  readonly type: ColumnType;
  readonly nullable: boolean;
  readonly from: readonly string[];
  readonly default?: string | number | boolean;
}

class Column {
  readonly spec: Spec;

  constructor(spec: Spec) {
    this.spec = spec;
  }

  get kind(): string {
    return this.spec.type.kind;
  }

  get hasDefault(): boolean {
    return this.spec.default !== undefined;
  }

  optional(): Column {
    return new Column({ ...this.spec, nullable: true });
  }

  default(value: unknown): Column {
    return new Column({ ...this.spec, default: jsonDefault(value) });
  }

  from(...names: string[]): Column {
    return new Column({ ...this.spec, from: [...this.spec.from, ...names] });
  }
}

// The class knows nothing of the row type; the casts below are the one place where the two meet.
function col<V, K extends string>(type: ColumnType): Col<V, K> {
  return new Column({ type, nullable: false, from: [] }) as unknown as Col<V, K>;
}

export const t = {
  bool: (): Col<boolean, "bool"> => col({ kind: "bool" }),
  int32: (): Col<number, "int32"> => col({ kind: "int32" }),
  /** 64-bit integer read as a number; a value beyond 2^53 is refused (dead letter), never rounded. */
  int: (): Col<number, "int"> => col({ kind: "int" }),
  /** 64-bit integer, all values, bigint. */
  int64: (): Col<bigint, "int64"> => col({ kind: "int64" }),
  float64: (): Col<number, "float64"> => col({ kind: "float64" }),
  /** Exact decimal of up to 38 digits, `scale` of them after the point. */
  decimal(precision: number, scale: number): Col<Decimal, "decimal"> {
    if (!(precision >= 1 && precision <= 38 && scale >= 0 && scale <= precision))
      throw new MillraceError(
        "PROGRAM",
        `t.decimal(${precision}, ${scale}): precision is 1 to 38, scale 0 to precision`,
      );
    return col({ kind: "decimal", precision, scale });
  },
  string: (): Col<string, "string"> => col({ kind: "string" }),
  /** A string of a closed set; anything else is refused at the edge. */
  oneOf: <const S extends readonly string[]>(...values: S): Col<S[number], "oneOf"> => col({ kind: "oneOf", values }),
  /** Epoch milliseconds, UTC, as number. */
  timestamp: (): Col<number, "timestamp"> => col({ kind: "timestamp" }),
  /** Epoch nanoseconds, UTC, as bigint. */
  timestampNs: (): Col<bigint, "timestampNs"> => col({ kind: "timestampNs" }),
  binary: (): Col<Uint8Array, "binary"> => col({ kind: "binary" }),
  list: <X>(item: Col<X, string, boolean>): Col<readonly X[], "list"> =>
    col({ kind: "list", item: toField("item", item) }),
  struct: <C extends Cols>(columns: C): Col<RowOf<C>, "struct"> =>
    col({ kind: "struct", fields: schemaOf(columns).fields }),
  /** Every other attribute of the event, kept with its type. At most one in an event type. */
  open: (): Col<Open, "open"> => col({ kind: "open" }),
};

export interface EventType<C extends Cols> {
  readonly name: string;
  readonly columns: C;
}

/** A named set of columns, to be shared by streams and tables. */
export function event<const N extends string, C extends Cols>(
  name: N,
  columns: C,
): EventType<C> & { readonly name: N } {
  return Object.freeze({ name, columns });
}

const COLUMN_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** The schema of a set of columns, in the order written. Throws `NAME` for a malformed name, `PROGRAM` for two open columns. */
export function schemaOf(columns: Cols): Schema {
  const fields = Object.entries(columns).map(([name, column]) => toField(name, column));
  for (const { name } of fields)
    if (!COLUMN_NAME.test(name))
      throw new MillraceError("NAME", `"${name}" is not a column name`, {
        hint: "Letters, digits and underscores, not starting with a digit, at most 128.",
      });
  if (fields.filter((f) => f.type.kind === "open").length > 1)
    throw new MillraceError("PROGRAM", "an event type has at most one t.open() column");
  return { fields };
}

/** The columns of a schema that came from elsewhere; the same as if they were built by `t`. */
export function columnsOf(schema: Schema): Cols {
  const columns = Object.fromEntries(
    schema.fields.map(({ name, ...spec }) => [name, new Column(spec) as unknown as Col<unknown, string, boolean>]),
  );
  schemaOf(columns);
  return columns;
}

export function toField(name: string, column: Col<unknown, string, boolean>): Field {
  const { spec } = column as unknown as Column;
  if (!(column instanceof Column)) throw new MillraceError("PROGRAM", `column "${name}" was not made by t`);
  return {
    name,
    type: spec.type,
    nullable: spec.nullable,
    from: spec.from,
    ...(spec.default === undefined ? {} : { default: spec.default }),
  };
}

function jsonDefault(value: unknown): string | number | boolean {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (typeof value === "bigint" || value instanceof Decimal) return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  throw new MillraceError("PROGRAM", "a column's default is a string, number, bigint, boolean, Decimal or bytes");
}
