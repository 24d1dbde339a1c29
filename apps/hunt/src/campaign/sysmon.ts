import { sysmonUtc } from "./clock.js";
import type { Machine, Proc } from "./machine.js";
import type { Program } from "./programs.js";
import { hashesOf } from "./programs.js";

function subject(time: number, proc: Proc): Record<string, string> {
  return {
    RuleName: "-",
    UtcTime: sysmonUtc(time),
    ProcessGuid: proc.guid,
    ProcessId: String(proc.pid),
    Image: proc.image.path,
  };
}

function userOf(proc: Proc): string {
  return `${proc.session.account.domain}\\${proc.session.account.name}`;
}

export function processCreated(m: Machine, proc: Proc, time: number): void {
  const { image, parent, session } = proc;
  m.log(time, "sysmon", 1, "Process Create", "sysmon", {
    ...subject(time, proc),
    FileVersion: image.version,
    Description: image.description,
    Product: image.product,
    Company: image.company,
    OriginalFileName: image.original,
    CommandLine: proc.commandLine,
    CurrentDirectory: proc.cwd,
    User: userOf(proc),
    LogonGuid: session.logonGuid,
    LogonId: session.logonId,
    TerminalSessionId: String(session.terminal),
    IntegrityLevel: session.integrity,
    Hashes: hashesOf(image),
    ParentProcessGuid: parent?.guid ?? "{00000000-0000-0000-0000-000000000000}",
    ParentProcessId: String(parent?.pid ?? 4),
    ParentImage: parent?.image.path ?? "-",
    ParentCommandLine: parent?.commandLine ?? "-",
  });
}

export function processEnded(m: Machine, proc: Proc, time: number): void {
  m.log(time, "sysmon", 5, "Process terminated", "sysmon", subject(time, proc));
}

export function imageLoaded(m: Machine, proc: Proc, time: number, dll: Program, signer: string | null): void {
  m.log(time, "sysmon", 7, "Image loaded", "sysmon", {
    ...subject(time, proc),
    ImageLoaded: dll.path,
    FileVersion: dll.version,
    Description: dll.description,
    Product: dll.product,
    Company: dll.company,
    OriginalFileName: dll.original,
    Hashes: hashesOf(dll),
    Signed: signer === null ? "false" : "true",
    Signature: signer ?? "-",
    SignatureStatus: signer === null ? "Unavailable" : "Valid",
  });
}

export interface Endpoint {
  readonly ip: string;
  readonly port: number;
  readonly name?: string;
}

export function connected(m: Machine, proc: Proc, time: number, to: Endpoint, localPort: number): void {
  m.log(time, "sysmon", 3, "Network connection detected", "sysmon", {
    ...subject(time, proc),
    User: userOf(proc),
    Protocol: "tcp",
    Initiated: "true",
    SourceIsIpv6: "false",
    SourceIp: m.spec.ip,
    SourceHostname: `${m.spec.name}.mill.example`,
    SourcePort: String(localPort),
    SourcePortName: "-",
    DestinationIsIpv6: "false",
    DestinationIp: to.ip,
    DestinationHostname: to.name ?? "-",
    DestinationPort: String(to.port),
    DestinationPortName: to.port === 443 ? "https" : "-",
  });
}

export function dnsQueried(m: Machine, proc: Proc, time: number, name: string, ip: string): void {
  m.log(time, "sysmon", 22, "Dns query", "sysmon", {
    ...subject(time, proc),
    QueryName: name,
    QueryStatus: "0",
    QueryResults: `::ffff:${ip};`,
  });
}

export function fileCreated(m: Machine, proc: Proc, time: number, path: string): void {
  m.log(time, "sysmon", 11, "File created", "sysmon", {
    ...subject(time, proc),
    TargetFilename: path,
    CreationUtcTime: sysmonUtc(time),
  });
}

export function keyTouched(m: Machine, proc: Proc, time: number, key: string, kind: "CreateKey" | "DeleteKey"): void {
  m.log(time, "sysmon", 12, "Registry object added or deleted", "sysmon", {
    EventType: kind,
    ...subject(time, proc),
    TargetObject: key,
  });
}

export function valueSet(m: Machine, proc: Proc, time: number, key: string, details: string): void {
  m.log(time, "sysmon", 13, "Registry value set", "sysmon", {
    EventType: "SetValue",
    ...subject(time, proc),
    TargetObject: key,
    Details: details,
  });
}

export function processOpened(
  m: Machine,
  source: Proc,
  target: Proc,
  time: number,
  access: string,
  trace: string,
): void {
  m.log(time, "sysmon", 10, "Process accessed", "sysmon", {
    RuleName: "-",
    UtcTime: sysmonUtc(time),
    SourceProcessGUID: source.guid,
    SourceProcessId: String(source.pid),
    SourceThreadId: String(source.pid + 4 * m.rng.int(1, 4)),
    SourceImage: source.image.path,
    TargetProcessGUID: target.guid,
    TargetProcessId: String(target.pid),
    TargetImage: target.image.path,
    GrantedAccess: access,
    CallTrace: trace,
    ...(m.spec.oldAgent ? { ProcessId: String(source.pid) } : {}),
  });
}
