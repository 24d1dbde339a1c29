/**
 * Flatbuffers, as much as Arrow's messages need: tables, strings, vectors of tables and of structs.
 *
 * A buffer is written from its end, children before parents, so that every offset points forward:
 *
 *   | offset of root | … vtable | table | … | child | child |        refs are distances from the end
 *
 * Format: https://flatbuffers.dev/internals
 */

/** A written child, by its distance from the end of the buffer. */
export type Ref = { readonly ref: number };

export type Slot =
  | { readonly size: 1 | 2 | 4; readonly value: number }
  | { readonly size: 8; readonly value: number }
  | Ref
  /** Left out: the reader sees the format's default. */
  | null;

export function i8(value: number): Slot {
  return { size: 1, value };
}

export function i16(value: number): Slot {
  return { size: 2, value };
}

export function i32(value: number): Slot {
  return { size: 4, value };
}

/** A whole number within ±2^53. */
export function i64(value: number): Slot {
  return { size: 8, value };
}

export class FlatWriter {
  #bytes = new Uint8Array(1024);
  #view = new DataView(this.#bytes.buffer);
  /** Bytes written so far: they are the last ones of the buffer. */
  #used = 0;

  /** Fields by their number in the schema. */
  table(slots: readonly Slot[]): Ref {
    const start = this.#used;
    const ends = slots.map((slot) => (slot === null ? 0 : this.#slot(slot)));
    this.#align(4, 0);
    this.#int(4, 0);
    const table = this.#used;
    for (let k = ends.length - 1; k >= 0; k--) this.#int(2, ends[k] === 0 ? 0 : table - (ends[k] as number));
    this.#int(2, table - start);
    this.#int(2, 2 * ends.length + 4);
    this.#view.setInt32(this.#bytes.length - table, this.#used - table, true);
    return { ref: table };
  }

  text(value: string): Ref {
    const bytes = Buffer.from(value);
    this.#align(4, bytes.length + 1);
    this.#int(1, 0);
    this.#room(bytes.length);
    this.#used += bytes.length;
    this.#bytes.set(bytes, this.#bytes.length - this.#used);
    this.#int(4, bytes.length);
    return { ref: this.#used };
  }

  refs(items: readonly Ref[]): Ref {
    this.#align(4, 4 * items.length);
    for (let k = items.length - 1; k >= 0; k--) this.#slot(items[k] as Ref);
    this.#int(4, items.length);
    return { ref: this.#used };
  }

  /** Structs of int64 fields only: `values` holds theirs one after the other, `fields` a struct. */
  structs(values: readonly number[], fields: number): Ref {
    this.#align(4, 8 * values.length);
    this.#align(8, 8 * values.length);
    for (let k = values.length - 1; k >= 0; k--) this.#int(8, values[k] as number);
    this.#int(4, values.length / fields);
    return { ref: this.#used };
  }

  /** The finished buffer, its size a multiple of 8; owned. */
  finish(root: Ref): Uint8Array {
    this.#align(8, 4);
    this.#slot(root);
    return this.#bytes.slice(this.#bytes.length - this.#used);
  }

  #slot(slot: Exclude<Slot, null>): number {
    if ("ref" in slot) {
      this.#align(4, 0);
      this.#int(4, this.#used + 4 - slot.ref);
    } else {
      this.#align(slot.size, 0);
      this.#int(slot.size, slot.value);
    }
    return this.#used;
  }

  /** Pads so that what is written after `extra` more bytes falls on a multiple of `size`. */
  #align(size: number, extra: number): void {
    const padding = -(this.#used + extra) & (size - 1);
    this.#room(padding);
    this.#used += padding;
  }

  #int(size: number, value: number): void {
    this.#room(size);
    this.#used += size;
    const at = this.#bytes.length - this.#used;
    if (size === 8) this.#view.setBigInt64(at, BigInt(value), true);
    else if (size === 4) this.#view.setInt32(at, value, true);
    else if (size === 2) this.#view.setInt16(at, value, true);
    else this.#view.setInt8(at, value);
  }

  #room(size: number): void {
    if (this.#used + size <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#used + size + 64));
    grown.set(this.#bytes.subarray(this.#bytes.length - this.#used), grown.length - this.#used);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
