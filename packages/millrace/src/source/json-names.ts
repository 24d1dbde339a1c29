/**
 * The names of the input's objects, and what was seen to follow what.
 *
 *   root ─{"EventID":─> EventID ─,"Channel":─> Channel ─,"host":─> host … ─}
 *                          └────,"Task":──> Task …        an edge = the exact bytes from the end of one
 *                                                         value to the beginning of the next
 *
 * Machines write the same names in the same order over and over. So after each value the edges that followed it before
 * are tried first, the latest first: one comparison of a few words takes in comma, quotes, name, colon and blanks at
 * once. Only what was never seen is read name by name.
 *
 * An edge also remembers where its value stood the last time: when the same bytes stand there again, the column gets
 * the same value again without a look at it.
 */
import { equalBytes, grownBytes, viewOf } from "../batch/byte-table.js";
import type { AttributeBuilder, OpenName } from "./open-column.js";

/** What happens to the values under a name. */
export type Role = "open" | "candidate" | "skip";

/** One name in one object: two objects may have members of the same name. */
export class JsonName {
  /** Dotted, from the root. */
  readonly path: string;
  readonly depth: number;
  readonly role: Role;
  /** Whether members of an object here matter. */
  readonly walks: boolean;
  /** Null where its values are passed over, until a line is read whole. */
  open: OpenName | null;
  /** Place in the decoder's list of candidates, or -1. */
  readonly candidate: number;
  /** Members of the object under this name, by key. */
  readonly members = new Map<string, JsonName>();
  /** Stands before the first member. */
  start: JsonName | null = null;
  /** What followed, the latest first. */
  edges: Edge | null = null;
  edgeCount = 0;
  /** The reading of a line that met this name last, to notice a second time in the same. */
  stamp = -1;

  constructor(
    path: string,
    depth: number,
    target: { role: Role; walks: boolean; open: OpenName | null; candidate: number },
  ) {
    this.path = path;
    this.depth = depth;
    this.role = target.role;
    this.walks = target.walks;
    this.open = target.open;
    this.candidate = target.candidate;
  }
}

export class Edge {
  readonly name: JsonName;
  readonly at: number;
  readonly size: number;
  next: Edge | null = null;
  /** The bytes of the last value, in the block of that number. */
  block = -1;
  valueAt = 0;
  /** With the byte behind it, so that 12 is not taken for the beginning of 123. */
  valueSize = 0;
  escaped = false;
  /** Where that value was put: place `index` of the attribute, in the batch of that number. */
  attribute: AttributeBuilder | null = null;
  index = 0;
  batch = -1;
  /** Runs of values unlike the one before make the comparison not worth trying. */
  misses = 0;

  constructor(name: JsonName, at: number, size: number) {
    this.name = name;
    this.at = at;
    this.size = size;
  }
}

/** More edges than this from one value are not kept: then names come in no order at all. */
const EDGES_MAX = 48;
/** Longer ones are read name by name each time. */
const EDGE_BYTES_MAX = 1024;

/** The bytes of all edges. */
export class EdgePool {
  view: DataView;
  #bytes = new Uint8Array(4096);
  #used = 0;

  constructor() {
    this.view = viewOf(this.#bytes);
  }

  /** The edge from `from` whose bytes stand at `at` of the block, or null. It comes first from now on. */
  find(from: JsonName, block: DataView, at: number): Edge | null {
    let before: Edge | null = null;
    for (let edge = from.edges; edge !== null; edge = edge.next) {
      if (equalBytes(block, at, this.view, edge.at, edge.size)) {
        if (before !== null) {
          before.next = edge.next;
          edge.next = from.edges;
          from.edges = edge;
        }
        return edge;
      }
      before = edge;
    }
    return null;
  }

  /** A new edge with the bytes [at, end) of the block. It is not kept where there are too many already. */
  add(from: JsonName, to: JsonName, block: Uint8Array, at: number, end: number): Edge {
    const size = end - at;
    if (size > EDGE_BYTES_MAX || from.edgeCount === EDGES_MAX) return new Edge(to, 0, 0);
    if (this.#used + size > this.#bytes.length) {
      this.#bytes = grownBytes(this.#bytes, this.#used + size);
      this.view = viewOf(this.#bytes);
    }
    this.#bytes.set(block.subarray(at, end), this.#used);
    const edge = new Edge(to, this.#used, size);
    this.#used += size;
    edge.next = from.edges;
    from.edges = edge;
    from.edgeCount++;
    return edge;
  }
}
