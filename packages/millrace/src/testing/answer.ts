/** What a program has answered: the final views, published streams and dead letters as canonical text. */

import type { Disk } from "../base/disk.js";
import { nodeDisk } from "../base/node-disk.js";
import { rowsOf } from "../batch/read.js";
import { DEAD_LETTERS } from "../log/dead-letters.js";
import { loadRows } from "../log/load-chunk.js";
import type { Log } from "../log/log.js";
import type { ResolvedPlan } from "../plan/resolve.js";
import { TIME_COLUMN } from "../plan/resolve.js";
import type { Field, Schema } from "../schema/column-type.js";
import { field } from "../schema/column-type.js";
import type { Value } from "../schema/types.js";
import { RowCodec } from "../view/row-codec.js";
import type { Program } from "./program.js";
import { printRow } from "./scenario/row-text.js";

export type PlainRow = Record<string, Value>;

/** What an `expect` of dead letters shows. */
const DEAD_FIELDS: readonly Field[] = [
  field("operator", { kind: "string" }, true),
  field("reason", { kind: "string" }),
];
/** A dead letter without its time, which is the clock's. */
const DEAD_WHOLE: readonly Field[] = DEAD_LETTERS.schema.fields.filter(({ name }) => name !== "at");

/** Columns of a view, a published stream or the dead letters, as scenarios write them. */
export function fieldsOf(plan: ResolvedPlan, name: string): readonly Field[] | null {
  if (name === DEAD_LETTERS.name) return DEAD_FIELDS;
  const found = plan.views.find((view) => view.name === name) ?? plan.published.find((stream) => stream.name === name);
  return found === undefined ? null : found.schema.fields.filter((f) => f.name !== TIME_COLUMN);
}

/** Rows as lines: a view's in order of key, a stream's as a sorted set. */
export async function linesOf(program: Program, name: string): Promise<string[]> {
  const fields = fieldsOf(program.plan, name) ?? [];
  if (program.plan.views.some((view) => view.name === name))
    return readView(program, name).map((row) => printRow(row, fields));
  return (await readPublished(program, name)).map((row) => printRow(row, fields)).sort();
}

/** Equal texts are equal answers. */
export async function answerOf(program: Program): Promise<string> {
  const { plan, runtime } = program;
  const parts: string[] = [];
  for (const { name } of plan.views) parts.push(`view ${name}`, ...(await linesOf(program, name)));
  for (const { name } of plan.published) parts.push(`stream ${name}`, ...(await linesOf(program, name)));
  const dead = await readStream(
    runtime.log,
    DEAD_LETTERS.name,
    DEAD_LETTERS.partitions,
    DEAD_LETTERS.schema,
    program.disk,
  );
  const told = dead.filter(({ stream }) => stream !== "" || !showsUpdates(plan));
  parts.push("dead letters", ...told.map((row) => printRow(row, DEAD_WHOLE)).sort());
  const counts = Object.entries(runtime.engine.commit.counters).filter(([name]) => /^(in|late)\//.test(name));
  parts.push("counters", ...counts.map(([name, value]) => `${name} ${value}`).sort());
  return parts.join("\n");
}

/**
 * Whether the program has keyed rows that are seen before they are final. What is refused of such a row (a sum that has
 * left its range for a while) depends on when it is looked at, as the row itself does.
 */
function showsUpdates(plan: ResolvedPlan): boolean {
  return plan.nodes.some((node) => node.kind === "aggregate" && node.emit === "updates");
}

/** A view's rows in order of key. */
export function readView(program: Program, name: string): PlainRow[] {
  const rows = new RowCodec(program.plan.view(name).schema);
  const reader = program.runtime.store.read();
  try {
    return Array.from(reader.range(name, {}), ({ value }) => rows.decode(value) as PlainRow);
  } finally {
    reader.close();
  }
}

/** Rows of a published stream or of the dead letters, in log order. */
export async function readPublished(program: Program, name: string): Promise<PlainRow[]> {
  const { plan, runtime } = program;
  const spec = name === DEAD_LETTERS.name ? DEAD_LETTERS : plan.published.find((candidate) => candidate.name === name);
  if (spec === undefined) return [];
  const rows = await readStream(runtime.log, name, spec.partitions, spec.schema, program.disk);
  return rows.map(({ [TIME_COLUMN]: _time, ...row }) => row);
}

export async function readStream(
  log: Log,
  name: string,
  partitions: number,
  schema: Schema,
  disk: Disk = nodeDisk,
): Promise<PlainRow[]> {
  const rows: PlainRow[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const { start, end } = log.bounds(name, partition);
    for (const ref of log.entries(name, partition, start, end))
      if (ref.body.kind === "rows")
        for (const row of rowsOf(await loadRows(ref, schema, null, disk))) rows.push(row as PlainRow);
  }
  return rows;
}
