/** What opening a log found out. For operators, `millrace doctor` and tests. */

export interface Place {
  readonly stream: string;
  readonly partition: number;
  /** Path of the segment file. */
  readonly segment: string;
  readonly position: number;
}

/** Acknowledged data that fails its checksum or is gone. Reading these offsets throws `CORRUPT`, the rest reads on. */
export interface Damage extends Place {
  /** Offsets [from, to). */
  readonly from: number;
  readonly to: number;
  readonly reason: "checksum" | "header" | "missing" | "out of order";
}

/** The remains of a write that a crash interrupted: nothing of it was acknowledged. */
export interface TornTail extends Place {
  readonly bytes: number;
}

export interface OpenReport {
  partitions: number;
  segments: number;
  /** Entries taken from the index, and found by scanning. */
  indexed: number;
  scanned: number;
  readonly torn: TornTail[];
  readonly damages: Damage[];
}

export function emptyReport(): OpenReport {
  return { partitions: 0, segments: 0, indexed: 0, scanned: 0, torn: [], damages: [] };
}

/** One line a damage: where it is, and what it means. */
export function describeDamage({ stream, partition, from, to, segment, position, reason }: Damage): string {
  return `${stream}/${partition} offsets [${from}, ${to}): ${reason}, in ${segment} at ${position}`;
}
