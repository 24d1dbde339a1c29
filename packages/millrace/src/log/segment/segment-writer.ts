/**
 * Writes the newest segment file of a partition, and begins new ones.
 *
 * After a failed write or sync the file is suspect: a kernel may have dropped pages it could not write, and call the
 * next sync a success. So it is opened again, cut back to the last durable entry and looked at before anything else is
 * written: at once, so that a crash does not bring rejected bytes back, and if that fails too, before the next write.
 */
import type { Disk, DiskFile } from "../../base/disk.js";
import { MillraceError } from "../../base/errors.js";
import { TIME_MIN } from "../../base/time.js";
import type { SourcePosition, TakenPosition } from "../log.js";
import type { EntryRow } from "./entry-table.js";
import type { Envelope } from "./envelope.js";
import { encodeEnvelope, ownerOf } from "./envelope.js";
import type { PartitionState } from "./row-collector.js";
import { highsAfter } from "./row-collector.js";
import { readEntry, Window } from "./scan.js";
import type { Segment } from "./segment-file.js";
import { partitionFolder, segmentPath } from "./segment-file.js";

/** An entry to be: offsets and running highs are decided when it is written. */
export interface Draft {
  readonly kind: "rows" | "idle" | "end" | "test";
  readonly rows: number;
  readonly appendTime: number;
  readonly timeMin: number;
  readonly timeMax: number;
  readonly source: SourcePosition | null;
  readonly body: Uint8Array;
}

export interface WriterSettings {
  readonly disk: Disk;
  readonly data: string;
  readonly stream: string;
  readonly partition: number;
  readonly segmentBytesMax: number;
}

export class SegmentWriter {
  readonly #settings: WriterSettings;
  readonly #state: PartitionState;
  readonly #sources: ReadonlyMap<string, TakenPosition>;
  readonly #owner: number;
  /** The newest segment, open for writing; null until something is written, and after a failed roll. */
  #file: DiskFile | null = null;
  #suspect = false;
  #mustRoll = false;

  /** Reads the partition's state and sources when it writes; of the state it changes the segments only. */
  constructor(settings: WriterSettings, state: PartitionState, sources: ReadonlyMap<string, TakenPosition>) {
    this.#settings = settings;
    this.#state = state;
    this.#sources = sources;
    this.#owner = ownerOf(settings.stream, settings.partition);
  }

  /** Writes and syncs the entries; returns them as they are in the file. Throws `DISK`: then none of them is. */
  async write(drafts: readonly Draft[]): Promise<EntryRow[]> {
    await this.#repairIfSuspect();
    await this.#rollIfFull();
    const segment = this.#state.segments.at(-1) as Segment;
    const { parts, rows, end } = this.#layOut(segment, drafts);
    try {
      const file = await this.#open(segment);
      await file.write(segment.bytes, parts);
      await file.sync();
    } catch (error) {
      this.#suspect = true;
      await this.#repairIfSuspect().catch(() => {});
      throw error;
    }
    segment.bytes = end;
    return rows;
  }

  /** Begins a new segment, unless the newest is without offsets. Until it has succeeded nothing else is written. */
  async roll(): Promise<void> {
    await this.#repairIfSuspect();
    const { end: base, timeHigh: timeHighBefore, markHigh: markHighBefore, segments } = this.#state;
    if (segments.at(-1)?.base === base) return;
    this.#mustRoll = true;
    await this.close();
    const body = Buffer.from(JSON.stringify([...this.#sources.values()]));
    const times = { appendTime: 0, timeHighBefore, markHighBefore, timeMin: TIME_MIN, timeMax: TIME_MIN };
    const header = encodeEnvelope(
      { type: "start", reason: "idle", rows: 0, base, ...times, durable: 0, source: null },
      body,
      this.#owner,
    );
    const path = segmentPath(
      partitionFolder(this.#settings.data, this.#settings.stream, this.#settings.partition),
      base,
    );
    const file = await this.#settings.disk.open(path);
    try {
      // What an earlier attempt left behind.
      await file.truncate(0);
      await file.write(0, [header, body]);
      await file.sync();
    } catch (error) {
      await file.close().catch(() => {});
      await this.#settings.disk.remove(path).catch(() => {});
      throw error;
    }
    segments.push({ base, path, bytes: header.length + body.length });
    this.#file = file;
    this.#mustRoll = false;
  }

  /** Removes the segments after the one that begins at `base`, newest first, and cuts that one to `bytes`. Durable. */
  async cut(base: number, bytes: number): Promise<void> {
    const { segments } = this.#state;
    await this.close();
    while ((segments.at(-1) as Segment).base > base) {
      await emptyAndRemove(this.#settings.disk, (segments.at(-1) as Segment).path);
      segments.pop();
    }
    (segments.at(-1) as Segment).bytes = bytes;
    this.#mustRoll = false;
    this.#suspect = true;
    await this.#repairIfSuspect();
  }

  async close(): Promise<void> {
    const file = this.#file;
    this.#file = null;
    await file?.close().catch(() => {});
  }

  #layOut(segment: Segment, drafts: readonly Draft[]): { parts: Uint8Array[]; rows: EntryRow[]; end: number } {
    let { end, timeHigh, markHigh } = this.#state;
    let position = segment.bytes;
    const parts: Uint8Array[] = [];
    const rows: EntryRow[] = [];
    for (const { kind, rows: count, appendTime, timeMin, timeMax, source, body } of drafts) {
      const times = { appendTime, timeHighBefore: timeHigh, markHighBefore: markHigh, timeMin, timeMax };
      const type =
        kind === "rows" ? ({ type: "rows", reason: "idle" } as const) : ({ type: "mark", reason: kind } as const);
      const envelope: Envelope = { ...type, rows: count, base: end, ...times, durable: segment.bytes, source };
      const header = encodeEnvelope(envelope, body, this.#owner);
      const to = end + (kind === "rows" ? count : 1);
      const where = {
        segment: segment.base,
        position,
        bodyPosition: position + header.length,
        bodyLength: body.length,
      };
      const row: EntryRow = { kind, from: end, to, ...times, ...where, source };
      ({ timeHigh, markHigh } = highsAfter(row));
      end = to;
      position += header.length + body.length;
      parts.push(header, body);
      rows.push(row);
    }
    return { parts, rows, end: position };
  }

  async #open(segment: Segment): Promise<DiskFile> {
    this.#file ??= await this.#settings.disk.open(segment.path);
    return this.#file;
  }

  async #rollIfFull(): Promise<void> {
    const segment = this.#state.segments.at(-1);
    if (segment === undefined || segment.bytes >= this.#settings.segmentBytesMax || this.#mustRoll) await this.roll();
  }

  /** Opens the newest segment afresh, cuts it back to what is durable and looks whether that is still there. */
  async #repairIfSuspect(): Promise<void> {
    const segment = this.#state.segments.at(-1);
    if (!this.#suspect || segment === undefined) return;
    await this.close();
    const file = await this.#open(segment);
    await file.truncate(segment.bytes);
    await file.sync();
    const last = this.#state.table.last();
    if (last !== null && last.segment === segment.base && last.kind !== "lost") {
      const found = await readEntry(new Window(file, segment.bytes), last.position, this.#owner);
      if (found === null || !found.intact || found.envelope.base !== last.from)
        throw new MillraceError(
          "DISK",
          `${segment.path}: the last durable entry cannot be read back after a failed write`,
          {
            at: `${this.#settings.stream}/${this.#settings.partition}/${last.from}`,
            hint: "The device lost synced data. Check its health, and start again from a copy.",
          },
        );
    }
    this.#suspect = false;
  }
}

/** Gives the space back even while other threads have the file open, and makes them notice that it is gone. */
export async function emptyAndRemove(disk: Disk, path: string): Promise<void> {
  const file = await disk.open(path);
  try {
    await file.truncate(0);
  } finally {
    await file.close();
  }
  await disk.remove(path);
}
