/** Reading flatbuffers (see flat-writer.ts) from bytes that nobody vouches for: every access is checked. */
import { MillraceError } from "../../base/errors.js";

export function arrowError(what: string, hint?: string): MillraceError {
  return new MillraceError("DECODE", `Arrow: ${what}`, hint === undefined ? {} : { hint });
}

/** The most entries of one vector of a message. */
const ITEMS_MAX = 1_000_000;

export class FlatTable {
  readonly #view: DataView;
  readonly #at: number;

  private constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
  }

  static root(bytes: Uint8Array): FlatTable {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new FlatTable(view, uint32(view, 0));
  }

  i8(slot: number, absent = 0): number {
    const at = this.#field(slot);
    return at === 0 ? absent : int8(this.#view, at);
  }

  i16(slot: number, absent = 0): number {
    const at = this.#field(slot);
    return at === 0 ? absent : int16(this.#view, at);
  }

  i32(slot: number, absent = 0): number {
    const at = this.#field(slot);
    return at === 0 ? absent : int32(this.#view, at);
  }

  /** Refused beyond ±2^53: no length or offset is. */
  i64(slot: number, absent = 0): number {
    const at = this.#field(slot);
    return at === 0 ? absent : int64(this.#view, at);
  }

  text(slot: number): string | null {
    const at = this.#target(slot);
    if (at === 0) return null;
    const size = uint32(this.#view, at);
    check(this.#view, at + 4, size);
    return Buffer.from(this.#view.buffer, this.#view.byteOffset + at + 4, size).toString("utf8");
  }

  table(slot: number): FlatTable | null {
    const at = this.#target(slot);
    return at === 0 ? null : new FlatTable(this.#view, at);
  }

  tables(slot: number): FlatTable[] {
    const at = this.#target(slot);
    if (at === 0) return [];
    const items: FlatTable[] = [];
    for (let k = 0, n = this.#count(at, 4); k < n; k++) {
      const ref = at + 4 + 4 * k;
      items.push(new FlatTable(this.#view, ref + uint32(this.#view, ref)));
    }
    return items;
  }

  /** A vector of structs of `fields` int64 each, their values one after the other. */
  structs(slot: number, fields: number): number[] {
    const at = this.#target(slot);
    if (at === 0) return [];
    const values: number[] = [];
    for (let k = 0, n = this.#count(at, 8 * fields) * fields; k < n; k++)
      values.push(int64(this.#view, at + 4 + 8 * k));
    return values;
  }

  #count(at: number, size: number): number {
    const count = uint32(this.#view, at);
    if (count > ITEMS_MAX) throw arrowError(`a message with a vector of ${count} entries`);
    check(this.#view, at + 4, count * size);
    return count;
  }

  #target(slot: number): number {
    const at = this.#field(slot);
    return at === 0 ? 0 : at + uint32(this.#view, at);
  }

  /** Where the field is, or 0 when it is left out. */
  #field(slot: number): number {
    const vtable = this.#at - int32(this.#view, this.#at);
    const size = int16(this.#view, vtable) & 0xffff;
    const entry = 4 + 2 * slot;
    if (entry + 2 > size) return 0;
    const offset = int16(this.#view, vtable + entry) & 0xffff;
    return offset === 0 ? 0 : this.#at + offset;
  }
}

function check(view: DataView, at: number, size: number): void {
  if (at < 0 || at + size > view.byteLength) throw arrowError("a message that points outside of itself");
}

function int8(view: DataView, at: number): number {
  check(view, at, 1);
  return view.getInt8(at);
}

function int16(view: DataView, at: number): number {
  check(view, at, 2);
  return view.getInt16(at, true);
}

function int32(view: DataView, at: number): number {
  check(view, at, 4);
  return view.getInt32(at, true);
}

function uint32(view: DataView, at: number): number {
  check(view, at, 4);
  return view.getUint32(at, true);
}

function int64(view: DataView, at: number): number {
  check(view, at, 8);
  const value = Number(view.getBigInt64(at, true));
  if (!Number.isSafeInteger(value)) throw arrowError("a message with a number beyond 2^53");
  return value;
}
