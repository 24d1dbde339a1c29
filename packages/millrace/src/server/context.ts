/** What routes share: the running program, and reading its committed rows. */
import type { Clock } from "../base/clock.js";
import type { Disk } from "../base/disk.js";
import { MillraceError, suggest } from "../base/errors.js";
import { rowAt } from "../batch/read.js";
import { rowJson } from "../batch/row-json.js";
import type { Runtime } from "../engine/runtime.js";
import { DEAD_LETTERS, DEAD_LETTERS_EDGE } from "../log/dead-letters.js";
import { loadRows } from "../log/load-chunk.js";
import type { StreamSpec } from "../log/log.js";
import { TIME_COLUMN } from "../plan/resolve.js";
import type { Sql } from "../sql/sql.js";
import type { ViewSpec } from "../view/store.js";

/** A running program: what `openProgram` gives. */
export interface Served {
  readonly runtime: Runtime;
  readonly sql: Sql;
}

export interface Context extends Served {
  readonly clock: Clock;
  readonly disk: Disk;
}

/** A stream by name, input, published or dead letters; throws `NAME`. */
export function streamNamed({ runtime }: Context, name: string): StreamSpec {
  const { inputs, published, controls } = runtime.plan;
  const streams = [...inputs, ...published, ...controls, DEAD_LETTERS];
  const found = streams.find((stream) => stream.name === name);
  if (found !== undefined) return found;
  throw new MillraceError("NAME", `there is no stream "${name}"`, {
    hint: suggest(
      name,
      streams.map((s) => s.name),
    ),
  });
}

/** A view by name; throws `NAME`. */
export function viewNamed({ runtime }: Context, name: string): ViewSpec {
  const { views } = runtime.plan;
  const found = views.find((view) => view.name === name);
  if (found !== undefined) return found;
  throw new MillraceError("NAME", `there is no view "${name}"`, {
    hint: suggest(
      name,
      views.map((v) => v.name),
    ),
  });
}

/** Offsets of a partition that can be read: [start, end), where the end is the last commit's. */
export function committed(
  { runtime }: Context,
  { name }: StreamSpec,
  partition: number,
): { readonly start: number; readonly end: number } {
  const { start, end } = runtime.log.bounds(name, partition);
  const { inputs, outputs } = runtime.engine.commit;
  // What the edge refuses is durable when its request is answered: it belongs to no commit.
  if (name === DEAD_LETTERS.name && partition === DEAD_LETTERS_EDGE) return { start, end };
  const key = `${name}/${partition}`;
  const { inputs: read, controls } = runtime.plan;
  return {
    start,
    end: Math.min(end, ([...read, ...controls].some((input) => input.name === name) ? inputs[key] : outputs[key]) ?? 0),
  };
}

export interface StreamRow {
  readonly partition: number;
  readonly offset: number;
  /** See `row-json.ts` for how values are written. */
  readonly row: Readonly<Record<string, unknown>>;
}

/** Committed rows of a partition from offset `from` on, in offset order, at most `limit`. Throws `RETENTION`, `CORRUPT`. */
export async function readRows(
  context: Context,
  spec: StreamSpec,
  partition: number,
  from: number,
  limit: number,
): Promise<StreamRow[]> {
  const { start, end } = committed(context, spec, partition);
  const rows: StreamRow[] = [];
  if (from >= end) return rows;
  const shown = { fields: spec.schema.fields.filter(({ name }) => name !== TIME_COLUMN) };
  for (const ref of context.runtime.log.entries(spec.name, partition, Math.max(start, from), end)) {
    if (ref.body.kind !== "rows") continue;
    const batch = await loadRows(ref, spec.schema, null, context.disk);
    const last = Math.min(ref.to, end);
    for (let offset = Math.max(ref.from, from); offset < last; offset++) {
      rows.push({ partition, offset, row: rowJson(shown, rowAt(batch, offset - ref.from)) });
      if (rows.length === limit) return rows;
    }
  }
  return rows;
}
