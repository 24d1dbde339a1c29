/**
 * A program's input as its log has it, to be put into another's: rows, marks and append times as they were decided,
 * but in other chunks. What the clock decided (idle partitions) is then the same, as the law has it.
 */

import type { Batch } from "../batch/batch.js";
import { concatBatches } from "../batch/take.js";
import { DEAD_LETTERS, DEAD_LETTERS_EDGE } from "../log/dead-letters.js";
import { loadRows } from "../log/load-chunk.js";
import type { AppendRequest, MarkRequest } from "../log/log.js";
import type { ResolvedPlan } from "../plan/resolve.js";
import { ruleChangesOf } from "../plan/rules/rule-change.js";
import type { Program } from "./program.js";

export type History = readonly ({ readonly rows: AppendRequest } | { readonly mark: MarkRequest })[];

/** What was refused at the edge was decided by the clock too. */
const EDGE = { ...DEAD_LETTERS, partitions: DEAD_LETTERS_EDGE + 1 };

/** Rows of one partition between two marks, appended at one time, become one chunk. */
export async function historyOf(program: Program): Promise<History> {
  const { plan, runtime, disk } = program;
  const history: ({ rows: AppendRequest } | { mark: MarkRequest })[] = [];
  for (const { name, partitions, schema } of [...plan.inputs, ...plan.controls, EDGE])
    for (let partition = 0; partition < partitions; partition++) {
      let gathered: Batch[] = [];
      let appendTime = 0;
      const flush = (): void => {
        if (gathered.length > 0)
          history.push({ rows: { stream: name, partition, rows: concatBatches(gathered), appendTime } });
        gathered = [];
      };
      for (const ref of runtime.log.entries(name, partition, 0, runtime.log.bounds(name, partition).end)) {
        if (ref.appendTime !== appendTime || ref.body.kind === "mark") flush();
        appendTime = ref.appendTime;
        if (ref.body.kind === "rows") {
          const rows = await loadRows(ref, schema, null, disk);
          if (!isBeginning(plan, name, rows)) gathered.push(rows);
        } else
          history.push({
            mark: { stream: name, partition, watermark: ref.body.watermark, appendTime, reason: ref.body.reason },
          });
      }
      flush();
    }
  return history;
}

/** The rules that a program begins with are there already when it has begun. */
function isBeginning(plan: ResolvedPlan, stream: string, rows: Batch): boolean {
  return plan.controls.some(({ name }) => name === stream) && ruleChangesOf(rows).some(({ by }) => by === "start");
}

export async function putHistory(program: Program, history: History): Promise<void> {
  for (const entry of history)
    if ("rows" in entry) await program.runtime.log.append([entry.rows]);
    else await program.runtime.log.mark([entry.mark]);
}

/** Whether the answer depends on when rows arrive: a join with a table's row as it is now. Replay then needs the journal's epochs. */
export function isArrivalOrdered(plan: ResolvedPlan): boolean {
  return plan.nodes.some((node) => node.kind === "lookup");
}
