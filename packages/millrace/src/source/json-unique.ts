/**
 * Objects that say a name twice: the last one holds, as in `JSON.parse`. Rare, so the line is written anew without
 * the others.
 */
import type { JsonScanner } from "./json-scanner.js";
import { jsonStringOf } from "./json-text.js";

/**
 * The object at `at` as text in which no object says a name twice, and where it ended; null (see `scanner.reason`)
 * when it is not JSON. Objects inside lists stay as they are.
 */
export function uniqueMembers(
  scanner: JsonScanner,
  at: number,
  depth = 0,
): { readonly text: Buffer; readonly end: number } | null {
  const { bytes } = scanner;
  const members = new Map<string, Buffer>();
  let p = scanner.blanks(at + 1);
  if (bytes[p] === 125) return { text: Buffer.from("{}"), end: p + 1 };
  for (;;) {
    if (bytes[p] !== 34) return refuse(scanner, p, "a name in quotes is expected");
    const keyFrom = p + 1;
    const keyTo = scanner.stringEnd(keyFrom);
    const key = keyTo < 0 ? null : jsonStringOf(scanner.view, keyFrom, keyTo);
    if (key === null) return refuse(scanner, keyFrom, "a name is malformed");
    p = scanner.blanks(keyTo + 1);
    if (bytes[p] !== 58) return refuse(scanner, p, "a colon is expected");
    p = scanner.blanks(p + 1);
    let value: Buffer;
    if (bytes[p] === 123 && depth < 64) {
      const inner = uniqueMembers(scanner, p, depth + 1);
      if (inner === null) return null;
      value = inner.text;
      p = inner.end;
    } else {
      const end = scanner.valueEnd(p, depth);
      if (end < 0) return null;
      value = Buffer.from(bytes.subarray(p, end));
      p = end;
    }
    members.set(key, Buffer.concat([bytes.subarray(keyFrom - 1, keyTo + 1), COLON, value]));
    p = scanner.blanks(p);
    if (bytes[p] === 125 && p < scanner.end) return { text: joined([...members.values()]), end: p + 1 };
    if (bytes[p] !== 44) return refuse(scanner, p, 'a comma or "}" is expected');
    p = scanner.blanks(p + 1);
  }
}

const COLON = Buffer.from(":");
const COMMA = Buffer.from(",");

function joined(members: readonly Buffer[]): Buffer {
  const parts = members.flatMap((member, k) => (k === 0 ? [member] : [COMMA, member]));
  return Buffer.concat([Buffer.from("{"), ...parts, Buffer.from("}")]);
}

function refuse(scanner: JsonScanner, at: number, reason: string): null {
  scanner.fail(at, reason);
  return null;
}
