/** From what the index and a scan say of a segment to a partition's entries: offsets without gaps, running highs. */
import { TIME_MAX, TIME_MIN } from "../../base/time.js";
import type { TakenPosition } from "../log.js";
import type { EntryRow, EntryTable } from "./entry-table.js";
import type { ReadEnvelope } from "./envelope.js";
import type { Damage } from "./open-report.js";
import type { Found, Scan } from "./scan.js";
import { entryOffsets, isFound } from "./scan.js";
import type { Segment } from "./segment-file.js";

export interface PartitionState {
  readonly table: EntryTable;
  readonly segments: Segment[];
  /** Sources as segments before the first one left them. */
  readonly oldSources: Map<string, TakenPosition>;
  start: number;
  end: number;
  timeHigh: number;
  markHigh: number;
}

/** Collects the rows of one segment into the state. */
export class RowCollector {
  readonly #partition: { readonly stream: string; readonly partition: number };
  readonly #damages: Damage[];
  readonly #state: PartitionState;
  readonly #base: number;
  readonly #path: string;

  constructor(
    partition: { readonly stream: string; readonly partition: number },
    damages: Damage[],
    state: PartitionState,
    base: number,
    path: string,
  ) {
    this.#partition = partition;
    this.#damages = damages;
    this.#state = state;
    this.#base = base;
    this.#path = path;
  }

  take(row: EntryRow): void {
    this.#state.table.push(row);
    this.#state.end = row.to;
    const after = highsAfter(row);
    this.#state.timeHigh = Math.max(this.#state.timeHigh, after.timeHigh);
    this.#state.markHigh = Math.max(this.#state.markHigh, after.markHigh);
  }

  /** Takes what a scan found; returns what the index should have of it. `until` is the next segment's base, or 0. */
  takeScan(scan: Scan, until: number): readonly EntryRow[] {
    const fresh: EntryRow[] = [];
    let gap: number | null = null;
    for (const part of scan.parts) {
      if (!isFound(part)) {
        gap = part.position;
        continue;
      }
      const { base } = part.envelope;
      // Where no bytes are missing, the lost entry goes by the byte before the next one: positions are keys.
      if (base > this.#state.end) fresh.push(this.lost(base, gap ?? part.position - 1, "header"));
      else if (gap !== null) this.damage(base, base, gap, "header");
      gap = null;
      if (!part.intact) this.damage(base, base + entryOffsets(part.envelope), part.position, "checksum");
      if (part.envelope.type === "start") continue;
      const row = rowOf(part, this.#base);
      this.take(row);
      fresh.push(row);
    }
    if (gap === null) return fresh;
    // How far these bytes reached only the next segment says; not for the index, lest a restored copy be refused.
    if (until > this.#state.end) this.lost(until, gap, "header");
    else this.damage(this.#state.end, this.#state.end, gap, "header");
    return fresh;
  }

  /** Offsets up to `to` that nothing covers. */
  lost(to: number, position: number, reason: Damage["reason"]): EntryRow {
    const { end: from, timeHigh: timeHighBefore, markHigh: markHighBefore } = this.#state;
    this.damage(from, to, position, reason);
    const times = { appendTime: 0, timeHighBefore, markHighBefore, timeMin: TIME_MIN, timeMax: TIME_MAX };
    const where = { segment: this.#base, position, bodyPosition: position, bodyLength: 0 };
    const row: EntryRow = { kind: "lost", from, to, ...times, ...where, source: null };
    this.take(row);
    return row;
  }

  damage(from: number, to: number, position: number, reason: Damage["reason"]): void {
    const { stream, partition } = this.#partition;
    this.#damages.push({ stream, partition, segment: this.#path, position, from, to, reason });
  }
}

/** The running highs after an entry, as far as it knows. */
export function highsAfter({ kind, timeHighBefore, markHighBefore, timeMax }: EntryRow): {
  timeHigh: number;
  markHigh: number;
} {
  if (kind === "rows") return { timeHigh: Math.max(timeHighBefore, timeMax), markHigh: markHighBefore };
  if (kind === "lost") return { timeHigh: timeHighBefore, markHigh: markHighBefore };
  return { timeHigh: timeHighBefore, markHigh: Math.max(markHighBefore, timeMax) };
}

function rowOf({ position, envelope }: Found, segment: number): EntryRow {
  const { base, appendTime, timeHighBefore, markHighBefore, timeMin, timeMax, source, headerLength, bodyLength } =
    envelope;
  const where = { segment, position, bodyPosition: position + headerLength, bodyLength };
  const times = { appendTime, timeHighBefore, markHighBefore, timeMin, timeMax };
  return { kind: kindOf(envelope), from: base, to: base + entryOffsets(envelope), ...times, ...where, source };
}

function kindOf(envelope: ReadEnvelope): EntryRow["kind"] {
  return envelope.type === "mark" ? envelope.reason : "rows";
}
