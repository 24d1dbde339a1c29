/** For tests of formats of text: rows as plain objects with all that is open in them, whatever the cuts are. */
import assert from "node:assert/strict";
import { openValue } from "../batch/open.js";
import { rowsOf } from "../batch/read.js";
import type { OpenVector } from "../batch/vector.js";
import { schemaOf, t } from "../schema/builder.js";
import type { DeadRow, Decoder, DecoderCounts, DecoderOptions } from "./decoder.js";

/** Everything stays open. */
export const OPEN = schemaOf({ rest: t.open() });

export interface Read {
  readonly rows: readonly Record<string, unknown>[];
  readonly dead: readonly DeadRow[];
  readonly counts: DecoderCounts;
}

/** Decodes it in pieces of so many bytes. */
export function read(
  make: (options: DecoderOptions) => Decoder,
  input: string | Uint8Array,
  { piece = Number.POSITIVE_INFINITY, ...options }: Partial<DecoderOptions> & { piece?: number } = {},
): Read {
  const bytes = Buffer.from(input);
  const decoder = make({ schema: OPEN, ...options });
  const rows: Record<string, unknown>[] = [];
  const dead: DeadRow[] = [];
  let position = 0;
  const take = (): void => {
    for (const decoded of decoder.take()) {
      assert.ok(decoded.position > position);
      position = decoded.position;
      const { batch } = decoded;
      const some: Record<string, unknown>[] = rowsOf(batch).map((row) => ({ ...row }));
      const open = batch.schema.fields.findIndex((f) => f.type.kind === "open");
      if (open >= 0) for (const row of some) delete row[(batch.schema.fields[open] as { name: string }).name];
      if (open >= 0)
        for (const attribute of (batch.columns[open] as OpenVector).attributes)
          for (const [j, row] of attribute.rows.entries()) {
            const value = openValue(attribute, j);
            (some[row] as Record<string, unknown>)[attribute.name] =
              attribute.kind === "json" ? JSON.parse(value as string) : value;
          }
      rows.push(...some);
      dead.push(...decoded.dead);
    }
  };
  for (let at = 0; at < bytes.length; at += piece) {
    decoder.push(bytes.subarray(at, at + piece));
    take();
  }
  decoder.end();
  take();
  const { counts } = decoder;
  assert.equal(counts.lines, counts.rows + counts.dead + counts.blank + counts.continued);
  assert.deepEqual([counts.rows, counts.dead], [rows.length, dead.length]);
  if (bytes.length > 0) assert.equal(position, bytes.length);
  return { rows, dead, counts: { ...counts } };
}

/** The only row of a line. */
export function rowOf(make: (options: DecoderOptions) => Decoder, line: string): Record<string, unknown> {
  const { rows, dead } = read(make, line);
  assert.deepEqual(dead, []);
  assert.equal(rows.length, 1);
  return rows[0] as Record<string, unknown>;
}

export function whyNot(make: (options: DecoderOptions) => Decoder, line: string): string {
  const { rows, dead } = read(make, line);
  assert.deepEqual(rows, []);
  assert.equal(dead.length, 1);
  return (dead[0] as DeadRow).reason;
}
