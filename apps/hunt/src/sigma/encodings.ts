/** Encodings of text that attackers hide commands in: UTF-16 and Base64, as bytes held one to a character. */

/** The text's UTF-16 code units as bytes; a character outside the first plane takes four. */
export function utf16(text: string, order: "le" | "be"): string {
  let bytes = "";
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const [low, high] = [String.fromCharCode(unit & 0xff), String.fromCharCode(unit >> 8)];
    bytes += order === "le" ? low + high : high + low;
  }
  return bytes;
}

/** The byte order mark that says "little endian". */
export const UTF16_MARK = "\xff\xfe";

/** Base64 with its padding. */
export function base64(bytes: Buffer): string {
  return bytes.toString("base64");
}

/**
 * The parts of a Base64 text that do not depend on what stands around the value, for the three ways it can fall
 * into groups of three bytes:
 *
 *   offset 0   |v v v|v . .|      characters made of the value's bits alone are kept; one that mixes
 *   offset 1   |. v v|v v .|      them with a neighbour's bits is cut off, at the beginning and at the end
 *   offset 2   |. . v|v v v|
 */
export function base64Offsets(bytes: Buffer): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const bits = 8 * (offset + bytes.length);
    return encoded.slice(Math.ceil((8 * offset) / 6), Math.floor(bits / 6));
  });
}
