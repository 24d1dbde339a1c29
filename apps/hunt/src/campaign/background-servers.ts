import { every, reach, run, start, stop } from "./actions.js";
import { at, END, START } from "./clock.js";
import type { Machine, Proc } from "./machine.js";
import { PROGRAMS } from "./programs.js";
import { credentialChecked, logoff, networkLogon, shareOpened, ticketIssued } from "./security.js";
import { fileCreated } from "./sysmon.js";
import type { Account, HostSpec } from "./topology.js";
import { HOSTS, machineAccount, OUTSIDE } from "./topology.js";

const SPAN = { from: START, to: END };
const CLIENTS: readonly HostSpec[] = Object.values(HOSTS);
const FOLDERS = ["Shared\\Plans", "Shared\\Orders", "Finance\\2025", "Finance\\Payroll", "Engineering"];

/** Some account on some host, most often a machine account. */
function visitor(m: Machine): { account: Account; from: HostSpec } {
  const from = m.rng.pick(CLIENTS.filter((c) => c !== m.spec));
  const person = from.role === "desk" && m.rng.chance(0.6);
  return { account: person ? from.user : machineAccount(from), from };
}

export function fileServer(m: Machine, scale: number): void {
  every(m, SPAN, 27_000 / scale, (t) => {
    const { account, from } = visitor(m);
    const session = networkLogon(m, t, {
      account,
      from: from.ip,
      kind: "Kerberos",
      privileged: false,
    });
    const folder = m.rng.pick(FOLDERS);
    const share = folder.split("\\")[0] ?? "";
    shareOpened(m, t + 60, session, from.ip, share, "");
    for (let i = m.rng.int(1, 3); i > 0; i--) {
      shareOpened(m, t + 60 + i * 90, session, from.ip, share, `${folder}\\item-${m.rng.int(100, 999)}.xlsx`);
    }
    logoff(m, t + m.rng.int(4000, 60_000), session);
  });
  const backup = m.proc("backup");
  for (const clock of ["13:30:00", "14:00:00", "14:30:00"]) nightly(m, backup, at(clock));
}

/** The backup makes encrypted archives and thins out old shadow copies, both on purpose. */
function nightly(m: Machine, backup: Proc, time: number): void {
  run(m, backup, PROGRAMS.vssadmin, "vssadmin list shadows /for=D:", time, 900);
  run(m, backup, PROGRAMS.vssadmin, "vssadmin delete shadows /for=D: /oldest /quiet", time + 2000, 1500);
  const line = "7z.exe a -pMillBackup2025 -mx3 D:\\Backup\\increment.7z D:\\Shares\\Engineering";
  const zip = start(m, backup, PROGRAMS.sevenZip, line, time + 6000, { cwd: "D:\\Backup\\" });
  fileCreated(m, zip, time + 6400, "D:\\Backup\\increment.7z.tmp");
  stop(m, zip, time + 64_000);
}

export function directoryServer(m: Machine, scale: number): void {
  every(m, SPAN, 20_000 / scale, (t) => {
    const { account, from } = visitor(m);
    if (m.rng.chance(0.3)) ticketIssued(m, t, account, from.ip, "krbtgt");
    ticketIssued(m, t + 12, account, from.ip, `${m.rng.pick(CLIENTS).name}$`);
    if (m.rng.chance(0.4)) {
      const privileged = account.name.endsWith("$") && m.rng.chance(0.2);
      const session = networkLogon(m, t + 40, {
        account,
        from: from.ip,
        kind: "Kerberos",
        privileged,
      });
      shareOpened(m, t + 70, session, from.ip, "SYSVOL", "");
      const policy = "mill.example\\Policies\\{6AC1786C-016F-11D2-945F-00C04FB984F9}\\gpt.ini";
      shareOpened(m, t + 90, session, from.ip, "SYSVOL", policy);
      logoff(m, t + m.rng.int(2000, 20_000), session);
    }
  });
  every(m, SPAN, 90_000 / scale, (t) => {
    const { account, from } = visitor(m);
    credentialChecked(m, t, account, from.name);
  });
  every(m, SPAN, 40_000 / scale, (t) => reach(m, m.proc("dns"), t, { ip: m.rng.pick(OUTSIDE.sites).ip, port: 53 }));
}

export function webServer(m: Machine, scale: number): void {
  const line = 'c:\\windows\\system32\\inetsrv\\w3wp.exe -ap "MillMail" -v "v4.0"';
  let worker = start(m, m.proc("LocalService"), PROGRAMS.w3wp, line, START + 900, { loads: 8 });
  let recycle = START + 1_800_000;
  every(m, SPAN, 27_000 / scale, (t) => {
    if (t > recycle) {
      const next = start(m, m.proc("LocalService"), PROGRAMS.w3wp, line, t, { loads: 8 });
      stop(m, worker, t + 500);
      worker = next;
      recycle += 1_800_000;
    }
    const site = m.rng.pick(OUTSIDE.sites);
    reach(m, worker, t + 700, m.rng.chance(0.5) ? { ...site, port: 25 } : { ip: HOSTS.dc.ip, port: 389 });
    if (m.rng.chance(0.4)) fileCreated(m, worker, t + 900, `C:\\inetpub\\mail\\queue\\${m.rng.hex(10)}.eml`);
  });
}

export function buildServer(m: Machine, scale: number): void {
  const agent = m.proc("agent");
  every(m, SPAN, 900_000 / scale, (t) => buildOnce(m, agent, t));
  every(m, SPAN, 80_000 / scale, (t) => {
    const git = start(m, agent, PROGRAMS.git, "git.exe fetch --prune origin", t, {
      cwd: "C:\\BuildAgent\\work\\",
    });
    reach(m, git, t + 200, { ip: HOSTS.web.ip, port: 443, name: "srv-web01.mill.example" });
    stop(m, git, t + 3000);
  });
}

function buildOnce(m: Machine, agent: Proc, time: number): void {
  const work = "C:\\BuildAgent\\work\\mill\\";
  const script = start(m, agent, PROGRAMS.cmd, "cmd.exe /d /c build.cmd Release", time, {
    cwd: work,
  });
  const node = start(m, script, PROGRAMS.node, "node tools\\fetch.mjs --frozen", time + 800, {
    cwd: work,
  });
  reach(m, node, time + 1500, { ...OUTSIDE.sites[5], port: 443 });
  stop(m, node, time + 9000);
  const msbuild = start(
    m,
    script,
    PROGRAMS.msbuild,
    "MSBuild.exe mill.sln /m /p:Configuration=Release",
    time + 10_000,
    {
      cwd: work,
    },
  );
  let t = time + 12_000;
  for (let unit = m.rng.int(18, 30); unit > 0; unit--) {
    const source = `src\\unit${unit}.cpp`;
    const life = m.rng.int(600, 4000);
    const compiler = start(m, msbuild, PROGRAMS.compiler, `cl.exe /c /O2 /Zi /Foobj\\ ${source}`, t, {
      cwd: work,
      loads: 1,
    });
    fileCreated(m, compiler, t + life - 100, `${work}obj\\unit${unit}.obj`);
    stop(m, compiler, t + life);
    t += m.rng.int(300, 1500);
  }
  t += 5000;
  stop(m, msbuild, t);
  const zip = start(m, script, PROGRAMS.sevenZip, "7z.exe a -mx5 out\\mill-release.7z obj", t + 100, { cwd: work });
  fileCreated(m, zip, t + 800, `${work}out\\mill-release.7z`);
  stop(m, zip, t + 9000);
  stop(m, script, t + 10_000);
}

export const SERVER_WORK = {
  files: fileServer,
  directory: directoryServer,
  web: webServer,
  build: buildServer,
} as const;
