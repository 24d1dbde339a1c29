import { every, reach, run, start, stop } from "./actions.js";
import { openConsole } from "./background.js";
import { at, END, START } from "./clock.js";
import type { Machine } from "./machine.js";
import { PROGRAMS } from "./programs.js";
import { explicitLogon } from "./security.js";
import { fileCreated, keyTouched, valueSet } from "./sysmon.js";
import { ACCOUNTS, HOSTS, OUTSIDE } from "./topology.js";

const SPAN = { from: START, to: END };
const DOCUMENTS = ["Weekly plan", "Budget", "Loom maintenance", "Supplier list", "Minutes", "Quote 1182"];

/** Office work on a workstation: documents, browsing, mail, synchronisation. */
export function deskWork(m: Machine, scale: number): void {
  const gap = (seconds: number) => (seconds * 1000) / scale;
  every(m, SPAN, gap(110), (t) => browse(m, t));
  every(m, SPAN, gap(140), (t) => editDocument(m, t));
  every(m, SPAN, gap(100), (t) => reach(m, m.proc("outlook"), t, { ip: HOSTS.web.ip, port: 443 }));
  every(m, SPAN, gap(1300), (t) => synchronise(m, t));
  every(m, SPAN, gap(600), (t) => {
    const line = `"${PROGRAMS.searchProtocol.path}" Global\\UsGthrFltPipeMssGthrPipe`;
    run(m, m.proc("netsvcs"), PROGRAMS.searchProtocol, line, t, 30_000);
  });
  every(m, SPAN, gap(2400), (t) => loginScript(m, t));
}

function browse(m: Machine, time: number): void {
  const edge = m.proc("edge");
  const line = `"${PROGRAMS.edge.path}" --type=renderer --lang=en --renderer-client-id=${m.rng.int(4, 90)}`;
  const tab = start(m, edge, PROGRAMS.edge, line, time);
  const site = m.rng.pick(OUTSIDE.sites);
  reach(m, edge, time + 200, { ...site, port: 443 });
  const profile = `C:\\Users\\${m.spec.user.name}\\AppData\\Local\\Microsoft\\Edge\\User Data\\Default`;
  fileCreated(m, edge, time + 600, `${profile}\\Cache\\Cache_Data\\f_${m.rng.hex(6)}`);
  if (m.rng.chance(0.15)) {
    const name = `C:\\Users\\${m.spec.user.name}\\Downloads\\catalogue-${m.rng.int(10, 99)}.pdf`;
    fileCreated(m, edge, time + 900, `${name}.partial`);
    fileCreated(m, edge, time + 1900, name);
  }
  stop(m, tab, time + m.rng.int(5000, 90_000));
}

function editDocument(m: Machine, time: number): void {
  const excel = m.rng.chance(0.4);
  const image = excel ? PROGRAMS.excel : PROGRAMS.winword;
  const kind = excel ? "xlsx" : "docx";
  const name = `${m.rng.pick(DOCUMENTS)}.${kind}`;
  const folder = `C:\\Users\\${m.spec.user.name}\\Documents`;
  const app = start(m, m.proc("explorer"), image, `"${image.path}" /n "${folder}\\${name}"`, time, {
    loads: 7,
  });
  const hive = `HKU\\${m.spec.user.sid}\\SOFTWARE\\Microsoft\\Office\\16.0`;
  keyTouched(m, app, time + 300, `${hive}\\Common\\Open Find`, "CreateKey");
  valueSet(
    m,
    app,
    time + 320,
    `${hive}\\${excel ? "Excel" : "Word"}\\File MRU\\Item 1`,
    `[T01DB92]*${folder}\\${name}`,
  );
  fileCreated(m, app, time + 500, `${folder}\\~$${name}`);
  if (m.rng.chance(0.4)) {
    reach(m, app, time + 900, { ...OUTSIDE.sites[6], port: 443 });
  }
  if (m.rng.chance(0.3)) run(m, app, PROGRAMS.splwow64, "C:\\Windows\\splwow64.exe 8192", time + 5000, 8000);
  fileCreated(m, app, time + 20_000, `${folder}\\${name}`);
  stop(m, app, time + m.rng.int(30_000, 400_000));
}

/** OneDrive renews its own Run value, which lies below AppData. */
function synchronise(m: Machine, time: number): void {
  const local = `C:\\Users\\${m.spec.user.name}\\AppData\\Local\\Microsoft\\OneDrive`;
  const setup = start(m, m.proc("explorer"), PROGRAMS.oneDriveSetup, `"${PROGRAMS.oneDriveSetup.path}" /update`, time);
  const runKey = `HKU\\${m.spec.user.sid}\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\\OneDrive`;
  valueSet(m, setup, time + 700, runKey, `"${local}\\OneDrive.exe" /background`);
  fileCreated(m, setup, time + 900, `${local}\\logs\\Common\\telemetry-${m.rng.hex(6)}.otc`);
  reach(m, setup, time + 1200, { ...OUTSIDE.sites[2], port: 443 });
  stop(m, setup, time + 6000);
}

function loginScript(m: Machine, time: number): void {
  const shell = openConsole(m, m.proc("explorer"), "cmd.exe /c \\\\mill.example\\netlogon\\drives.cmd", time);
  run(m, shell, PROGRAMS.whoami, "whoami /upn", time + 1000, 60);
  run(m, shell, PROGRAMS.net, "net use S: \\\\SRV-FILES01\\Shared /persistent:no", time + 1200, 180);
  run(m, shell, PROGRAMS.gpupdate, "gpupdate /target:user", time + 1600, 3000);
  stop(m, shell, time + 5000);
}

/** The help desk at work on the second workstation: legitimate, and close to what an intruder does. */
export function helpDesk(m: Machine): void {
  const first = at("13:06:40");
  explicitLogon(
    m,
    first,
    { ...m.proc("explorer"), session: m.session(ACCOUNTS.admin, 1, "High") },
    ACCOUNTS.admin,
    "SRV-DC01",
  );
  const mmc = start(m, m.proc("explorer"), PROGRAMS.mmc, '"C:\\Windows\\System32\\mmc.exe" dsa.msc', first + 2000);
  reach(m, mmc, first + 3000, { ip: HOSTS.dc.ip, port: 389 });
  const shell = openConsole(m, m.proc("explorer"), '"C:\\Windows\\System32\\cmd.exe"', first + 20_000);
  run(m, shell, PROGRAMS.ipconfig, "ipconfig /flushdns", first + 30_000, 90);
  run(m, shell, PROGRAMS.nltest, "nltest /dclist:mill.example", first + 41_000, 700);
  run(m, shell, PROGRAMS.net, "net user c.heddle /domain", first + 70_000, 400);
  run(m, shell, PROGRAMS.reg, "reg query HKLM\\SOFTWARE\\Mill /s", first + 90_000, 80);
  stop(m, shell, first + 120_000);
  stop(m, mmc, first + 900_000);
}
