/**
 * Operator state in pieces: what tasks give to be saved and take up again, small enough to be held, sent and checked one
 * by one, however large the state is.
 *
 *   deflate( u32 keys | keys × u32 hash | keys × u32 end of the value | the values, JSON in UTF-8 )      little-endian
 *
 * Hashes stand apart from values, so that another number of workers is dealt its keys without reading a value.
 */
import { deflateSync, inflateSync } from "node:zlib";
import { assert } from "../../base/errors.js";
import type { SavedKey } from "../operators/operator.js";

/** Keys of one operator of one task. */
export interface StatePiece {
  readonly operator: string;
  readonly keys: number;
  /** As above. Belongs to whoever holds the piece. */
  readonly bytes: Uint8Array;
}

/** A piece ends with the key whose value reaches so many bytes. */
const PIECE_BYTES = 1 << 20;
const PIECE_KEYS_MAX = 1 << 16;

export function* piecesOf(
  operator: string,
  keys: Iterable<SavedKey>,
  pieceBytes = PIECE_BYTES,
): Generator<StatePiece, void> {
  let hashes: number[] = [];
  let values: Buffer[] = [];
  let bytes = 0;
  for (const { hash, value } of keys) {
    const text = Buffer.from(JSON.stringify(value));
    hashes.push(hash);
    values.push(text);
    bytes += text.length;
    if (bytes < pieceBytes && hashes.length < PIECE_KEYS_MAX) continue;
    yield encode(operator, hashes, values);
    hashes = [];
    values = [];
    bytes = 0;
  }
  if (hashes.length > 0) yield encode(operator, hashes, values);
}

export function keysOf(piece: StatePiece): SavedKey[] {
  const { hashes, values } = decode(piece);
  return hashes.map((hash, k) => ({ hash, value: JSON.parse((values[k] as Buffer).toString()) as unknown }));
}

/** What each of so many workers owns of a piece; null for one that owns nothing of it. */
export function dealPiece(piece: StatePiece, workers: number): readonly (StatePiece | null)[] {
  const { hashes, values } = decode(piece);
  return Array.from({ length: workers }, (_, worker) => {
    const own = hashes.map((_hash, k) => k).filter((k) => (hashes[k] as number) % workers === worker);
    if (own.length === 0) return null;
    return encode(
      piece.operator,
      own.map((k) => hashes[k] as number),
      own.map((k) => values[k] as Buffer),
    );
  });
}

function encode(operator: string, hashes: readonly number[], values: readonly Buffer[]): StatePiece {
  const keys = hashes.length;
  const head = new DataView(new ArrayBuffer(4 + 8 * keys));
  head.setUint32(0, keys, true);
  let end = 0;
  for (let k = 0; k < keys; k++) {
    head.setUint32(4 + 4 * k, hashes[k] as number, true);
    end += (values[k] as Buffer).length;
    head.setUint32(4 + 4 * (keys + k), end, true);
  }
  const bytes = deflateSync(Buffer.concat([new Uint8Array(head.buffer), ...values]), { level: 1 });
  return { operator, keys, bytes };
}

function decode({ operator, keys, bytes }: StatePiece): { hashes: number[]; values: Buffer[] } {
  const whole = inflateSync(bytes);
  assert(whole.readUInt32LE(0) === keys, `a piece of the state of "${operator}" has ${keys} keys`);
  const text = whole.subarray(4 + 8 * keys);
  const hashes: number[] = [];
  const values: Buffer[] = [];
  let from = 0;
  for (let k = 0; k < keys; k++) {
    const end = whole.readUInt32LE(4 + 4 * (keys + k));
    hashes.push(whole.readUInt32LE(4 + 4 * k));
    values.push(text.subarray(from, end));
    from = end;
  }
  return { hashes, values };
}
