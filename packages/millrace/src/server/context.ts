/** What routes share: the running program, and readers over its committed state. */
import { nodeDisk } from "../base/node-disk.js";
import { MillraceError, suggest } from "../base/errors.js";
import { rowsOf } from "../batch/read.js";
import { DEAD_LETTERS } from "../log/dead-letters.js";
import { loadRows } from "../log/load-chunk.js";
import type { StreamSpec } from "../log/log.js";
import type { Runtime } from "../engine/runtime.js";
import type { Sql } from "../sql/sql.js";
import type { ViewSpec } from "../view/store.js";
import { TIME_COLUMN } from "../plan/resolve.js";
import { rowJson } from "./row-json.js";

export interface Context {
  readonly runtime: Runtime;
  readonly sql: Sql;
}

/** A stream by name, input, published or dead letters; throws `NAME`. */
export function streamNamed({ runtime }: Context, name: string): StreamSpec {
  const streams = [...runtime.plan.inputs, ...runtime.plan.published, DEAD_LETTERS];
  const found = streams.find((stream) => stream.name === name);
  if (found === undefined) throw new MillraceError("NAME", `there is no stream "${name}"`, { hint: suggest(name, streams.map((s) => s.name)) });
  return found;
}

export function viewNamed({ runtime }: Context, name: string): ViewSpec {
  const found = runtime.plan.views.find((view) => view.name === name);
  if (found === undefined) throw new MillraceError("NAME", `there is no view "${name}"`, { hint: suggest(name, runtime.plan.views.map((v) => v.name)) });
  return found;
}

export interface StreamRow {
  readonly partition: number;
  readonly offset: number;
  readonly row: Readonly<Record<string, unknown>>;
}

/** Rows [from, to) of a partition as JSON, at most `limit`. */
export async function readRows({ runtime }: Context, spec: StreamSpec, partition: number, from: number, limit: number): Promise<StreamRow[]> {
  const { start, end } = runtime.log.bounds(spec.name, partition);
  const rows: StreamRow[] = [];
  for (const ref of runtime.log.entries(spec.name, partition, Math.max(start, from), end)) {
    if (rows.length >= limit) break;
    if (ref.body.kind !== "rows") continue;
    const batch = await loadRows(ref, spec.schema, null, nodeDisk);
    rowsOf(batch).forEach((row, k) => {
      const offset = ref.from + k;
      if (offset < from || rows.length >= limit) return;
      const { [TIME_COLUMN]: _time, ...shown } = rowJson(spec.schema, row);
      rows.push({ partition, offset, row: shown });
    });
  }
  return rows;
}
