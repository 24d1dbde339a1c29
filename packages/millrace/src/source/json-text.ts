/** JSON's escapes, decoded from bytes to bytes. */
import { copyBytes, viewOf } from "../batch/byte-table.js";

/** What stands behind a backslash, by byte; 0 = not an escape. */
const SIMPLE = new Uint8Array(256);
for (const [name, value] of [
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
] as const)
  SIMPLE[name.charCodeAt(0)] = value.charCodeAt(0);

/**
 * Decodes the text between a JSON string's quotes into UTF-8 (an `Unescape`). A surrogate without its other half
 * becomes U+FFFD, as it does whenever JavaScript writes UTF-8. -1 for an escape JSON does not have.
 *
 * Text between escapes is copied four bytes at a time, looking for a backslash in all four at once
 * (Mycroft's test for a zero byte, of the word xor "\\\\"; its lowest hit is exact).
 */
export function unescapeJson(view: DataView, from: number, to: number, out: DataView, at: number): number {
  let p = from;
  let q = at;
  let clearBytes = 0;
  while (p < to) {
    if (p + 4 <= to) {
      const word = view.getInt32(p, true);
      const zeros = word ^ 0x5c5c5c5c;
      const hits = (zeros - 0x01010101) & ~zeros & 0x80808080;
      out.setInt32(q, word, true);
      if (hits === 0) {
        p += 4;
        q += 4;
        clearBytes += 4;
        if (clearBytes === LONG_RUN) {
          const size = backslashOf(view, p, to) - p;
          copyBytes(view, p, out, q, size);
          p += size;
          q += size;
          clearBytes = 0;
        }
        continue;
      }
      clearBytes = 0;
      const clear = (31 - Math.clz32(hits & -hits)) >> 3;
      p += clear;
      q += clear;
    } else {
      const c = view.getUint8(p);
      if (c !== 92) {
        out.setUint8(q++, c);
        p++;
        continue;
      }
    }
    if (p + 1 >= to) return -1;
    const name = view.getUint8(p + 1);
    p += 2;
    if (name === 117) {
      const code = codePoint(view, p, to);
      if (code < 0) return -1;
      p += code >= 0x10000 ? 10 : 4;
      q = putUtf8(out, q, code);
    } else {
      const simple = SIMPLE[name] as number;
      if (simple === 0) return -1;
      out.setUint8(q++, simple);
    }
  }
  return q;
}

/** After so many bytes without an escape the next one is looked for by the native search: there are likely many more. */
const LONG_RUN = 192;

/** The next backslash in [from, to), or `to`. */
function backslashOf(view: DataView, from: number, to: number): number {
  const at = new Uint8Array(view.buffer, view.byteOffset + from, to - from).indexOf(92);
  return at < 0 ? to : from + at;
}

/** The character whose four digits begin at `p`, with its second half where it has one; -1 when they are none. */
function codePoint(view: DataView, p: number, to: number): number {
  const code = p + 4 <= to ? hex4(view, p) : -1;
  if (code < 0xd800 || code >= 0xe000) return code;
  const low = code < 0xdc00 && p + 10 <= to && view.getUint16(p + 4) === 0x5c75 ? hex4(view, p + 6) : -1;
  return low >= 0xdc00 && low < 0xe000 ? 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00) : 0xfffd;
}

/** The text of a JSON string's inside, or null when an escape is malformed. For names and slow paths. */
export function jsonStringOf(view: DataView, from: number, to: number): string | null {
  const out = new Uint8Array(to - from);
  const end = unescapeJson(view, from, to, viewOf(out), 0);
  return end < 0 ? null : Buffer.from(out.buffer, 0, end).toString();
}

/**
 * A JSON list or object as text of its own: without blanks between tokens, and with raw control characters in strings
 * escaped, so that `JSON.parse` takes it. Names, numbers and escapes stay as written. Null when an escape is malformed.
 * The brackets and commas must have been checked before. Good until the next call.
 */
export function compactJson(
  bytes: Uint8Array,
  from: number,
  to: number,
): { readonly view: DataView; readonly length: number } | null {
  if (compact.byteLength < 6 * (to - from)) compact = new Uint8Array(Math.max(4096, 6 * (to - from)));
  let q = 0;
  let inString = false;
  for (let p = from; p < to; p++) {
    const c = bytes[p] as number;
    if (c === 34) inString = !inString;
    else if (c === 92) {
      const name = bytes[p + 1] as number;
      if (SIMPLE[name] === 0 && !(name === 117 && hex4(viewOf(bytes), p + 2) >= 0)) return null;
      compact[q++] = c;
      compact[q++] = name;
      p++;
      continue;
    } else if (c <= 32) {
      if (!inString) continue;
      if (c < 32) {
        for (const byte of Buffer.from(JSON.stringify(String.fromCharCode(c)).slice(1, -1))) compact[q++] = byte;
        continue;
      }
    }
    compact[q++] = c;
  }
  return { view: viewOf(compact), length: q };
}

let compact = new Uint8Array(0);

function hex4(view: DataView, at: number): number {
  let code = 0;
  for (let k = 0; k < 4; k++) {
    const c = view.getUint8(at + k);
    const digit = c >= 48 && c <= 57 ? c - 48 : (c | 32) >= 97 && (c | 32) <= 102 ? (c | 32) - 87 : -1;
    if (digit < 0) return -1;
    code = (code << 4) | digit;
  }
  return code;
}

function putUtf8(out: DataView, at: number, code: number): number {
  let q = at;
  if (code < 0x80) out.setUint8(q++, code);
  else if (code < 0x800) {
    out.setUint8(q++, 0xc0 | (code >> 6));
    out.setUint8(q++, 0x80 | (code & 63));
  } else {
    if (code < 0x10000) out.setUint8(q++, 0xe0 | (code >> 12));
    else {
      out.setUint8(q++, 0xf0 | (code >> 18));
      out.setUint8(q++, 0x80 | ((code >> 12) & 63));
    }
    out.setUint8(q++, 0x80 | ((code >> 6) & 63));
    out.setUint8(q++, 0x80 | (code & 63));
  }
  return q;
}
