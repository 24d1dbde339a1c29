import type { Channel, Fields, Journal } from "./journal.js";
import type { Program } from "./programs.js";
import { PROGRAMS } from "./programs.js";
import type { Random } from "./random.js";
import type { Account, HostSpec } from "./topology.js";
import { ACCOUNTS } from "./topology.js";

/** A logon session: who a process runs as. */
export interface Session {
  readonly account: Account;
  readonly logonId: string;
  readonly logonGuid: string;
  readonly terminal: number;
  readonly integrity: "System" | "High" | "Medium";
}

export interface Proc {
  readonly guid: string;
  readonly pid: number;
  readonly image: Program;
  readonly commandLine: string;
  readonly cwd: string;
  readonly session: Session;
  readonly parent: Proc | undefined;
}

export interface ProcOptions {
  readonly session?: Session;
  readonly cwd?: string;
}

/** One host: its processes and sessions, and the way to its event log. */
export class Machine {
  readonly spec: HostSpec;
  readonly rng: Random;
  readonly system: Session;
  readonly network: Session;
  readonly desktop: Session;
  /** Processes that started with the host, before the recording began. */
  readonly boot = new Map<string, Proc>();
  readonly #journal: Journal;
  #nextPid: number;
  #created = 0;

  constructor(spec: HostSpec, rng: Random, journal: Journal, bootTime: number) {
    this.spec = spec;
    this.rng = rng;
    this.#journal = journal;
    this.#nextPid = 4 * rng.int(120, 160);
    this.system = this.session(ACCOUNTS.system, 0, "System", "0x3e7");
    this.network = this.session(ACCOUNTS.network, 0, "System", "0x3e4");
    this.desktop = this.session(spec.user, 1, "Medium");
    this.#start(bootTime);
  }

  session(
    account: Account,
    terminal: number,
    integrity: Session["integrity"],
    logonId = `0x${this.rng.int(0x80000, 0xfffff).toString(16)}`,
  ): Session {
    return { account, logonId, logonGuid: this.rng.guid(), terminal, integrity };
  }

  /** A boot process by name. */
  proc(name: string): Proc {
    const found = this.boot.get(name);
    if (found === undefined) throw new RangeError(`${this.spec.name} has no process ${name}`);
    return found;
  }

  /** A new process table entry; writes no event. */
  create(parent: Proc | undefined, image: Program, line: string, time: number, options: ProcOptions = {}): Proc {
    const { session = parent?.session ?? this.system, cwd = "C:\\Windows\\System32\\" } = options;
    const pid = this.#nextPid;
    this.#nextPid += 4 * this.rng.int(1, 24);
    if (this.#nextPid > 60_000) this.#nextPid = 4 * this.rng.int(1000, 1200);
    return { guid: this.#guid(time), pid, image, commandLine: line, cwd, session, parent };
  }

  log(time: number, channel: Channel, eventId: number, title: string, executor: string | number, fields: Fields): void {
    const pid = typeof executor === "number" ? executor : this.proc(executor).pid;
    this.#journal.add({
      time,
      host: this.spec,
      channel,
      eventId,
      title,
      executor: pid,
      fields,
    });
  }

  /** Like Sysmon's: host, start second (low half first), running number. */
  #guid(time: number): string {
    const seconds = Math.floor(time / 1000)
      .toString(16)
      .padStart(8, "0");
    this.#created++;
    const low = (this.#created & 0xff).toString(16).padStart(2, "0");
    const high = ((this.#created >> 8) & 0xff).toString(16).padStart(2, "0");
    const rest = (this.#created >> 16).toString(16).padStart(4, "0");
    return `{${this.spec.guidPrefix}-${seconds.slice(4)}-${seconds.slice(0, 4)}-${low}${high}-0000${rest}0400}`;
  }

  #start(time: number): void {
    let tick = time;
    const add = (name: string, parent: string | undefined, image: Program, line: string, session = this.system) => {
      tick += this.rng.int(50, 900);
      const owner = parent === undefined ? undefined : this.proc(parent);
      this.boot.set(name, this.create(owner, image, line, tick, { session }));
    };
    add("smss", undefined, PROGRAMS.smss, "\\SystemRoot\\System32\\smss.exe");
    add("csrss", "smss", PROGRAMS.csrss, "%SystemRoot%\\system32\\csrss.exe ObjectDirectory=\\Windows");
    add("wininit", "smss", PROGRAMS.wininit, "wininit.exe");
    add("winlogon", "smss", PROGRAMS.winlogon, "winlogon.exe");
    add("services", "wininit", PROGRAMS.services, "C:\\Windows\\system32\\services.exe");
    add("lsass", "wininit", PROGRAMS.lsass, "C:\\Windows\\system32\\lsass.exe");
    for (const group of ["DcomLaunch", "netsvcs", "LocalService", "NetworkService", "WinRM"]) {
      const session = group.startsWith("Network") ? this.network : this.system;
      add(group, "services", PROGRAMS.svchost, `C:\\Windows\\system32\\svchost.exe -k ${group} -p`, session);
    }
    add("sysmon", "services", PROGRAMS.sysmon, "C:\\Windows\\Sysmon64.exe");
    add("defender", "services", PROGRAMS.defender, `"${PROGRAMS.defender.path}"`);
    add("inventory", "services", PROGRAMS.inventory, `"${PROGRAMS.inventory.path}" --service`);
    add("wmiprvse", "DcomLaunch", PROGRAMS.wmiprvse, "C:\\Windows\\system32\\wbem\\wmiprvse.exe");
    add("explorer", "winlogon", PROGRAMS.explorer, "C:\\Windows\\Explorer.EXE", this.desktop);
    if (this.spec.role === "directory") add("dns", "services", PROGRAMS.dns, PROGRAMS.dns.path);
    if (this.spec.role === "desk") {
      add("outlook", "explorer", PROGRAMS.outlook, `"${PROGRAMS.outlook.path}"`, this.desktop);
      add("edge", "explorer", PROGRAMS.edge, `"${PROGRAMS.edge.path}"`, this.desktop);
    }
    if (this.spec.role === "files") {
      const session = this.session(ACCOUNTS.backup, 0, "High");
      add("backup", "services", PROGRAMS.backupAgent, `"${PROGRAMS.backupAgent.path}" --service`, session);
    }
    if (this.spec.role === "build") {
      const session = this.session(ACCOUNTS.build, 0, "High");
      add("agent", "services", PROGRAMS.buildAgent, "C:\\BuildAgent\\agent.exe run", session);
    }
  }
}
