/**
 * `millrace doctor`: is a data directory sound, and what to do when it is not. Reads every byte and changes nothing.
 *
 *   lock       who runs on it            index    where the log's entries are; can be made again
 *   segments   every checksum            store    views and the last commit; can be computed again
 *                                        state    the last snapshot; the journal stands in for it
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { nodeDisk } from "../../base/node-disk.js";
import { FileSnapshots } from "../../engine/epoch/snapshots.js";
import { lockData } from "../../log/segment/data-lock.js";
import { noIndex } from "../../log/segment/entry-index.js";
import type { Damage } from "../../log/segment/open-report.js";
import { describeDamage } from "../../log/segment/open-report.js";
import type { SegmentLog } from "../../log/segment/segment-log.js";
import { openSegmentLog } from "../../log/segment/segment-log.js";
import { openLmdbStore } from "../../view/lmdb/lmdb-store.js";
import type { CommitRecord } from "../../view/store.js";
import { parse } from "../arguments.js";
import { lmdbFault } from "../lmdb-fault.js";
import { count, counted } from "../progress.js";
import { checkData } from "./sql.js";

export const DOCTOR_HELP = `millrace doctor [--data DIR]
  Reads every checksum of a data directory, and says what is damaged and what to do.

  --data DIR   default .millrace

  Offsets are given as [first, first behind). Exits with 1 when something is damaged. Changes nothing.`;

/** A finding: what is wrong, and what to do about it. */
interface Finding {
  readonly line: string;
  readonly advice: string;
}

export async function doctorCommand(args: readonly string[]): Promise<number> {
  const parsed = parse(args, { data: { type: "string" }, verbose: { type: "boolean" } });
  for (const word of parsed.words.slice(1)) parsed.unexpected(word);
  const data = resolve(parsed.text("data") ?? parsed.words[0] ?? ".millrace");
  checkData(data);
  const findings: Finding[] = [];
  const running = await runningOn(data);
  if (running !== null) say(`${running}: what it writes meanwhile may look unfinished`);
  await checkLog(data, findings);
  await checkStore(data, findings);
  for (const { line, advice } of findings) say(`DAMAGED ${line}\n  ${advice}`);
  say(findings.length === 0 ? "sound" : counted(findings.length, "finding"));
  return findings.length === 0 ? 0 : 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function runningOn(data: string): Promise<string | null> {
  // A dead owner's lock is no finding: the next start takes it over.
  if (!existsSync(join(data, "lock"))) return null;
  try {
    await (await lockData(data)).release();
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

async function checkLog(data: string, findings: Finding[]): Promise<void> {
  const index = join(data, "index");
  const fault = lmdbFault(index);
  if (fault !== null)
    findings.push({
      line: `index: ${fault}`,
      advice: `Nothing is lost: remove ${index}, it is made again from the segments.`,
    });
  let log: SegmentLog;
  try {
    log = await openSegmentLog(nodeDisk, data, { readOnly: true, ...(fault === null ? {} : { index: noIndex }) });
  } catch (error) {
    findings.push({ line: `log: ${(error as Error).message}`, advice: "Restore it from a backup." });
    return;
  }
  try {
    for (const { name, partitions } of log.streams())
      for (let partition = 0; partition < partitions; partition++) {
        const { start, end } = log.bounds(name, partition);
        say(`stream ${name}/${partition}: ${end === start ? "empty" : `offsets [${start}, ${end})`}`);
      }
    for (const { stream, partition, bytes } of log.opened.torn)
      say(
        `stream ${stream}/${partition}: ${bytes} bytes of a write that was interrupted; nothing of it was acknowledged, the next start cuts it off`,
      );
    const damages = [...(await log.verify()), ...log.opened.damages];
    const seen = new Set<string>();
    for (const damage of damages) {
      const place = `${damage.segment} ${damage.from}`;
      if (!seen.has(place)) findings.push(segmentFinding(damage));
      seen.add(place);
    }
  } finally {
    await log.close();
  }
}

function segmentFinding(damage: Damage): Finding {
  return {
    line: describeDamage(damage),
    advice: `These offsets can't be read, all others can. Restore ${damage.segment} from a backup.`,
  };
}

async function checkStore(data: string, findings: Finding[]): Promise<void> {
  if (!existsSync(join(data, "store"))) {
    say("store: none yet: nothing has been processed");
    return;
  }
  const advice = `Its views can be computed again, from what the log still has: remove ${join(data, "store")} and ${join(data, "state")}, then run the program.`;
  const fault = lmdbFault(join(data, "store"));
  if (fault !== null) {
    findings.push({ line: `store: ${fault}`, advice });
    return;
  }
  try {
    const store = openLmdbStore(data, { readOnly: true });
    try {
      const reader = store.read();
      try {
        for (const { name } of reader.views()) say(`view ${name}: ${counted(rowsRead(reader.range(name, {})), "row")}`);
        say(`store: epoch ${count(reader.commit?.epoch ?? 0)}`);
        if (reader.commit !== null)
          await checkState(
            data,
            reader.commit,
            [...store.journal(0)].map(({ epoch }) => epoch),
            findings,
          );
      } finally {
        reader.close();
      }
    } finally {
      await store.close();
    }
  } catch (error) {
    findings.push({ line: `store: ${(error as Error).message}`, advice });
  }
}

/** Every row is read, so that a page that can't be is met. */
function rowsRead(rows: Iterable<unknown>): number {
  let n = 0;
  for (const _ of rows) n++;
  return n;
}

/** State comes back from a snapshot and the journal's epochs after it: between them there must be no gap. */
async function checkState(
  data: string,
  commit: CommitRecord,
  journal: readonly number[],
  findings: Finding[],
): Promise<void> {
  const damaged: string[] = [];
  const snapshots = new FileSnapshots(nodeDisk, join(data, "state"), (text) => damaged.push(text));
  const snapshot = await snapshots.load(commit.plan, commit.epoch);
  const from = snapshot?.commit.epoch ?? 0;
  const there = new Set(journal);
  const whole = Array.from({ length: commit.epoch - from }, (_, k) => from + k + 1).every((epoch) => there.has(epoch));
  const advice = whole
    ? `${snapshot === null ? "The journal stands" : "An older snapshot and the journal stand"} in for it: the next start takes longer, nothing is lost.`
    : "Run the program once with --rebuild: views are computed again from the log.";
  for (const line of damaged) findings.push({ line: `state: ${line}`, advice });
  if (damaged.length > 0) return;
  if (!whole) findings.push({ line: `state: the journal lacks epochs after ${from}`, advice });
  else
    say(
      `state: ${snapshot === null ? "the journal" : `snapshot of epoch ${count(from)}`}${commit.epoch > from ? `, ${counted(commit.epoch - from, "epoch")} to run again` : ""}`,
    );
}
