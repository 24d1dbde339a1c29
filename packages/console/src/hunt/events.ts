/** Events by their place in the log. */
import { getRows } from "../client/api.js";
import type { LogPlace } from "./alerts.js";
import { securityAttributes } from "./security-event.js";

export interface EventRow {
  readonly place: LogPlace;
  readonly row: Readonly<Record<string, unknown>>;
  /** The open attributes where it is a security event, else the row's own columns. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Null where there is no row, or no longer. */
export async function readEventAt(place: LogPlace, signal: AbortSignal): Promise<EventRow | null> {
  const { stream, partition, offset } = place;
  const [found] = await getRows(stream, partition, offset, 1, signal);
  if (found?.offset !== offset) return null;
  return { place, row: found.row, attributes: securityAttributes(found.row) ?? found.row };
}

/** "windows/0/17", as links carry it. */
export function placeFrom(text: string | null): LogPlace | null {
  const found = /^(.+)\/(\d{1,9})\/(\d{1,15})$/.exec(text ?? "");
  if (found === null) return null;
  const [, stream = "", partition, offset] = found;
  return { stream, partition: Number(partition), offset: Number(offset) };
}
