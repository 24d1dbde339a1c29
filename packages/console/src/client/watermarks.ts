/** Event time of a stream's partitions. */
import type { StreamStatus } from "millrace/client";

/** A watermark at or beyond this says that the input has ended. */
export const ENDED = 8_000_000_000_000_000;

/** The partition that is furthest on; null where none has begun. */
export function furthestOf({ partitions }: Pick<StreamStatus, "partitions">): number | null {
  let furthest: number | null = null;
  for (const { watermark } of partitions)
    if (watermark !== null && (furthest === null || watermark > furthest)) furthest = watermark;
  return furthest;
}
