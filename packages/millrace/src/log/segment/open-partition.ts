/**
 * Opening a partition: from the index and the segment files to the entries it holds.
 *
 * For every segment, oldest first:
 * 1. Take what the index knows, if its last entry is really there; else distrust it and scan the whole file.
 * 2. Scan what lies beyond.
 * 3. Of the last segment, cut off the torn tail (a reader of another process only looks past it).
 * Offsets that nothing covers become a `lost` entry, so that offsets stay without gaps and reading says what is wrong.
 */
import type { Disk, DiskFile } from "../../base/disk.js";
import { TIME_MAX, TIME_MIN } from "../../base/time.js";
import type { SourcePosition } from "../log.js";
import type { EntryIndex } from "./entry-index.js";
import type { EntryRow } from "./entry-table.js";
import { EntryTable } from "./entry-table.js";
import type { ReadEnvelope } from "./envelope.js";
import { ownerOf } from "./envelope.js";
import type { Damage, OpenReport } from "./open-report.js";
import type { Found, Scan } from "./scan.js";
import { entryOffsets, isFound, readEntry, scanSegment, Window } from "./scan.js";
import type { Segment } from "./segment-file.js";
import { partitionFolder, segmentBase, segmentPath } from "./segment-file.js";

export interface PartitionState {
  readonly table: EntryTable;
  readonly segments: Segment[];
  /** Sources as segments before the first one left them. */
  readonly oldSources: Map<string, SourcePosition>;
  start: number;
  end: number;
  timeHigh: number;
  markHigh: number;
}

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
    start: bases[0] ?? 0,
    end: bases[0] ?? 0,
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
  indexed: readonly EntryRow[],
  nextBase: number | null,
): Promise<void> {
  const { disk, stream, partition, readOnly, index } = opening;
  const size = await disk.size(path);
  if (size === null) return;
  const owner = ownerOf(stream, partition);
  const file = await disk.openRead(path);
  try {
    const trusted = await isTrusted(file, size, owner, indexed, nextBase !== null);
    const known = indexed.at(-1);
    const knownEnd = known === undefined ? 0 : known.bodyPosition + known.bodyLength;
    // Bytes another process is still writing must be durable before a reader shows them.
    if (readOnly && nextBase === null && size > knownEnd) await file.sync();
    const from = { position: trusted ? knownEnd : 0, offset: trusted ? (known?.to ?? base) : base };
    const scan = await scanSegment(file, size, owner, { ...from, durable: nextBase === null ? knownEnd : Number.POSITIVE_INFINITY });
    if (scan.end === 0 || (base < state.end && scan.parts.length <= 1)) return await dropEmpty(opening, path, size);
    if (state.segments.length === 0) await readOldSources(state, file, size, owner);
    const rows = new RowCollector(opening, state, base, path);
    if (base < state.end) rows.damage(base, base, 0, "out of order");
    if (base > state.end) rows.lost(base, 0, "segment missing");
    if (trusted) for (const row of indexed) rows.take(row);
    opening.report.indexed += trusted ? indexed.length : 0;
    rows.scanned(scan, Math.max(known?.to ?? 0, nextBase ?? 0));
    opening.report.segments++;
    state.segments.push({ base, path, bytes: scan.end });
    if (scan.torn > 0) opening.report.torn.push({ stream, partition, segment: path, position: scan.end, bytes: scan.torn });
    if (readOnly) return;
    if (scan.torn > 0) await cut(disk, path, scan.end);
    if (!trusted) await index.remove(stream, partition, base, 0, base + 1);
    if (rows.fresh.length > 0) await index.put(stream, partition, rows.fresh);
  } finally {
    await file.close();
  }
}

/** A segment whose making a crash interrupted, or a retention that had begun to unlink it. */
async function dropEmpty({ disk, stream, partition, readOnly, report }: Opening, path: string, size: number): Promise<void> {
  if (size > 0) report.torn.push({ stream, partition, segment: path, position: 0, bytes: size });
  if (!readOnly) await disk.remove(path);
}

async function cut(disk: Disk, path: string, length: number): Promise<void> {
  const file = await disk.open(path);
  try {
    await file.truncate(length);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Whether the index's rows of a segment hang together and their last one is in the file. */
async function isTrusted(file: DiskFile, size: number, owner: number, rows: readonly EntryRow[], closed: boolean): Promise<boolean> {
  const last = rows.at(-1);
  if (last === undefined || rows[0]?.from !== last.segment || size < last.bodyPosition + last.bodyLength) return false;
  for (let k = 1; k < rows.length; k++) if (rows[k]?.from !== rows[k - 1]?.to) return false;
  if (closed || last.kind === "lost") return true;
  const found = await readEntry(new Window(file, size), last.position, owner);
  return found !== null && found.envelope.base === last.from && found.envelope.appendTime === last.appendTime;
}

async function readOldSources(state: PartitionState, file: DiskFile, size: number, owner: number): Promise<void> {
  const start = await readEntry(new Window(file, size), 0, owner);
  if (start === null || start.envelope.type !== "start") return;
  state.timeHigh = start.envelope.timeHighBefore;
  state.markHigh = start.envelope.markHighBefore;
  if (start.body === null) return;
  for (const source of JSON.parse(start.body.toString()) as SourcePosition[]) state.oldSources.set(source.source, source);
}

/** Collects the rows of one segment into the state. */
class RowCollector {
  /** Rows that the index does not have. */
  readonly fresh: EntryRow[] = [];
  readonly #opening: Opening;
  readonly #state: PartitionState;
  readonly #base: number;
  readonly #path: string;

  constructor(opening: Opening, state: PartitionState, base: number, path: string) {
    this.#opening = opening;
    this.#state = state;
    this.#base = base;
    this.#path = path;
  }

  take(row: EntryRow): void {
    const state = this.#state;
    state.table.push(row);
    state.end = row.to;
    const mark = row.kind !== "rows" && row.kind !== "lost";
    if (mark) state.markHigh = Math.max(row.markHighBefore, row.timeMax);
    else if (row.kind === "rows") state.timeHigh = Math.max(row.timeHighBefore, row.timeMax);
  }

  /** Takes what a scan found; `until` is the offset that the segment is known to have reached. */
  scanned(scan: Scan, until: number): void {
    let position = scan.end;
    for (const part of scan.parts) {
      if (!isFound(part)) {
        position = part.position;
        if (part === scan.parts.at(-1) && until <= this.#state.end) this.damage(this.#state.end, this.#state.end, position, "header");
        continue;
      }
      if (part.envelope.base > this.#state.end) this.lost(part.envelope.base, Math.min(position, part.position), "header");
      position = scan.end;
      this.#state.timeHigh = Math.max(this.#state.timeHigh, part.envelope.timeHighBefore);
      this.#state.markHigh = Math.max(this.#state.markHigh, part.envelope.markHighBefore);
      if (!part.intact) this.damage(part.envelope.base, part.envelope.base + entryOffsets(part.envelope), part.position, "checksum");
      if (part.envelope.type !== "start") this.#fresh(rowOf(part, this.#base));
    }
    if (until > this.#state.end) this.lost(until, position, "cut off");
  }

  /** Offsets up to `to` that nothing covers. */
  lost(to: number, position: number, reason: Damage["reason"]): void {
    const { end: from, timeHigh: timeHighBefore, markHigh: markHighBefore } = this.#state;
    this.damage(from, to, position, reason);
    const high = { timeHighBefore, markHighBefore, timeMin: TIME_MIN, timeMax: TIME_MAX };
    const place = { segment: this.#base, position, bodyPosition: position, bodyLength: 0 };
    this.#fresh({ kind: "lost", from, to, appendTime: 0, ...high, ...place, source: null });
  }

  damage(from: number, to: number, position: number, reason: Damage["reason"]): void {
    const { stream, partition } = this.#opening;
    this.#opening.report.damages.push({ stream, partition, segment: this.#path, position, from, to, reason });
  }

  #fresh(row: EntryRow): void {
    this.take(row);
    this.fresh.push(row);
    this.#opening.report.scanned++;
  }
}

function rowOf({ position, envelope }: Found, segment: number): EntryRow {
  const { base, appendTime, timeHighBefore, markHighBefore, timeMin, timeMax, source, headerLength, bodyLength } = envelope;
  const where = { segment, position, bodyPosition: position + headerLength, bodyLength };
  const times = { appendTime, timeHighBefore, markHighBefore, timeMin, timeMax };
  return { kind: kindOf(envelope), from: base, to: base + entryOffsets(envelope), ...times, ...where, source };
}

function kindOf(envelope: ReadEnvelope): EntryRow["kind"] {
  return envelope.type === "mark" ? envelope.reason : "rows";
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
