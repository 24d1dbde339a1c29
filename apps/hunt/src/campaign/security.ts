import type { Machine, Proc, Session } from "./machine.js";
import type { Account } from "./topology.js";
import { DOMAIN, machineAccount } from "./topology.js";

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** Subject block: services act as the machine account, people as themselves. */
function subject(m: Machine, session: Session): Record<string, string> {
  const who = session.account.domain === DOMAIN ? session.account : machineAccount(m.spec);
  return {
    SubjectUserSid: session.account.sid,
    SubjectUserName: who.name,
    SubjectDomainName: DOMAIN,
    SubjectLogonId: session.logonId,
  };
}

export function auditStart(m: Machine, proc: Proc, time: number): void {
  m.log(time, "security", 4688, "A new process has been created.", 4, {
    ...subject(m, proc.parent?.session ?? proc.session),
    NewProcessId: hex(proc.pid),
    NewProcessName: proc.image.path,
    TokenElevationType: proc.session.integrity === "Medium" ? "%%1938" : "%%1936",
    ProcessId: hex(proc.parent?.pid ?? 4),
    CommandLine: proc.commandLine,
    TargetUserSid: "S-1-0-0",
    TargetUserName: proc.session === proc.parent?.session ? "-" : proc.session.account.name,
    TargetDomainName: proc.session === proc.parent?.session ? "-" : proc.session.account.domain,
    TargetLogonId: proc.session === proc.parent?.session ? "0x0" : proc.session.logonId,
    ParentProcessName: proc.parent?.image.path ?? "-",
    MandatoryLabel: proc.session.integrity === "Medium" ? "S-1-16-8192" : "S-1-16-16384",
  });
}

export function auditEnd(m: Machine, proc: Proc, time: number): void {
  m.log(time, "security", 4689, "A process has exited.", 4, {
    ...subject(m, proc.session),
    Status: "0x0",
    ProcessId: hex(proc.pid),
    ProcessName: proc.image.path,
  });
}

export interface Arrival {
  readonly account: Account;
  readonly from: string;
  readonly kind: "Kerberos" | "NTLM";
  readonly privileged: boolean;
}

/** A network logon on this host: 4624, with 4672 when it brings special privileges. */
export function networkLogon(m: Machine, time: number, arrival: Arrival): Session {
  const session = m.session(arrival.account, 0, "High");
  m.log(time, "security", 4624, "An account was successfully logged on.", "lsass", {
    SubjectUserSid: "S-1-0-0",
    SubjectUserName: "-",
    SubjectDomainName: "-",
    SubjectLogonId: "0x0",
    TargetUserSid: arrival.account.sid,
    TargetUserName: arrival.account.name,
    TargetDomainName: DOMAIN,
    TargetLogonId: session.logonId,
    LogonType: "3",
    LogonProcessName: arrival.kind === "NTLM" ? "NtLmSsp " : "Kerberos",
    AuthenticationPackageName: arrival.kind,
    WorkstationName: "-",
    LogonGuid: session.logonGuid,
    LmPackageName: arrival.kind === "NTLM" ? "NTLM V2" : "-",
    KeyLength: arrival.kind === "NTLM" ? "128" : "0",
    ProcessId: "0x0",
    ProcessName: "-",
    IpAddress: arrival.from,
    IpPort: String(m.rng.int(49200, 65000)),
    ImpersonationLevel: "%%1833",
    ElevatedToken: arrival.privileged ? "%%1842" : "%%1843",
  });
  if (arrival.privileged) {
    m.log(time, "security", 4672, "Special privileges assigned to new logon.", "lsass", {
      ...subject(m, session),
      PrivilegeList: "SeSecurityPrivilege\r\n\t\t\tSeBackupPrivilege\r\n\t\t\tSeDebugPrivilege",
    });
  }
  return session;
}

export function logoff(m: Machine, time: number, session: Session): void {
  m.log(time, "security", 4634, "An account was logged off.", "lsass", {
    TargetUserSid: session.account.sid,
    TargetUserName: session.account.name,
    TargetDomainName: DOMAIN,
    TargetLogonId: session.logonId,
    LogonType: "3",
  });
}

export function explicitLogon(m: Machine, time: number, by: Proc | undefined, as: Account, server: string): void {
  const caller = by ?? m.proc("lsass");
  m.log(time, "security", 4648, "A logon was attempted using explicit credentials.", "lsass", {
    ...subject(m, caller.session),
    LogonGuid: m.rng.guid(),
    TargetUserName: as.name,
    TargetDomainName: DOMAIN,
    TargetLogonGuid: "{00000000-0000-0000-0000-000000000000}",
    TargetServerName: server,
    TargetInfo: server,
    ProcessId: hex(caller.pid),
    ProcessName: caller.image.path,
    IpAddress: "-",
    IpPort: "-",
  });
}

export function shareOpened(
  m: Machine,
  time: number,
  session: Session,
  from: string,
  share: string,
  file: string,
): void {
  const common = {
    ...subject(m, session),
    ObjectType: "File",
    IpAddress: from,
    IpPort: String(m.rng.int(49200, 65000)),
    ShareName: `\\\\*\\${share}`,
  };
  if (file === "") {
    m.log(time, "security", 5140, "A network share object was accessed.", 4, {
      ...common,
      AccessMask: "0x1",
      AccessList: "%%4416\r\n\t\t\t\t",
    });
    return;
  }
  m.log(time, "security", 5145, "A network share object was checked for access.", 4, {
    ...common,
    RelativeTargetName: file,
    AccessMask: "0x120089",
    AccessList: "%%1538\r\n\t\t\t\t%%1541\r\n\t\t\t\t%%4416\r\n\t\t\t\t",
  });
}

export function ticketIssued(m: Machine, time: number, account: Account, from: string, service: string): void {
  const first = service === "krbtgt";
  const title = first
    ? "A Kerberos authentication ticket (TGT) was requested."
    : "A Kerberos service ticket was requested.";
  m.log(time, "security", first ? 4768 : 4769, title, "lsass", {
    TargetUserName: first ? account.name : `${account.name}@MILL.EXAMPLE`,
    TargetDomainName: "MILL.EXAMPLE",
    ...(first ? { TargetSid: account.sid } : {}),
    ServiceName: service,
    TicketOptions: "0x40810000",
    Status: "0x0",
    TicketEncryptionType: "0x12",
    IpAddress: `::ffff:${from}`,
    IpPort: String(m.rng.int(49200, 65000)),
  });
}

export function credentialChecked(m: Machine, time: number, account: Account, workstation: string): void {
  m.log(time, "security", 4776, "The computer attempted to validate the credentials for an account.", "lsass", {
    PackageName: "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0",
    TargetUserName: account.name,
    Workstation: workstation,
    Status: "0x0",
  });
}

export function taskRegistered(m: Machine, time: number, proc: Proc, name: string, command: string): void {
  m.log(time, "security", 4698, "A scheduled task was created.", "lsass", {
    ...subject(m, proc.session),
    TaskName: name,
    TaskContent: `<?xml version="1.0" encoding="UTF-16"?>\r\n<Task version="1.2">\r\n  <Actions><Exec><Command>${command}</Command></Exec></Actions>\r\n</Task>`,
  });
}

export function auditCleared(m: Machine, time: number, by: Proc): void {
  m.log(time, "security", 1102, "The audit log was cleared.", "LocalService", subject(m, by.session));
}

export function connectionAllowed(m: Machine, proc: Proc, time: number, ip: string, port: number, local: number): void {
  const device = proc.image.path.replace(/^[A-Z]:/, "\\device\\harddiskvolume3").toLowerCase();
  m.log(time, "security", 5156, "The Windows Filtering Platform has permitted a connection.", 4, {
    ProcessId: String(proc.pid),
    Application: device,
    Direction: "%%14593",
    SourceAddress: m.spec.ip,
    SourcePort: String(local),
    DestAddress: ip,
    DestPort: String(port),
    Protocol: "6",
    FilterRTID: "67845",
    LayerName: "%%14611",
    LayerRTID: "48",
  });
}
