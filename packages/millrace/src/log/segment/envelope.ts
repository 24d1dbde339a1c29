/**
 * The fixed part before every entry of a segment file. Little endian.
 *
 *    0  u32 magic "MREN"      4  u8 version, u8 type, u8 reason, u8 0
 *    8  u32 header crc       12  u32 body crc
 *   16  u32 body length      20  u32 length of the source's name
 *   24  f64 rows             32  f64 base offset          40  f64 append time
 *   48  f64 time high before 56  f64 mark high before
 *   64  f64 time min         72  f64 time max             (a mark: its watermark in both)
 *   80  f64 durable
 *   88  f64 source position, its line, from, from line
 *  120  the source's name in UTF-8, then the body
 *
 * The header crc covers bytes 12 to the end of the name and is seeded with the partition's name, so that bytes of
 * another partition never pass. `durable` is the position up to which the file was synced when the entry was written:
 * damage before it happened to acknowledged data, damage after it may be a write torn by a crash.
 */
import { crc32 } from "node:zlib";
import { MillraceError } from "../../base/errors.js";
import type { MarkRequest, SourcePosition } from "../log.js";

export const ENVELOPE_BYTES = 120;
export const ENVELOPE_MAGIC = Buffer.from("MREN");
const VERSION = 1;
/** The longest name of a source, in bytes of UTF-8. */
export const SOURCE_BYTES_MAX = 4096;

/** start: the first entry of every segment; its body lists what older segments said of sources. */
export type EntryType = "rows" | "mark" | "start";
const TYPES: readonly EntryType[] = ["rows", "mark", "start"];
const REASONS: readonly MarkRequest["reason"][] = ["idle", "end", "test"];

export interface Envelope {
  readonly type: EntryType;
  readonly reason: MarkRequest["reason"];
  readonly rows: number;
  readonly base: number;
  readonly appendTime: number;
  readonly timeHighBefore: number;
  readonly markHighBefore: number;
  readonly timeMin: number;
  readonly timeMax: number;
  /** Position in the file up to which everything was synced before this entry was written. */
  readonly durable: number;
  readonly source: SourcePosition | null;
}

export interface ReadEnvelope extends Envelope {
  readonly bodyCrc: number;
  readonly bodyLength: number;
  /** Bytes from the magic to the body. */
  readonly headerLength: number;
}

/** Seed of a partition's header checksums. */
export function ownerOf(stream: string, partition: number): number {
  return crc32(`${stream}/${partition}`);
}

/** The header bytes of an entry with that body. Throws `LIMIT` when the source's name is too long. */
export function encodeEnvelope(envelope: Envelope, body: Uint8Array, owner: number): Buffer {
  const { source } = envelope;
  const name = Buffer.from(source?.source ?? "");
  checkSource(name.length);
  const bytes = Buffer.alloc(ENVELOPE_BYTES + name.length);
  ENVELOPE_MAGIC.copy(bytes);
  bytes[4] = VERSION;
  bytes[5] = TYPES.indexOf(envelope.type);
  bytes[6] = REASONS.indexOf(envelope.reason);
  // A source's name is never empty, so length 0 means "no source".
  bytes.writeUInt32LE(crc32(body), 12);
  bytes.writeUInt32LE(body.length, 16);
  bytes.writeUInt32LE(name.length, 20);
  const { rows, base, appendTime, timeHighBefore, markHighBefore, timeMin, timeMax, durable } = envelope;
  const numbers = [
    rows,
    base,
    appendTime,
    timeHighBefore,
    markHighBefore,
    timeMin,
    timeMax,
    durable,
    ...sourceNumbers(source),
  ];
  for (let k = 0; k < numbers.length; k++) bytes.writeDoubleLE(numbers[k] as number, 24 + 8 * k);
  name.copy(bytes, ENVELOPE_BYTES);
  bytes.writeUInt32LE(headerCrc(bytes, owner), 8);
  return bytes;
}

/** Throws `LIMIT` for a name of a source that no envelope can hold. */
export function checkSource(bytes: number): void {
  if (bytes > SOURCE_BYTES_MAX)
    throw new MillraceError(
      "LIMIT",
      `the name of a source has ${bytes} bytes, at most ${SOURCE_BYTES_MAX} can be kept`,
    );
}

/**
 * Reads the envelope at the beginning of `bytes`: null when it is none of this partition's or damaged, a number when
 * it is cut off and that many bytes are needed to say.
 */
export function decodeEnvelope(bytes: Buffer, owner: number): ReadEnvelope | number | null {
  if (bytes.length < ENVELOPE_BYTES) return ENVELOPE_BYTES;
  if (!ENVELOPE_MAGIC.equals(bytes.subarray(0, 4)) || bytes[4] !== VERSION) return null;
  const nameLength = bytes.readUInt32LE(20);
  const type = TYPES[bytes[5] as number];
  const reason = REASONS[bytes[6] as number];
  if (nameLength > SOURCE_BYTES_MAX || type === undefined || reason === undefined) return null;
  const headerLength = ENVELOPE_BYTES + nameLength;
  if (bytes.length < headerLength) return headerLength;
  if (headerCrc(bytes.subarray(0, headerLength), owner) !== bytes.readUInt32LE(8)) return null;
  const number = (k: number): number => bytes.readDoubleLE(24 + 8 * k);
  return {
    type,
    reason,
    rows: number(0),
    base: number(1),
    appendTime: number(2),
    timeHighBefore: number(3),
    markHighBefore: number(4),
    timeMin: number(5),
    timeMax: number(6),
    durable: number(7),
    source:
      nameLength === 0
        ? null
        : sourceOf(bytes.toString("utf8", ENVELOPE_BYTES, headerLength), [8, 9, 10, 11].map(number)),
    bodyCrc: bytes.readUInt32LE(12),
    bodyLength: bytes.readUInt32LE(16),
    headerLength,
  };
}

/** A source position as four numbers, beside its name. */
export function sourceNumbers(
  source: SourcePosition | null,
): [position: number, line: number, from: number, fromLine: number] {
  return source === null ? [0, 0, 0, 0] : [source.position, source.line, source.from, source.fromLine];
}

export function sourceOf(source: string, numbers: ArrayLike<number>): SourcePosition {
  const [position, line, from, fromLine] = numbers as unknown as [number, number, number, number];
  return { source, position, line, from, fromLine };
}

function headerCrc(bytes: Buffer, owner: number): number {
  return crc32(bytes.subarray(12), crc32(bytes.subarray(4, 8), owner));
}
