/**
 * Whether a file of LMDB may be opened. LMDB maps it into memory and trusts what is in it: where a page that it leads to
 * lies behind the end of the file, the process dies by a signal, and nothing can be said any more.
 *
 *   page 0, 1    | header 24 | magic, version, … | free list's tree | main tree | last page | transaction |
 *   page n       | n, …, flags (branch, leaf) … |
 *
 * Looked at are both first pages, the file's length against the last page, and the roots of both trees. LMDB has no
 * checksums: damage further down is not seen here.
 *
 * Source: lmdb.h and mdb.c of lmdb-js 3 (data version 2).
 */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";

export type LmdbFileState =
  /** Not there, or empty: LMDB makes it. */
  | { readonly kind: "missing" }
  | { readonly kind: "sound" }
  /** Shorter than its pages: cut off, or its last pages were never needed. Whether it can be read is seen by reading it. */
  | { readonly kind: "short"; readonly why: string }
  | { readonly kind: "damaged"; readonly why: string };

const MAGIC = 0xbeefc0de;
const HEADER_BYTES = 24;
const TREE_BYTES = 48;
const TREES_AT = HEADER_BYTES + 24;
const META_BYTES = TREES_AT + 2 * TREE_BYTES + 16;
const NO_PAGE = 0xffff_ffff_ffff_ffffn;
const BRANCH_OR_LEAF = 0x03;
const FLAGS_AT = 18;

interface Meta {
  readonly roots: readonly bigint[];
  readonly lastPage: bigint;
  readonly transaction: bigint;
}

/** Never throws for what is in the file. */
export function inspectLmdbFile(path: string): LmdbFileState {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return { kind: "missing" };
  }
  try {
    const bytes = fstatSync(file).size;
    return bytes === 0 ? { kind: "missing" } : inspect(file, bytes);
  } finally {
    closeSync(file);
  }
}

function inspect(file: number, bytes: number): LmdbFileState {
  const first = readAt(file, 0, META_BYTES);
  const pageBytes = first.length < META_BYTES ? 0 : first.readUInt32LE(TREES_AT);
  const metas = [first, readAt(file, pageBytes, META_BYTES)].map(metaOf);
  const [a, b] = metas;
  if (pageBytes < 512 || pageBytes > 65_536 || a == null || b == null)
    return { kind: "damaged", why: "its first pages are not those of LMDB" };
  const { roots, lastPage } = a.transaction > b.transaction ? a : b;
  for (const root of roots) {
    if (root === NO_PAGE) continue;
    const page = root > lastPage ? Buffer.alloc(0) : readAt(file, Number(root) * pageBytes, HEADER_BYTES);
    if (page.length < HEADER_BYTES)
      return { kind: "damaged", why: `it is cut off: ${bytes} bytes of ${(Number(lastPage) + 1) * pageBytes}` };
    if (page.readBigUInt64LE(0) !== root || (page.readUInt16LE(FLAGS_AT) & BRANCH_OR_LEAF) === 0)
      return { kind: "damaged", why: `its page ${root} is not one of LMDB's` };
  }
  const needed = (Number(lastPage) + 1) * pageBytes;
  return bytes < needed ? { kind: "short", why: `it is cut off: ${bytes} bytes of ${needed}` } : { kind: "sound" };
}

function metaOf(page: Buffer): Meta | null {
  if (page.length < META_BYTES || page.readUInt32LE(HEADER_BYTES) !== MAGIC) return null;
  return {
    roots: [0, 1].map((tree) => page.readBigUInt64LE(TREES_AT + tree * TREE_BYTES + 40)),
    lastPage: page.readBigUInt64LE(TREES_AT + 2 * TREE_BYTES),
    transaction: page.readBigUInt64LE(TREES_AT + 2 * TREE_BYTES + 8),
  };
}

function readAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, position));
}
