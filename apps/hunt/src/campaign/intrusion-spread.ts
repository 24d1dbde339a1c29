import { reach, run, start, stop } from "./actions.js";
import { openConsole } from "./background.js";
import { at } from "./clock.js";
import { STAGER, stagerActivity } from "./intrusion-entry.js";
import type { Journal } from "./journal.js";
import type { Machine, Proc } from "./machine.js";
import { PROGRAMS, program } from "./programs.js";
import { credentialChecked, explicitLogon, networkLogon, shareOpened } from "./security.js";
import { fileCreated, valueSet } from "./sysmon.js";
import { serviceInstalled, serviceState } from "./system.js";
import { ACCOUNTS, HOSTS } from "./topology.js";

const TOOL = program("C:\\Windows\\kmqzrw.exe", "-", "-", "-", "-");

export interface Machines {
  readonly loom01: Machine;
  readonly files: Machine;
  readonly dc: Machine;
  readonly build: Machine;
}

/** With the stolen administrator account to the file server, as a service. Returns the shell there. */
export function toFileServer(journal: Journal, all: Machines, implant: Proc): Proc {
  const { loom01, files, dc } = all;
  const from = loom01.spec.ip;
  let shell: Proc = files.proc("services");
  journal.during("lateral-movement", () => {
    const time = at("14:02:11");
    explicitLogon(loom01, time, implant, ACCOUNTS.admin, "SRV-FILES01");
    reach(loom01, implant, time + 20, {
      ip: HOSTS.files.ip,
      port: 445,
      name: "srv-files01.mill.example",
    });
    credentialChecked(dc, time + 90, ACCOUNTS.admin, "WS-LOOM01");
    const arrival = { account: ACCOUNTS.admin, from, kind: "NTLM", privileged: true } as const;
    const session = networkLogon(files, time + 140, arrival);
    shareOpened(files, time + 180, session, from, "ADMIN$", "");
    shareOpened(files, time + 220, session, from, "ADMIN$", "kmqzrw.exe");
    fileCreated(files, files.proc("services"), time + 260, TOOL.path);
    shareOpened(files, time + 900, session, from, "IPC$", "svcctl");
    serviceInstalled(files, time + 1200, "kmqzrw", "%SystemRoot%\\kmqzrw.exe");
    const key = "HKLM\\System\\CurrentControlSet\\Services\\kmqzrw\\ImagePath";
    valueSet(files, files.proc("services"), time + 1230, key, "%SystemRoot%\\kmqzrw.exe");
    const service = start(files, files.proc("services"), TOOL, "C:\\Windows\\kmqzrw.exe", time + 1500);
    serviceState(files, time + 1800, "kmqzrw", "running");
    shell = openConsole(files, service, "cmd.exe", at("14:02:40"));
    run(files, shell, PROGRAMS.whoami, "whoami", at("14:02:52"), 60);
    run(files, shell, PROGRAMS.net, "net share", at("14:03:20"), 200);
  });
  return shell;
}

/** From the workstation to the build host through WMI. Returns the hidden PowerShell there. */
export function toBuildServer(journal: Journal, all: Machines, implant: Proc): Proc {
  const { loom01, build, dc } = all;
  const from = loom01.spec.ip;
  let stager: Proc = build.proc("wmiprvse");
  journal.during("lateral-movement", () => {
    const time = at("14:10:26");
    const prompt = openConsole(loom01, implant, "C:\\Windows\\system32\\cmd.exe", time - 8000);
    const line = `wmic /node:SRV-BUILD01 /user:MILL\\adm-bobbin process call create "${STAGER}"`;
    const wmic = start(loom01, prompt, PROGRAMS.wmic, line, time, { loads: 4 });
    explicitLogon(loom01, time + 300, wmic, ACCOUNTS.admin, "SRV-BUILD01");
    reach(loom01, wmic, time + 320, {
      ip: HOSTS.build.ip,
      port: 135,
      name: "srv-build01.mill.example",
    });
    credentialChecked(dc, time + 380, ACCOUNTS.admin, "WS-LOOM01");
    const arrival = { account: ACCOUNTS.admin, from, kind: "NTLM", privileged: true } as const;
    const session = networkLogon(build, time + 450, arrival);
    stager = start(build, build.proc("wmiprvse"), PROGRAMS.powershell, STAGER, time + 900, {
      session,
      loads: 6,
    });
    stagerActivity(build, stager, time + 900);
    stop(loom01, wmic, time + 1600);
    stop(loom01, prompt, time + 30_000);
  });
  return stager;
}

/** The finance share copied together and packed with a password. */
export function collection(journal: Journal, m: Machine, shell: Proc): void {
  journal.during("collection", () => {
    const stage = "C:\\ProgramData\\spool";
    const copy = `robocopy D:\\Shares\\Finance ${stage}\\f *.xlsx *.pdf /s /maxage:365`;
    const robocopy = start(m, shell, PROGRAMS.robocopy, copy, at("14:22:05"), { loads: 2 });
    for (let i = 0; i < 24; i++) {
      const name = i % 3 === 0 ? `ledger-${100 + i}.pdf` : `ledger-${100 + i}.xlsx`;
      fileCreated(m, robocopy, at("14:22:06") + i * 310, `${stage}\\f\\${name}`);
    }
    stop(m, robocopy, at("14:22:20"));
    const zip = program(`${stage}\\7za.exe`, "7-Zip Standalone Console", "7-Zip", "23.01");
    fileCreated(m, shell, at("14:23:30"), zip.path);
    const pack = `${stage}\\7za.exe a -mx1 -pSp1ndle! ${stage}\\q1.7z ${stage}\\f`;
    const packer = start(m, shell, zip, pack, at("14:24:10"), { loads: 2 });
    fileCreated(m, packer, at("14:24:11"), `${stage}\\q1.7z`);
    stop(m, packer, at("14:25:02"));
  });
}
