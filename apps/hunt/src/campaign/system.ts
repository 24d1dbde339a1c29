import type { Machine, Proc } from "./machine.js";

export function serviceState(m: Machine, time: number, name: string, state: "running" | "stopped"): void {
  m.log(time, "system", 7036, `The ${name} service entered the ${state} state.`, "services", {
    param1: name,
    param2: state,
  });
}

export function startTypeChanged(m: Machine, time: number, name: string, short: string, to: string): void {
  m.log(time, "system", 7040, `The start type of the ${name} service was changed.`, "services", {
    param1: name,
    param2: "demand start",
    param3: to,
    param4: short,
  });
}

export function serviceInstalled(m: Machine, time: number, name: string, path: string): void {
  m.log(time, "system", 7045, "A service was installed in the system.", "services", {
    ServiceName: name,
    ImagePath: path,
    ServiceType: "user mode service",
    StartType: "demand start",
    AccountName: "LocalSystem",
  });
}

export function systemLogCleared(m: Machine, time: number, by: Proc): void {
  const { account } = by.session;
  m.log(time, "system", 104, "The System log file was cleared.", "LocalService", {
    SubjectUserName: account.name,
    SubjectDomainName: account.domain,
    BackupPath: "",
  });
}

function scriptUser(proc: Proc): Record<string, string> {
  const { account } = proc.session;
  return {
    UserID: account.sid,
    AccountName: account.name,
    Domain: account.domain,
    AccountType: "User",
  };
}

export function scriptBlock(m: Machine, proc: Proc, time: number, text: string, path = ""): void {
  m.log(time, "powershell", 4104, "", proc.pid, {
    ...scriptUser(proc),
    ActivityID: m.rng.guid().toUpperCase(),
    MessageNumber: "1",
    MessageTotal: "1",
    ScriptBlockText: text,
    ScriptBlockId: m.rng.guid().slice(1, -1),
    Path: path,
  });
}

function hostInfo(proc: Proc): string {
  return `Host Name = ConsoleHost\r\n        Host Version = 5.1.19041.3636\r\n        Host Application = ${proc.commandLine}`;
}

/** One executed pipeline: 4103 in the operational log and 800 in the classic one. */
export function pipeline(
  m: Machine,
  proc: Proc,
  time: number,
  command: string,
  parameters: Readonly<Record<string, string>>,
): void {
  const bound = Object.entries(parameters).map(
    ([name, value]) => `ParameterBinding(${command}): name="${name}"; value="${value}"\r\n`,
  );
  const payload = `CommandInvocation(${command}): "${command}"\r\n${bound.join("")}`;
  m.log(time, "powershell", 4103, "", proc.pid, {
    ...scriptUser(proc),
    ActivityID: m.rng.guid().toUpperCase(),
    ContextInfo: `        Severity = Informational\r\n        ${hostInfo(proc)}`,
    Payload: payload,
  });
  const title = `Pipeline execution details for command line: ${command}.\r\n\r\nContext Information:\r\n\t${hostInfo(proc)}\r\n\r\nDetails:\r\n${payload}`;
  m.log(time + 2, "classic", 800, title, 0, {});
}

export function engineStarted(m: Machine, proc: Proc, time: number): void {
  const title = `Engine state is changed from None to Available.\r\n\r\nDetails:\r\n\tNewEngineState=Available\r\n\tPreviousEngineState=None\r\n\t${hostInfo(proc)}`;
  m.log(time, "classic", 400, title, 0, {});
}
