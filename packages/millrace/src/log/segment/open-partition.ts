/**
 * Opening a partition: from the index and the segment files to the entries it holds.
 *
 * For every segment, oldest first:
 * 1. Take what the index knows: it is never ahead of what was synced. If its last entry is not there, look which are.
 * 2. Scan what lies beyond.
 * 3. Of the last segment, cut off the torn tail (a reader of another process only looks past it), and write what is not
 *    known to be synced once more before anybody sees it.
 * Offsets that nothing covers become a `lost` entry, so that offsets stay without gaps and reading says what is wrong.
 */
import type { Disk, DiskFile } from "../../base/disk.js";
import { TIME_MIN } from "../../base/time.js";
import type { TakenPosition } from "../log.js";
import type { EntryIndex } from "./entry-index.js";
import type { EntryRow } from "./entry-table.js";
import { EntryTable } from "./entry-table.js";
import { ownerOf } from "./envelope.js";
import type { OpenReport } from "./open-report.js";
import type { PartitionState } from "./row-collector.js";
import { RowCollector } from "./row-collector.js";
import { readEntry, scanSegment, Window } from "./scan.js";
import { partitionFolder, segmentBase, segmentPath } from "./segment-file.js";

export interface Opening {
  readonly disk: Disk;
  readonly data: string;
  readonly stream: string;
  readonly partition: number;
  readonly index: EntryIndex;
  readonly readOnly: boolean;
  readonly report: OpenReport;
}

export async function openPartition(opening: Opening): Promise<PartitionState> {
  const { disk, data, stream, partition, index } = opening;
  const folder = partitionFolder(data, stream, partition);
  const bases = (await disk.list(folder)).map(segmentBase).filter((base) => base !== null);
  const indexed = indexedBySegment(index.rows(stream, partition));
  const state: PartitionState = {
    table: new EntryTable(),
    segments: [],
    oldSources: new Map(),
    start: 0,
    end: 0,
    timeHigh: TIME_MIN,
    markHigh: TIME_MIN,
  };
  for (let k = 0; k < bases.length; k++) {
    const base = bases[k] as number;
    await openSegment(opening, state, base, segmentPath(folder, base), indexed.get(base) ?? [], bases[k + 1] ?? null);
    indexed.delete(base);
  }
  // Rows of segments that are gone: an unlinking that the index did not hear of.
  if (!opening.readOnly) for (const base of indexed.keys()) await index.remove(stream, partition, base, 0, base + 1);
  opening.report.partitions++;
  return state;
}

async function openSegment(
  opening: Opening,
  state: PartitionState,
  base: number,
  path: string,
  rows: readonly EntryRow[],
  nextBase: number | null,
): Promise<void> {
  const { disk, stream, partition, readOnly, index, report } = opening;
  const size = await disk.size(path);
  if (size === null) return;
  const owner = ownerOf(stream, partition);
  const indexed = hangTogether(rows, base) ? rows : [];
  const known = indexed.at(-1);
  const knownEnd = known === undefined ? 0 : known.bodyPosition + known.bodyLength;
  const file = await disk.openRead(path);
  try {
    // A reader shows what another process may not have synced yet.
    if (readOnly && nextBase === null && size > knownEnd) await file.sync();
    const durable = nextBase === null ? knownEnd : Number.POSITIVE_INFINITY;
    const scan = await scanSegment(file, size, owner, { position: knownEnd, offset: known?.to ?? base, durable });
    if (scan.end === 0) return await dropEmpty(opening, path, size);
    if (state.segments.length === 0) await readStart(state, file, size, owner, base);
    const collector = new RowCollector({ stream, partition }, report.damages, state, base, path);
    if (base < state.end) return collector.damage(base, base, 0, "out of order");
    if (base > state.end) collector.lost(base, 0, "missing");
    if (known !== undefined && !(await isThere(file, size, owner, known, nextBase !== null)))
      for (const row of indexed)
        if (!(await isIntact(file, size, owner, row))) collector.damage(row.from, row.to, row.position, "checksum");
    for (const row of indexed) collector.take(row);
    const fresh = collector.takeScan(scan, nextBase ?? 0);
    report.segments++;
    report.indexed += indexed.length;
    report.scanned += fresh.length;
    state.segments.push({ base, path, bytes: scan.end });
    if (scan.torn > 0) report.torn.push({ stream, partition, segment: path, position: scan.end, bytes: scan.torn });
    if (readOnly) return;
    if (scan.torn > 0 || scan.end > scan.durable) await settle(disk, path, Math.min(scan.durable, scan.end), scan.end);
    if (indexed.length < rows.length) await index.remove(stream, partition, base, 0, base + 1);
    if (fresh.length > 0) await index.put(stream, partition, fresh);
  } finally {
    await file.close();
  }
}

/** A segment whose making a crash interrupted, or a retention that had begun to unlink it. */
async function dropEmpty(
  { disk, stream, partition, readOnly, report }: Opening,
  path: string,
  size: number,
): Promise<void> {
  if (size > 0) report.torn.push({ stream, partition, segment: path, position: 0, bytes: size });
  if (!readOnly) await disk.remove(path);
}

/**
 * Cuts the file at `end` and makes what is there from `durable` on durable. A process that died before its sync left it
 * in the page cache only; and after a sync that failed the kernel may hold pages that it will never write, and call
 * every later sync a success. So the bytes are written once more.
 */
async function settle(disk: Disk, path: string, durable: number, end: number): Promise<void> {
  const file = await disk.open(path);
  try {
    await file.truncate(end);
    for (let position = durable; position < end; position += REWRITE_BYTES)
      await file.write(position, [await file.read(position, Math.min(REWRITE_BYTES, end - position))]);
    await file.sync();
  } finally {
    await file.close();
  }
}

const REWRITE_BYTES = 4 << 20;

/** Whether the index's rows of a segment begin where it begins and leave no offset out. */
function hangTogether(rows: readonly EntryRow[], base: number): boolean {
  for (let k = 0; k < rows.length; k++) if (rows[k]?.from !== (k === 0 ? base : rows[k - 1]?.to)) return false;
  return true;
}

/** Whether the last entry that the index knows is in the file; of a segment that others follow, its length must do. */
async function isThere(file: DiskFile, size: number, owner: number, last: EntryRow, closed: boolean): Promise<boolean> {
  if (size < last.bodyPosition + last.bodyLength) return false;
  return closed || (await isIntact(file, size, owner, last));
}

async function isIntact(file: DiskFile, size: number, owner: number, row: EntryRow): Promise<boolean> {
  if (row.kind === "lost") return true;
  const found = await readEntry(new Window(file, size), row.position, owner);
  return found?.intact === true && found.envelope.base === row.from;
}

/** The first segment's start entry says what older ones knew. */
async function readStart(
  state: PartitionState,
  file: DiskFile,
  size: number,
  owner: number,
  base: number,
): Promise<void> {
  state.start = base;
  state.end = base;
  const start = await readEntry(new Window(file, size), 0, owner);
  if (start === null || start.envelope.type !== "start") return;
  state.timeHigh = start.envelope.timeHighBefore;
  state.markHigh = start.envelope.markHighBefore;
  if (start.body === null) return;
  for (const source of JSON.parse(start.body.toString()) as TakenPosition[])
    state.oldSources.set(source.source, source);
}

function indexedBySegment(rows: Iterable<EntryRow>): Map<number, EntryRow[]> {
  const bySegment = new Map<number, EntryRow[]>();
  for (const row of rows) {
    const same = bySegment.get(row.segment);
    if (same === undefined) bySegment.set(row.segment, [row]);
    else same.push(row);
  }
  return bySegment;
}
