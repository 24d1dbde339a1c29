/** Reads every byte of a partition's segments and checks it, as `millrace check` does. */
import type { Disk } from "../../base/disk.js";
import { ownerOf } from "./envelope.js";
import type { Damage } from "./open-report.js";
import { entryOffsets, isFound, scanSegment } from "./scan.js";
import type { Segment } from "./segment-file.js";

/** Damage to offsets before `end`, by offset. Nothing may be appended meanwhile. */
export async function verifyPartition(
  disk: Disk,
  stream: string,
  partition: number,
  { segments, end }: { readonly segments: readonly Segment[]; readonly end: number },
): Promise<Damage[]> {
  const damages: Damage[] = [];
  let offset = segments[0]?.base ?? end;
  for (let k = 0; k < segments.length; k++) {
    const { path, bytes, base } = segments[k] as Segment;
    const where = { stream, partition, segment: path };
    if (base > offset) damages.push({ ...where, position: 0, from: offset, to: base, reason: "missing" });
    offset = base;
    const file = await disk.openRead(path);
    const scan = await scanSegment(file, bytes, ownerOf(stream, partition), {
      position: 0,
      offset,
      durable: Number.POSITIVE_INFINITY,
    });
    await file.close();
    for (const part of scan.parts) {
      if (!isFound(part)) continue;
      const from = part.envelope.base;
      if (from > offset) damages.push({ ...where, position: part.position, from: offset, to: from, reason: "header" });
      offset = from + entryOffsets(part.envelope);
      if (!part.intact) damages.push({ ...where, position: part.position, from, to: offset, reason: "checksum" });
    }
    const until = segments[k + 1]?.base ?? end;
    if (offset < until) damages.push({ ...where, position: scan.end, from: offset, to: until, reason: "missing" });
    offset = Math.max(offset, until);
  }
  return damages;
}
