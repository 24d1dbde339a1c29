import assert from "node:assert/strict";
import { test } from "node:test";
import type { Batch } from "../../batch/batch.js";
import { batchOf } from "../../batch/build.js";
import { rowsOf as plainRows } from "../../batch/read.js";
import { app, outputsOf } from "../../plan/app.js";
import { stream } from "../../plan/define.js";
import type { AggregateNode } from "../../plan/nodes/node.js";
import { ResolvedPlan } from "../../plan/resolve.js";
import { t } from "../../schema/builder.js";
import { AggregateOperator } from "../operators/aggregate.js";
import type { StatePiece } from "./state-piece.js";
import { piecesOf, rowsOf } from "./state-piece.js";

const program = app(import.meta, "pieces", [
  stream("s", { at: t.timestamp(), k: t.string().optional(), x: t.float64() }, { time: "at" })
    .by("k")
    .agg((a) => ({ n: a.count(), sum: a.sum("x"), last: a.last("x"), distinct: a.countDistinct("x") }), {
      keep: "forever",
    })
    .view("v"),
]);
const plan = new ResolvedPlan({ app: program.name, url: program.url, outputs: outputsOf(program) });
const node = plan.nodes.find((each) => each.kind === "aggregate") as AggregateNode;

function operator(): AggregateOperator {
  return new AggregateOperator("v/agg", plan.aggregate(node), [], { dead() {}, count() {} });
}

function push(to: AggregateOperator, rows: readonly { readonly k: string | null; readonly x: number }[]): void {
  const batch: Batch = batchOf(plan.neededSchema(node.input), rows);
  const time = new Int32Array(2 * rows.length);
  const origin = { stream: "s", partition: 0 };
  to.push({ batch, time, lateBy: null, origin, base: 0, index: null, via: [], sub: null }, 0);
}

const KEYS = 150_000;
const ROWS = Array.from({ length: KEYS }, (_, k) => ({ k: k === 7 ? null : `key ${k}`, x: k / 10 }));

test("pieces are bounded, whatever number of groups there is; an operator without any gives none", () => {
  const full = operator();
  push(full, ROWS);
  const pieces = [...piecesOf(full)];
  assert.equal(
    pieces.reduce((sum, { keys }) => sum + keys, 0),
    KEYS,
  );
  assert(pieces.length > 2 && pieces.every(({ keys }) => keys <= 65_536));
  assert.deepEqual([...piecesOf(operator())], []);
});

test("each worker takes its own keys of every piece, and no other; together they have what was saved", () => {
  const full = operator();
  push(full, ROWS.slice(0, 1000));
  push(full, ROWS.slice(500, 1500));
  const saved = [...piecesOf(full)];
  for (const workers of [1, 2, 3, 7]) {
    const parts = Array.from({ length: workers }, (_, index) => {
      const part = operator();
      for (const piece of saved) part.restore({ table: piece.table, rows: rowsOf(piece, part, index, workers) });
      return part;
    });
    const counts = parts.map((part) => part.describe().rows);
    assert.equal(
      counts.reduce((sum, own) => sum + own),
      1500,
    );
    assert(counts.every((own) => own > 0));
    assert.deepEqual(contentOf(parts), contentOf([full]), `${workers} workers`);
  }
});

test("parts that were saved apart are one when they are taken up together", () => {
  const [one, two, whole] = [operator(), operator(), operator()];
  push(one, ROWS.slice(0, 700));
  push(two, ROWS.slice(300, 1000));
  push(whole, ROWS.slice(0, 700));
  push(whole, ROWS.slice(300, 1000));
  const merged = operator();
  for (const part of [one, two])
    for (const piece of piecesOf(part))
      merged.restore({ table: piece.table, rows: rowsOf(piece as StatePiece, merged, 0, 1) });
  assert.deepEqual(contentOf([merged]), contentOf([whole]));
});

function contentOf(operators: readonly AggregateOperator[]): string[] {
  const rows = operators.flatMap((each) => [...each.checkpoint()].flatMap(({ rows: batch }) => plainRows(batch)));
  return rows.map((row) => JSON.stringify(row)).sort();
}
