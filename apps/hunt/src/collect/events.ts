/**
 * What the collector tells, as events that Sigma rules for Linux understand without any mapping: the field names of
 * Sysmon, and `logsource.…` labels that say which rules look at them.
 *
 *   started, running, executed   linux / process_creation
 *   forked                       linux / process_fork         no rule looks at it: the program is the parent's
 *   ended                        linux / process_termination
 *   connection                   linux / network_connection
 *   listener                     linux / network_listener     no rule looks at it: nobody is connected
 */
import type { Connection } from "./connection-table.js";
import type { ProcessChange, ProcessInfo } from "./process-table.js";
import { redact } from "./redact.js";
import type { Users } from "./users.js";

export interface EventContext {
  readonly host: string;
  readonly users: Users;
  readonly redact: boolean;
}

/** An event as it is written, without the collector's number. Values that are not known are left out. */
export type CollectedEvent = Readonly<Record<string, unknown>>;

/** The end of a process that was told of before, of which nothing but `start`, that event, is left. */
export function endEvent(start: CollectedEvent, startMs: number, lastSeenMs: number, nowMs: number): CollectedEvent {
  return {
    ...start,
    "@timestamp": new Date(nowMs).toISOString(),
    logsource: { product: "linux", category: "process_termination" },
    Observed: "ended",
    StartTime: new Date(startMs).toISOString(),
    LastSeen: new Date(lastSeenMs).toISOString(),
  };
}

export function processEvent(change: ProcessChange, context: EventContext, nowMs: number): CollectedEvent {
  const { process, kind } = change;
  if (kind === "ended")
    return known({
      ...header("process_termination", nowMs, context),
      Observed: kind,
      ...described(process, context, nowMs),
      StartTime: new Date(process.startMs).toISOString(),
      LastSeen: new Date(change.lastSeenMs).toISOString(),
    });
  const { parent } = change;
  // An exec happens later than the start, somewhere since the last look.
  const atMs = kind === "executed" ? nowMs : process.startMs;
  return known({
    ...header(kind === "forked" ? "process_fork" : "process_creation", atMs, context),
    Observed: kind,
    ...described(process, context, nowMs),
    CommandLineTruncated: process.truncated ? true : null,
    CurrentDirectory: process.cwd,
    LoginUser: process.loginUid === null ? null : context.users.name(process.loginUid, nowMs),
    ParentProcessId: process.ppid,
    ParentProcessGuid: process.parentGuid,
    ParentImage: parent?.image ?? null,
    ParentCommandLine: parent === null ? null : shown(parent.commandLine, context),
    ParentUser: parent === null || parent.uid === null ? null : context.users.name(parent.uid, nowMs),
  });
}

export function connectionEvent(connection: Connection, context: EventContext, nowMs: number): CollectedEvent {
  const { process, initiated, kind, state, uid } = connection;
  const local = { ip: connection.localIp, port: connection.localPort };
  const remote = { ip: connection.remoteIp, port: connection.remotePort };
  // As Sysmon has it: the source is who opened the connection.
  const [source, destination] = initiated === false && kind === "connection" ? [remote, local] : [local, remote];
  const ends =
    kind === "listener"
      ? { LocalIp: local.ip, LocalPort: local.port }
      : {
          Initiated: initiated === null ? null : String(initiated),
          SourceIp: source.ip,
          SourcePort: source.port,
          DestinationIp: destination.ip,
          DestinationPort: destination.port,
          LocalIp: local.ip,
          LocalPort: local.port,
          RemoteIp: remote.ip,
          RemotePort: remote.port,
        };
  return known({
    ...header(kind === "listener" ? "network_listener" : "network_connection", nowMs, context),
    Protocol: connection.protocol,
    State: state,
    ...ends,
    ...(process === null ? { User: context.users.name(uid, nowMs) } : described(process, context, nowMs)),
    NetworkNamespace: connection.network,
    SocketInode: connection.inode,
  });
}

function header(category: string, atMs: number, { host }: EventContext): Record<string, unknown> {
  return {
    "@timestamp": new Date(atMs).toISOString(),
    logsource: { product: "linux", category },
    host: { name: host },
  };
}

function described(process: ProcessInfo, context: EventContext, nowMs: number): Record<string, unknown> {
  return {
    ProcessId: process.pid,
    ProcessGuid: process.guid,
    Image: process.image,
    ProcessName: process.comm,
    CommandLine: shown(process.commandLine, context),
    User: process.uid === null ? null : context.users.name(process.uid, nowMs),
    ContainerId: process.container,
  };
}

function shown(commandLine: string | null, context: EventContext): string | null {
  return commandLine !== null && context.redact ? redact(commandLine) : commandLine;
}

function known(event: Record<string, unknown>): CollectedEvent {
  return Object.fromEntries(Object.entries(event).filter(([, value]) => value !== null));
}
