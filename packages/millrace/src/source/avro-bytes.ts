/** Avro's binary encoding, read with every access checked. */
import { isUtf8 } from "node:buffer";
import { MillraceError } from "../base/errors.js";

export function avroError(what: string, hint?: string): MillraceError {
  return new MillraceError("DECODE", `Avro: ${what}`, hint === undefined ? {} : { hint });
}

export class AvroBytes {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  get ended(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** A view. */
  take(size: number): Buffer {
    if (!(size >= 0) || this.#at + size > this.#bytes.length) throw avroError("the bytes end within a value");
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  /** An int or long: zigzag, seven bits a byte, the lowest first. */
  long(): bigint {
    let low = 0;
    for (let k = 0; k < 4; k++) {
      const byte = this.#byte();
      low += (byte & 127) << (7 * k);
      if (byte < 128) return BigInt((low >>> 1) ^ -(low & 1));
    }
    let value = BigInt(low);
    for (let k = 4; k < 10; k++) {
      const byte = this.#byte();
      value |= BigInt(byte & 127) << BigInt(7 * k);
      if (byte < 128) return BigInt.asIntN(64, (value >> 1n) ^ -(value & 1n));
    }
    throw avroError("a whole number of more than ten bytes");
  }

  /** A length, which can't be more than what is left. */
  size(what: string): number {
    const size = this.long();
    if (size < 0n || size > BigInt(this.#bytes.length)) throw avroError(`${size} ${what}`);
    return Number(size);
  }

  text(): string {
    const bytes = this.take(this.size("bytes"));
    if (!isUtf8(bytes)) throw avroError("a string is not valid UTF-8");
    return bytes.toString();
  }

  /** Calls for each item of an array or map: blocks of them, the last one empty. Each takes a byte at least. */
  items(one: () => void): void {
    for (;;) {
      let count = this.long();
      if (count === 0n) return;
      if (count < 0n) {
        count = -count;
        this.long();
      }
      if (count > BigInt(this.#bytes.length - this.#at)) throw avroError(`${count} items in fewer bytes`);
      for (let k = Number(count); k > 0; k--) one();
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.#at++];
    if (byte === undefined) throw avroError("the bytes end within a value");
    return byte;
  }
}
