/**
 * The index over segment files: which entries are where, so that opening a log does not read it. It is only ever
 * *behind* the files, never ahead of them: entries are put after their sync, and taken out (durably) before their
 * bytes are cut off. So what it lacks is found by scanning the tails, and an index that is gone is rebuilt.
 */
import type { EntryRow } from "./entry-table.js";

export interface EntryIndex {
  /** Rows of a partition, by segment and position ascending. */
  rows(stream: string, partition: number): Iterable<EntryRow>;
  /** Durable when it resolves. */
  put(stream: string, partition: number, rows: readonly EntryRow[]): Promise<void>;
  /** Takes out what is at or after (segment, position) and before segment `until`. Durable when it resolves. */
  remove(stream: string, partition: number, segment: number, position: number, until: number): Promise<void>;
  /** Called when the log has read all it wants and is open. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** An index that keeps nothing: every opening scans the segments. */
export const noIndex: EntryIndex = {
  rows: () => [],
  put: async () => {},
  remove: async () => {},
  settled: async () => {},
  close: async () => {},
};
