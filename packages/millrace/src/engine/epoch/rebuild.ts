/**
 * Beginning anew: in a new data directory, after the program changed, or because it was asked for.
 *
 *   1. decide     does the log reach back to the beginning of every input? Nothing is changed before that is known.
 *   2. views, the last commit and the journal go, in one transaction: without a commit every start begins anew, and so
 *                 comes through 3 and 4 again, wherever it was stopped
 *   3. snapshots  go: epochs count from 1 again, and a snapshot is known by its epoch
 *   4. published rows go, as at every start those do that are beyond the last commit (`cutOutputs`); offsets go on
 *                 where retention had left off, so that an offset given up is never given out again
 */
import { MillraceError } from "../../base/errors.js";
import { formatInstant } from "../../base/time.js";
import type { Log } from "../../log/log.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import type { CommitRecord, Store } from "../../view/store.js";
import { partitionKey } from "../time/watermarks.js";
import { ownedPartitions } from "./outputs.js";
import type { Snapshots } from "./snapshots.js";

/** Throws `RETENTION`, saying from when each input does reach back, when one lacks its beginning. `why`: what for. */
export function checkReach(plan: ResolvedPlan, log: Log, why: string): void {
  const stored = log.streams().filter(({ name }) => plan.inputs.some((input) => input.name === name));
  const short = stored.flatMap(({ name, partitions }) =>
    Array.from({ length: partitions }, (_, partition) => shortfall(log, name, partition)).filter((s) => s !== null),
  );
  if (short.length === 0) return;
  throw new MillraceError(
    "RETENTION",
    `${why}, but the log no longer reaches back to the beginning: ${short.join("; ")}`,
    {
      hint: "Nothing was changed. Go on with the program that made this data directory, or use another one; a longer `keep` leaves more to compute from.",
    },
  );
}

function shortfall(log: Log, stream: string, partition: number): string | null {
  const { start, end } = log.bounds(stream, partition);
  if (start === 0) return null;
  const first = start < end ? log.entries(stream, partition, start, start + 1)[0] : undefined;
  const since = first === undefined ? "nothing after it" : `taken in at ${formatInstant(first.appendTime)}`;
  return `"${stream}" partition ${partition} begins at offset ${start}, ${since}`;
}

/** Forgets all results but published rows. Views may then be registered in another form. */
export async function forgetResults(store: Store, snapshots: Snapshots): Promise<void> {
  if (store.last() !== null) await store.clear();
  await snapshots.clear();
}

/** The record before the first commit; its output ends are where the log begins. */
export function beforeFirst(plan: ResolvedPlan, log: Log): CommitRecord {
  const outputs = ownedPartitions(plan).map(([stream, partition]) => [
    partitionKey(stream, partition),
    log.bounds(stream, partition).start,
  ]);
  return { ...noCommit(plan.hash), outputs: Object.fromEntries(outputs) };
}

export function noCommit(plan: string): CommitRecord {
  return { epoch: 0, plan, inputs: {}, outputs: {}, watermarks: {}, counters: {}, hunts: [], at: 0 };
}
