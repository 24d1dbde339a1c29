/**
 * Distinct byte strings and their ids, in the order met: an open-addressed hash table over one byte buffer.
 *
 *   slots[hash & mask] = id + 1      hashes[id]      bytes[offsets[id], offsets[id + 1])
 *
 * Emptied and used again for each batch, so that it stays small. Long strings are hashed by a sample of their words;
 * what looks alike then is told apart by comparing, a few times, after which `intern` gives up (-1): a column of such
 * strings is better off without a dictionary, and input made to collide cannot make it slow.
 */
import type { Utf8Vector } from "./vector.js";

const PROBES_MAX = 48;
/** Strings of the same hash compared in vain: each may cost its whole length. */
const COMPARES_MAX = 4;
const PRIME = 0x9e3779b1;
/** Longer strings are hashed by about this many bytes, and a word in each further 64: call traces differ by a few. */
const HASHED_BYTES = 1024;

export class ByteTable {
  count = 0;
  /** Set by `intern` when it made the id; the caller clears it. */
  fresh = false;
  /** count + 1 ends, the first one 0. */
  offsets = new Int32Array(33);
  view: DataView;
  /** As `view`. */
  bytes = new Uint8Array(512);
  #hashes = new Int32Array(32);
  #slots = new Int32Array(64);
  #mask = 63;

  constructor() {
    this.view = viewOf(this.bytes);
  }

  /** The id of [from, to), new or old; -1 when too many others look like it. The bytes are copied. */
  intern(view: DataView, from: number, to: number): number {
    const size = to - from;
    const hash = hashBytes(view, from, size);
    let slot = hash & this.#mask;
    let compares = 0;
    for (let probes = 0; ; probes++) {
      const id = (this.#slots[slot] as number) - 1;
      if (id < 0) return this.#insert(view, from, size, hash, slot);
      if (this.#hashes[id] === hash) {
        const at = this.offsets[id] as number;
        if ((this.offsets[id + 1] as number) - at === size) {
          if (equalBytes(view, from, this.view, at, size)) return id;
          if (++compares === COMPARES_MAX) return -1;
        }
      }
      if (probes === PROBES_MAX) return -1;
      slot = (slot + 1) & this.#mask;
    }
  }

  /** Forgets the id made last. */
  dropLast(): void {
    const id = --this.count;
    let slot = (this.#hashes[id] as number) & this.#mask;
    while (this.#slots[slot] !== id + 1) slot = (slot + 1) & this.#mask;
    // The newest entry: nothing was placed by stepping over it.
    this.#slots[slot] = 0;
  }

  clear(): void {
    this.count = 0;
    this.fresh = false;
    if (this.#slots.length > 16_384) this.#rehash(64);
    else this.#slots.fill(0);
  }

  /** The distinct strings by id; owns its buffers. */
  vector(): Utf8Vector {
    const offsets = this.offsets.slice(0, this.count + 1);
    return {
      kind: "utf8",
      length: this.count,
      validity: null,
      offsets,
      bytes: this.bytes.slice(0, offsets[this.count] as number),
    };
  }

  #insert(view: DataView, from: number, size: number, hash: number, slot: number): number {
    const id = this.count++;
    const at = this.offsets[id] as number;
    if (at + size > this.bytes.length) {
      this.bytes = grownBytes(this.bytes, at + size);
      this.view = viewOf(this.bytes);
    }
    copyBytes(view, from, this.view, at, size);
    if (id + 2 > this.offsets.length) this.offsets = grownInts(this.offsets, id + 2);
    if (id === this.#hashes.length) this.#hashes = grownInts(this.#hashes, id + 1);
    this.offsets[id + 1] = at + size;
    this.#hashes[id] = hash;
    this.#slots[slot] = id + 1;
    this.fresh = true;
    if (2 * this.count > this.#slots.length) this.#rehash(2 * this.#slots.length);
    return id;
  }

  #rehash(size: number): void {
    const slots = new Int32Array(size);
    const mask = size - 1;
    for (let id = 0; id < this.count; id++) {
      let slot = (this.#hashes[id] as number) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = id + 1;
    }
    this.#slots = slots;
    this.#mask = mask;
  }
}

/** For tables only: not stable between releases. */
export function hashBytes(view: DataView, from: number, size: number): number {
  let hash = size;
  if (size < 4) {
    for (let i = from; i < from + size; i++) hash = Math.imul(hash ^ view.getUint8(i), PRIME);
  } else {
    const last = from + size - 4;
    const stride = size > HASHED_BYTES ? (size / (HASHED_BYTES / 4 + (size >> 6))) | 0 : 4;
    for (let i = from; i < last; i += stride) hash = Math.imul(hash ^ view.getInt32(i, true), PRIME);
    hash = Math.imul(hash ^ view.getInt32(last, true), PRIME);
  }
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x85ebca6b);
  return hash ^ (hash >>> 13);
}

/** Valid UTF-8 only (see bytes-builder.ts). */
export function equalBytes(a: DataView, aFrom: number, b: DataView, bFrom: number, size: number): boolean {
  if (size >= 8) {
    const last = size - 8;
    for (let i = 0; i < last; i += 8) if (a.getFloat64(aFrom + i, true) !== b.getFloat64(bFrom + i, true)) return false;
    return a.getFloat64(aFrom + last, true) === b.getFloat64(bFrom + last, true);
  }
  if (size >= 4)
    return (
      a.getInt32(aFrom, true) === b.getInt32(bFrom, true) &&
      a.getInt32(aFrom + size - 4, true) === b.getInt32(bFrom + size - 4, true)
    );
  for (let i = 0; i < size; i++) if (a.getUint8(aFrom + i) !== b.getUint8(bFrom + i)) return false;
  return true;
}

/** Valid UTF-8 only (see bytes-builder.ts). The two must not overlap. */
export function copyBytes(from: DataView, at: number, to: DataView, toAt: number, size: number): void {
  if (size > 512) {
    new Uint8Array(to.buffer, to.byteOffset + toAt, size).set(new Uint8Array(from.buffer, from.byteOffset + at, size));
  } else if (size >= 8) {
    const last = size - 8;
    for (let i = 0; i < last; i += 8) to.setFloat64(toAt + i, from.getFloat64(at + i, true), true);
    to.setFloat64(toAt + last, from.getFloat64(at + last, true), true);
  } else {
    for (let i = 0; i < size; i++) to.setUint8(toAt + i, from.getUint8(at + i));
  }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A copy at least twice as long, and no shorter than `size`. */
export function grownInts(values: Int32Array<ArrayBuffer>, size: number): Int32Array<ArrayBuffer> {
  const grown = new Int32Array(Math.max(2 * values.length, size));
  grown.set(values);
  return grown;
}

/** A copy at least twice as long, and no shorter than `size`. */
export function grownBytes(values: Uint8Array<ArrayBuffer>, size: number): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(Math.max(2 * values.length, size, 256));
  grown.set(values);
  return grown;
}
