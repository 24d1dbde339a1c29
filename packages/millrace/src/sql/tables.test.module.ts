/** Tables for the tests: every type, nulls, open attributes. */

import { systemClock } from "../base/clock.js";
import { Decimal } from "../base/decimal.js";
import { Random } from "../base/random.js";
import { batchOf } from "../batch/build.js";
import { rowsOf } from "../batch/read.js";
import { schemaOf, t } from "../schema/builder.js";
import type { Schema } from "../schema/column-type.js";
import { batchTable } from "./batch-catalog.js";
import type { Catalog, ScanRequest, SqlTable } from "./catalog.js";
import type { ResultColumn } from "./format.js";
import type { QueryLimits, QuerySummary } from "./protocol.js";
import { RunningQuery } from "./run-query.js";
import type { SqlValue } from "./values.js";

export const LIMITS: QueryLimits = { timeoutMs: 10_000, rowsMax: 100_000, memory: 256 * 1024 * 1024, threads: 2 };

export interface TestResult extends QuerySummary {
  readonly columns: readonly ResultColumn[];
  readonly rows: SqlValue[][];
}

/** Runs a query on this thread, over tables at hand. */
export async function run(
  tables: readonly SqlTable[],
  sql: string,
  limits: Partial<QueryLimits> = {},
): Promise<TestResult> {
  let columns: readonly ResultColumn[] = [];
  const rows: SqlValue[][] = [];
  const catalog: Catalog = { snapshot: async () => ({ epoch: 1, tables, close: () => {} }), close: () => {} };
  const summary = await new RunningQuery(sql, { ...LIMITS, ...limits }, systemClock).run(
    catalog,
    async () => undefined,
    {
      columns: (given) => (columns = given),
      rows: async (given) => void rows.push(...given),
      abandon: () => {},
    },
  );
  return { columns, rows, ...summary };
}

/** A stream in one or more batches, and the scans that were asked of it. */
export function streamOf(
  name: string,
  schema: Schema,
  batches: readonly (readonly Record<string, unknown>[])[],
): { table: SqlTable; scans: ScanRequest[] } {
  const scans: ScanRequest[] = [];
  let offset = 0;
  const table = batchTable({
    name,
    kind: "stream",
    schema,
    time: "time",
    batches: batches.map((rows, partition) => {
      const batch = batchOf(schema, rows);
      const times = rowsOf(batch).map((row) => row.time as number);
      const placed = {
        batch,
        partition,
        offset,
        appendTime: 1000 * partition,
        timeMin: Math.min(...times),
        timeMax: Math.max(...times),
      };
      offset += rows.length;
      return placed;
    }),
  });
  const scan = (request: ScanRequest): ReturnType<SqlTable["scan"]> => {
    scans.push(request);
    return table.scan(request);
  };
  return { table: { ...table, scan }, scans };
}

export const EVERY_TYPE = schemaOf({
  time: t.timestamp(),
  flag: t.bool().optional(),
  small: t.int32().optional(),
  whole: t.int().optional(),
  large: t.int64().optional(),
  real: t.float64().optional(),
  tiny: t.decimal(4, 2).optional(),
  money: t.decimal(9, 2).optional(),
  wide: t.decimal(18, 4).optional(),
  huge: t.decimal(38, 10).optional(),
  word: t.string().optional(),
  text: t.string().optional(),
  state: t.oneOf("on", "off").optional(),
  nanos: t.timestampNs().optional(),
  bytes: t.binary().optional(),
  tags: t.list(t.string().optional()).optional(),
  flags: t.list(t.bool()).optional(),
  place: t.struct({ x: t.float64(), label: t.string().optional(), parts: t.list(t.int32()) }).optional(),
  attrs: t.open(),
});

/** Rows of `EVERY_TYPE`, made from a seed; about one value in five is null. */
export function everyTypeRows(seed: number, count: number): Record<string, unknown>[] {
  const random = new Random(seed);
  const maybe = <V>(make: () => V): V | null => (random.next() < 0.2 ? null : make());
  const digits = (n: number): string => Array.from({ length: n }, () => random.int(0, 9)).join("");
  const long = (): bigint =>
    BigInt.asIntN(64, (BigInt(random.int(0, 0xffff_ffff)) << 32n) | BigInt(random.int(0, 0xffff_ffff)));
  const word = (): string =>
    random.pick([
      "",
      "a",
      "twelve bytes",
      "thirteen byte",
      "äöü",
      "日本語のテキスト",
      "x".repeat(300),
      "quote ' \" ,",
      "nul\0nul and more",
    ]);
  return Array.from({ length: count }, (_, i) => ({
    time: random.int(-4_000_000_000_000, 4_000_000_000_000),
    flag: maybe(() => random.next() < 0.5),
    small: maybe(() => random.int(-2_147_483_648, 2_147_483_647)),
    whole: maybe(() => random.int(-9_007_199_254_740_991, 9_007_199_254_740_991)),
    large: maybe(long),
    real: maybe(() => random.pick([0, -1.5, 1e300, 5e-324, Number.POSITIVE_INFINITY, Number.NaN, random.next()])),
    tiny: maybe(() => Decimal.parse(`${random.pick(["", "-"])}${digits(2)}.${digits(2)}`)),
    money: maybe(() => Decimal.parse(`${random.pick(["", "-"])}${digits(7)}.${digits(2)}`)),
    wide: maybe(() => Decimal.parse(`${random.pick(["", "-"])}${digits(14)}.${digits(4)}`)),
    huge: maybe(() => Decimal.parse(`${random.pick(["", "-"])}${digits(28)}.${digits(10)}`)),
    word: maybe(word),
    text: maybe(() => `${word()}${i}${word()}`),
    state: maybe(() => random.pick(["on", "off"])),
    nanos: maybe(() => long() / 4n),
    bytes: maybe(() => Uint8Array.from({ length: random.int(0, 40) }, () => random.int(0, 255))),
    tags: maybe(() => Array.from({ length: random.int(0, 4) }, () => maybe(word))),
    flags: maybe(() => Array.from({ length: random.int(0, 20) }, () => random.next() < 0.5)),
    place: maybe(() => ({
      x: random.next(),
      label: maybe(word),
      parts: Array.from({ length: random.int(0, 3) }, () => random.int(-9, 9)),
    })),
    attrs: {
      ...(i % 2 ? { Image: word() } : {}),
      ...(i % 3 ? { EventID: i % 7 } : {}),
      ...(i % 5 ? { mixed: i % 4 ? i : word() } : {}),
      nested: { ok: i % 2 === 0 },
      ratio: i + 0.5,
      list: [i, "x"],
    },
  }));
}
