/**
 * What a collector has told so far: the processes that had not ended, the connections. Worked out from the events
 * themselves, so that the journal of events is the only memory there is.
 */
import type { CollectedEvent } from "./events.js";

export interface Told {
  /** Guid -> what an end would say of the process. */
  readonly processes: Map<string, CollectedEvent>;
  /** Keys of connections, as `ConnectionTable.keys` gives them. */
  readonly connections: Set<string>;
  /** The number of the last event; 0 before the first. */
  number: number;
  /** When the last event was written; 0 before the first. */
  lastMs: number;
}

export function nothingTold(): Told {
  return { processes: new Map(), connections: new Set(), number: 0, lastMs: 0 };
}

/** Brings what was told up to date with one more event. */
export function tell(told: Told, event: CollectedEvent): void {
  const { category } = event.logsource as { category: string };
  const guid = event.ProcessGuid as string;
  if (category === "process_creation" || category === "process_fork") told.processes.set(guid, identity(event));
  else if (category === "process_termination") told.processes.delete(guid);
  else told.connections.add(keyOfEvent(event));
}

const IDENTITY = [
  ...["logsource", "host", "ProcessId", "ProcessGuid", "Image", "ProcessName", "CommandLine", "User", "ContainerId"],
];

function identity(event: CollectedEvent): CollectedEvent {
  return Object.fromEntries(IDENTITY.filter((key) => key in event).map((key) => [key, event[key]]));
}

function keyOfEvent(event: CollectedEvent): string {
  const { NetworkNamespace, Protocol, LocalIp, LocalPort, RemoteIp, RemotePort, SocketInode } = event;
  // A listener has no other end; the kernel writes zeros.
  const none = String(LocalIp).includes(":") ? "::" : "0.0.0.0";
  const remote = `${RemoteIp ?? none} ${RemotePort ?? 0}`;
  return `${NetworkNamespace} ${Protocol} ${LocalIp} ${LocalPort} ${remote} ${SocketInode}`;
}
