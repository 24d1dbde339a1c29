/**
 * The processes of a host as a tree, from what was logged when they started.
 *
 *   Sysmon 1        says who by GUIDs: the parent is known without doubt
 *   Security 4688   says process numbers, which are used again: the parent is the last one with that number before
 *
 * The same start is often in both logs; the two are one process here, with the places of both. A parent that started
 * before the span is there by what its children say of it.
 */
import { baseName } from "../ui/format.js";
import type { LogPlace } from "./alerts.js";

/** A process's start as it was logged. */
export interface Start {
  readonly place: LogPlace;
  /** Event time, epoch ms. */
  readonly at: number;
  readonly guid: string | null;
  readonly pid: number | null;
  readonly parentGuid: string | null;
  readonly parentPid: number | null;
  readonly image: string | null;
  readonly parentImage: string | null;
  readonly commandLine: string | null;
  readonly user: string | null;
}

export interface ProcessNode {
  /** Unique in the tree. */
  readonly id: string;
  readonly image: string;
  readonly guid: string | null;
  readonly pid: number | null;
  /** Null: it started before what was looked at. */
  readonly at: number | null;
  readonly commandLine: string | null;
  readonly user: string | null;
  /** Where its start is in the log; none for one that is known by its children alone. */
  readonly places: readonly LogPlace[];
  readonly children: ProcessNode[];
}

/** Two logs' times of one start differ by less. */
const SAME_START_MS = 3000;

/** Roots, and children everywhere, in order of their start; those that started before come first. */
export function buildTree(starts: readonly Start[]): readonly ProcessNode[] {
  const merged = mergeStarts(starts);
  const nodes = merged.map(nodeOf);
  const byGuid = new Map(
    nodes.flatMap((node, k) => (merged[k]?.guid == null ? [] : [[merged[k].guid, node] as const])),
  );
  const before = new Map<string, ProcessNode>();
  const roots: ProcessNode[] = [];
  merged.forEach((start, k) => {
    const node = nodes[k] as ProcessNode;
    const parent = parentIn(start, k, merged, nodes, byGuid) ?? earlier(start, before, roots);
    if (parent === null || leadsTo(node, parent)) roots.push(node);
    else parent.children.push(node);
  });
  sort(roots);
  return roots;
}

/** One for each process: Sysmon's, with what Security's has besides. */
function mergeStarts(starts: readonly Start[]): readonly (Start & { readonly places: readonly LogPlace[] })[] {
  const sorted = [...starts].sort((a, b) => a.at - b.at || a.place.offset - b.place.offset);
  const merged: (Start & { places: LogPlace[] })[] = [];
  for (const start of sorted) {
    let found: (Start & { places: LogPlace[] }) | undefined;
    for (let k = merged.length - 1; k >= 0; k--) {
      const other = merged[k] as Start & { places: LogPlace[] };
      if (start.at - other.at > SAME_START_MS) break;
      if (isSame(start, other)) found = other;
    }
    if (found === undefined) merged.push({ ...start, places: [start.place] });
    else {
      const better = start.guid !== null && found.guid === null ? start : found;
      const rest = better === start ? found : start;
      merged[merged.indexOf(found)] = {
        ...better,
        at: Math.min(start.at, found.at),
        pid: better.pid ?? rest.pid,
        parentPid: better.parentPid ?? rest.parentPid,
        commandLine: better.commandLine ?? rest.commandLine,
        parentImage: better.parentImage ?? rest.parentImage,
        user: better.user ?? rest.user,
        places: [...found.places, start.place],
      };
    }
  }
  return merged;
}

/** From different logs, with one number and one program. */
function isSame(a: Start, b: Start): boolean {
  if (a.guid !== null && b.guid !== null) return a.guid === b.guid;
  if ((a.guid === null) === (b.guid === null)) return false;
  return (
    a.pid !== null && a.pid === b.pid && baseName(a.image ?? "").toLowerCase() === baseName(b.image ?? "").toLowerCase()
  );
}

function nodeOf({
  guid,
  pid,
  at,
  image,
  commandLine,
  user,
  places,
}: Start & { readonly places: readonly LogPlace[] }): ProcessNode {
  const [{ partition, offset }] = places as [LogPlace];
  return { id: `${partition}/${offset}`, image: image ?? "", guid, pid, at, commandLine, user, places, children: [] };
}

function parentIn(
  start: Start,
  index: number,
  starts: readonly Start[],
  nodes: readonly ProcessNode[],
  byGuid: ReadonlyMap<string, ProcessNode>,
): ProcessNode | null {
  if (start.parentGuid !== null) return byGuid.get(start.parentGuid) ?? null;
  if (start.parentPid === null) return null;
  for (let k = index - 1; k >= 0; k--) if (starts[k]?.pid === start.parentPid) return nodes[k] as ProcessNode;
  return null;
}

/** A parent known by what its children say; null when they say nothing. */
function earlier(start: Start, known: Map<string, ProcessNode>, roots: ProcessNode[]): ProcessNode | null {
  const { parentGuid, parentPid, parentImage } = start;
  if (parentGuid === null && parentPid === null && parentImage === null) return null;
  const key = parentGuid ?? `${parentPid} ${parentImage?.toLowerCase()}`;
  let node = known.get(key);
  if (node === undefined) {
    node = {
      id: `before ${key}`,
      image: parentImage ?? "",
      guid: parentGuid,
      pid: parentPid,
      at: null,
      commandLine: null,
      user: null,
      places: [],
      children: [],
    };
    known.set(key, node);
    roots.push(node);
  }
  return node;
}

/** Logs can lie: a process that would be above itself is a root. */
function leadsTo(from: ProcessNode, to: ProcessNode): boolean {
  return from === to || from.children.some((child) => leadsTo(child, to));
}

function sort(nodes: ProcessNode[]): void {
  nodes.sort((a, b) => (a.at ?? Number.NEGATIVE_INFINITY) - (b.at ?? Number.NEGATIVE_INFINITY));
  for (const { children } of nodes) sort(children);
}

/** A process number, decimal or hexadecimal as Security writes it. */
export function pidOf(text: string | null): number | null {
  if (text === null || !/^(?:0x[0-9a-f]+|\d+)$/i.test(text)) return null;
  return Number(text);
}

/** Every node on the way to those that are wanted, and they themselves. */
export function pathsTo(roots: readonly ProcessNode[], wanted: (node: ProcessNode) => boolean): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (node: ProcessNode): boolean => {
    let below = false;
    for (const child of node.children) if (visit(child)) below = true;
    if (below || wanted(node)) found.add(node.id);
    return below || wanted(node);
  };
  for (const root of roots) visit(root);
  return found;
}

export interface TreeLine {
  readonly node: ProcessNode;
  readonly depth: number;
  readonly open: boolean;
}

/** The nodes in sight, from the top: children of closed ones are not. */
export function linesOf(roots: readonly ProcessNode[], open: ReadonlySet<string>): readonly TreeLine[] {
  const lines: TreeLine[] = [];
  const visit = (node: ProcessNode, depth: number): void => {
    const isOpen = open.has(node.id);
    lines.push({ node, depth, open: isOpen });
    if (isOpen) for (const child of node.children) visit(child, depth + 1);
  };
  for (const root of roots) visit(root, 0);
  return lines;
}
