/** What makes two stream specs different event types, in words; shared by all logs. */
import { MillraceError, suggest } from "../base/errors.js";
import { typeText } from "../schema/column-type.js";
import type { StreamSpec } from "./log.js";

/** The most partitions a stream may have. */
export const PARTITIONS_MAX = 4096;

function partitions(n: number): string {
  return n === 1 ? "1 partition" : `${n} partitions`;
}

/** Null when rows of `wanted` can be stored as `stored`. Aliases and defaults (how input is read) may change. */
export function specDifference(stored: StreamSpec, wanted: StreamSpec): string | null {
  if (stored.time !== wanted.time) return `its stored event time is "${stored.time}", not "${wanted.time}"`;
  const before = stored.schema.fields;
  const after = wanted.schema.fields;
  for (let k = 0; k < Math.max(before.length, after.length); k++) {
    const a = before[k];
    const b = after[k];
    if (a === undefined) return `column "${b?.name}" is not stored`;
    if (b === undefined) return `the stored column "${a.name}" is missing`;
    if (a.name !== b.name) return `column ${k + 1} is stored as "${a.name}", not "${b.name}"`;
    const stored = typeText(a.type, a.nullable);
    const wanted = typeText(b.type, b.nullable);
    if (stored !== wanted) return `column "${a.name}" is stored as ${stored}, not ${wanted}`;
  }
  return null;
}

/** Throws `NAME` for a spec that no log could keep, or that differs from the one it has. */
export function checkSpec(stored: StreamSpec | undefined, wanted: StreamSpec): void {
  if (wanted.name === "" || Buffer.byteLength(wanted.name) > 200)
    throw new MillraceError("NAME", `"${wanted.name.slice(0, 60)}" is not a stream name`, { hint: "1 to 200 bytes." });
  if (!Number.isInteger(wanted.partitions) || wanted.partitions < 1 || wanted.partitions > PARTITIONS_MAX)
    throw new MillraceError(
      "NAME",
      `stream "${wanted.name}": ${wanted.partitions} partitions, expected 1 to ${PARTITIONS_MAX}`,
    );
  const time = wanted.schema.fields.find((f) => f.name === wanted.time);
  if (time === undefined || (time.type.kind !== "timestamp" && time.type.kind !== "timestampNs"))
    throw new MillraceError(
      "NAME",
      `stream "${wanted.name}": its event time "${wanted.time}" is not a stored timestamp column`,
    );
  if (stored !== undefined && stored.partitions !== wanted.partitions)
    throw new MillraceError(
      "NAME",
      `stream "${wanted.name}" is stored with ${partitions(stored.partitions)}, not ${wanted.partitions}`,
      {
        hint:
          "How many it has was settled when it was made. Give as many files as that (a folder or a pattern counts as " +
          "one), or take another data directory.",
      },
    );
  const difference = stored === undefined ? null : specDifference(stored, wanted);
  if (difference !== null)
    throw new MillraceError("NAME", `stream "${wanted.name}" differs from the stored one: ${difference}`, {
      hint: "Give the new event type a stream of its own, or use another data directory.",
    });
}

/** The error for a stream or partition that the log does not have. */
export function unknownPartition(stream: string, partition: number, specs: readonly StreamSpec[]): MillraceError {
  const spec = specs.find((candidate) => candidate.name === stream);
  if (spec === undefined)
    return new MillraceError(
      "NAME",
      `no stream "${stream}" in the log; ${suggest(
        stream,
        specs.map((s) => s.name),
      )}`,
    );
  return new MillraceError("NAME", `stream "${stream}" has partitions 0 to ${spec.partitions - 1}, not ${partition}`);
}
