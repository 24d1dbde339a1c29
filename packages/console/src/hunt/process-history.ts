/**
 * The processes of a host in a span, with what was raised about each.
 *
 *   1. starts in the span; alerts of the host; the event one comes from
 *   2. who acted in the alerts' events
 *   3. starts from before the span: of those who acted, and of every parent
 *   4. the tree, and each alert at its process
 */
import { sqlRows } from "../client/api.js";
import { identifier } from "../client/sql-text.js";
import { alertsOfHost } from "./alert-queries.js";
import type { Alert, LogPlace } from "./alerts.js";
import type { EventColumns } from "./event-columns.js";
import { attribute } from "./event-columns.js";
import type { EventRow } from "./events.js";
import { readEventAt } from "./events.js";
import { processStarts, startsBefore } from "./process-queries.js";
import type { ProcessNode } from "./process-tree.js";
import { buildTree, pidOf } from "./process-tree.js";
import { attributesOf, eventTimeOf } from "./security-event.js";
import type { Span } from "./timeline.js";

/** Places asked for in one query. */
const ASKED_MAX = 1000;

export interface ProcessHistory {
  readonly roots: readonly ProcessNode[];
  /** Starts that were logged in the span. */
  readonly starts: number;
  /** By process: alerts on its start, and alerts on events that name it as the one that acted. */
  readonly alerts: ReadonlyMap<string, readonly Alert[]>;
  readonly focus: ProcessNode | null;
}

/** focus: the place of an event; its process is the tree's `focus`. */
export async function processHistory(
  span: Span,
  columns: EventColumns,
  focus: LogPlace | null,
  signal: AbortSignal,
): Promise<ProcessHistory> {
  const [starts, alerts, event] = await Promise.all([
    processStarts(span, columns, signal),
    alertsOfHost(span.host, span.from, span.to, signal),
    focus === null ? null : readEventAt(focus, signal),
  ]);
  const actors = await actorsOf(alerts, span, columns, signal);
  const guids = [...actors.values()].flatMap(({ guid }) => guid ?? []);
  if (event !== null) guids.push(...actorIn(event).guids);
  const before = await startsBefore(starts, guids, span, columns, signal);
  const roots = buildTree([...before, ...starts]);
  return {
    roots,
    starts: starts.length,
    alerts: alertsByProcess(roots, alerts, actors),
    focus: event === null ? null : focusedProcess(roots, event),
  };
}

function alertsByProcess(
  roots: readonly ProcessNode[],
  alerts: readonly Alert[],
  actors: ReadonlyMap<string, Actor>,
): ReadonlyMap<string, readonly Alert[]> {
  const index = indexOf(roots);
  const found = new Map<string, Alert[]>();
  for (const alert of alerts) {
    if (alert.event === null) continue;
    const place = `${alert.event.partition}/${alert.event.offset}`;
    const actor = actors.get(place);
    const node =
      index.byPlace.get(place) ?? (actor === undefined ? null : processOf(index, actor.guid, actor.pid, alert.at));
    if (node !== null) found.set(node.id, [...(found.get(node.id) ?? []), alert]);
  }
  return found;
}

interface Actor {
  readonly guid: string | null;
  readonly pid: number | null;
}

function actorIn({ attributes }: EventRow): { readonly guids: readonly string[]; readonly pid: number | null } {
  const get = attributesOf(attributes);
  const guid = get("ProcessGuid") ?? get("SourceProcessGUID");
  return { guids: guid === null ? [] : [guid], pid: pidOf(get("ProcessId")) };
}

/** The process of an event: itself where it is a start, else the one that acted. */
function focusedProcess(roots: readonly ProcessNode[], event: EventRow): ProcessNode | null {
  const index = indexOf(roots);
  const { partition, offset } = event.place;
  const { guids, pid } = actorIn(event);
  const at = eventTimeOf(event.attributes);
  return index.byPlace.get(`${partition}/${offset}`) ?? processOf(index, guids[0] ?? null, pid, at);
}

interface Index {
  readonly byPlace: ReadonlyMap<string, ProcessNode>;
  readonly byGuid: ReadonlyMap<string, ProcessNode>;
  /** In order of start. */
  readonly byPid: ReadonlyMap<number, readonly ProcessNode[]>;
}

function indexOf(roots: readonly ProcessNode[]): Index {
  const byPlace = new Map<string, ProcessNode>();
  const byGuid = new Map<string, ProcessNode>();
  const byPid = new Map<number, ProcessNode[]>();
  const visit = (node: ProcessNode): void => {
    for (const { partition, offset } of node.places) byPlace.set(`${partition}/${offset}`, node);
    if (node.guid !== null) byGuid.set(node.guid, node);
    if (node.pid !== null) byPid.set(node.pid, [...(byPid.get(node.pid) ?? []), node]);
    node.children.forEach(visit);
  };
  roots.forEach(visit);
  for (const nodes of byPid.values()) nodes.sort((a, b) => (a.at ?? 0) - (b.at ?? 0));
  return { byPlace, byGuid, byPid };
}

function processOf(index: Index, guid: string | null, pid: number | null, at: number): ProcessNode | null {
  const named = guid === null ? undefined : index.byGuid.get(guid);
  if (named !== undefined) return named;
  if (pid === null) return null;
  return index.byPid.get(pid)?.findLast((node) => (node.at ?? 0) <= at + 1000) ?? null;
}

/** Who acted in these alerts' events. */
async function actorsOf(
  alerts: readonly Alert[],
  { stream }: Span,
  columns: EventColumns,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Actor>> {
  const offsets = [...new Set(alerts.flatMap(({ event }) => (event?.stream === stream ? [event.offset] : [])))];
  if (offsets.length === 0) return new Map();
  const rows = await sqlRows<{ _partition: number; _offset: number; guid: string | null; pid: string | null }>(
    `select _partition, _offset, ${attribute(columns, "ProcessGuid", "SourceProcessGUID")} as guid, ${attribute(columns, "ProcessId")} as pid
     from ${identifier(stream)} where _offset in (${offsets.slice(0, ASKED_MAX).join(", ")})`,
    signal,
  );
  return new Map(
    rows.map(({ _partition, _offset, guid, pid }) => [`${_partition}/${_offset}`, { guid, pid: pidOf(pid) }]),
  );
}
