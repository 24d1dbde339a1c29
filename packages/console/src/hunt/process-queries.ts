/** Starts of processes on a host, for the tree. */
import { sqlRows } from "../client/api.js";
import { identifier, literal, timestamp } from "../client/sql-text.js";
import { epochMs } from "../ui/format.js";
import type { EventColumns } from "./event-columns.js";
import { attribute, hostIs } from "./event-columns.js";
import type { Start } from "./process-tree.js";
import { pidOf } from "./process-tree.js";
import { NAMES } from "./security-event.js";
import type { Span } from "./timeline.js";

/** More than this is no tree anybody reads: the span is to be made shorter. */
export const STARTS_MAX = 4000;

/** The first so many of the span. */
export function processStarts(span: Span, columns: EventColumns, signal: AbortSignal): Promise<readonly Start[]> {
  return startsWhere(span, columns, "true", signal);
}

/** Ancestors are looked for so far back, in so many steps. */
const BACK_MS = 24 * 3_600_000;
const STEPS_MAX = 6;

/**
 * From before the span: starts of the processes `guids`, of parents that are not among `starts`, and of their parents,
 * as far as GUIDs lead.
 */
export async function startsBefore(
  starts: readonly Start[],
  guids: readonly string[],
  span: Span,
  columns: EventColumns,
  signal: AbortSignal,
): Promise<readonly Start[]> {
  const before = { ...span, from: span.from - BACK_MS, to: span.from };
  const known = new Set(starts.flatMap(({ guid }) => guid ?? []));
  const found: Start[] = [];
  let wanted = [...guids, ...starts.flatMap(({ parentGuid }) => parentGuid ?? [])];
  for (let step = 0; step < STEPS_MAX; step++) {
    const missing = [...new Set(wanted)].filter((guid) => !known.has(guid));
    if (missing.length === 0) break;
    const list = missing.map(literal).join(", ");
    const more = await startsWhere(before, columns, `${attribute(columns, "ProcessGuid")} in (${list})`, signal);
    for (const guid of missing) known.add(guid);
    found.push(...more);
    wanted = more.flatMap(({ parentGuid }) => parentGuid ?? []);
  }
  return found;
}

async function startsWhere(
  span: Span,
  columns: EventColumns,
  also: string,
  signal: AbortSignal,
): Promise<readonly Start[]> {
  const time = identifier(columns.time);
  const of = (...names: string[]): string => attribute(columns, ...names);
  const id = of(...NAMES.id);
  const channel = of(...NAMES.channel);
  const rows = await sqlRows<Record<string, string | number | null>>(
    `select _partition, _offset, ${time} as t, ${id} as id,
       ${of("ProcessGuid")} as guid, ${of("ParentProcessGuid")} as parent_guid,
       ${of("ProcessId")} as pid, ${of("NewProcessId")} as new_pid, ${of("ParentProcessId")} as parent_pid,
       ${of("Image")} as image, ${of("NewProcessName")} as new_image,
       ${of("ParentImage", "ParentProcessName")} as parent_image, ${of("CommandLine", "ProcessCommandLine")} as command_line,
       ${of("User", "SubjectUserName")} as "user"
     from ${identifier(span.stream)}
     where ${time} >= ${timestamp(span.from)} and ${time} < ${timestamp(span.to)} and ${hostIs(columns, span.host)}
       and ${also} and ((${id} = '1' and ${channel} ilike '%sysmon%') or (${id} = '4688' and ${channel} ilike 'security'))
     order by ${time} limit ${STARTS_MAX}`,
    signal,
  );
  return rows.map((row) => startOf(row, span.stream));
}

function startOf(row: Readonly<Record<string, string | number | null>>, stream: string): Start {
  const text = (name: string): string | null =>
    row[name] === null || row[name] === undefined ? null : String(row[name]);
  const security = text("id") === "4688";
  return {
    place: { stream, partition: Number(row._partition), offset: Number(row._offset) },
    at: epochMs(row.t),
    guid: security ? null : text("guid"),
    // In 4688 ProcessId is the one that started it.
    pid: pidOf(text(security ? "new_pid" : "pid")),
    parentGuid: security ? null : text("parent_guid"),
    parentPid: pidOf(text(security ? "pid" : "parent_pid")),
    image: text(security ? "new_image" : "image"),
    parentImage: text("parent_image"),
    commandLine: text("command_line"),
    user: text("user"),
  };
}
