import { encoded, every, reach, run, start, stop } from "./actions.js";
import { END, START } from "./clock.js";
import type { Machine, Proc } from "./machine.js";
import { PROGRAMS } from "./programs.js";
import { explicitLogon } from "./security.js";
import { fileCreated, keyTouched, processOpened, valueSet } from "./sysmon.js";
import { engineStarted, pipeline, scriptBlock, serviceInstalled, serviceState, startTypeChanged } from "./system.js";
import type { HostSpec } from "./topology.js";
import { HOSTS, OUTSIDE } from "./topology.js";

const SPAN = { from: START, to: END };

const SERVICES = [
  "Windows Update",
  "Software Protection",
  "Background Intelligent Transfer Service",
  "Network List Service",
  "Windows Modules Installer",
  "Device Setup Manager",
];

const KEYS = [
  "HKLM\\System\\CurrentControlSet\\Services\\bam\\State\\UserSettings",
  "HKLM\\SOFTWARE\\Mill\\Inventory\\State",
  "HKLM\\System\\CurrentControlSet\\Services\\Tcpip\\Parameters\\Interfaces",
  "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Diagnostics\\DiagTrack",
  "HKLM\\SOFTWARE\\Microsoft\\SystemCertificates\\Root\\Certificates",
  "HKLM\\System\\CurrentControlSet\\Control\\DeviceClasses",
];

const TRACE = "C:\\Windows\\SYSTEM32\\ntdll.dll+9d4c4|C:\\Windows\\System32\\KERNELBASE.dll+2c13e|";

/** What every Windows host does all day. */
export function hostNoise(m: Machine, directory: HostSpec, scale: number): void {
  const gap = (seconds: number) => (seconds * 1000) / scale;
  every(m, SPAN, gap(18), (t) => registry(m, t));
  every(m, SPAN, gap(19), (t) => handles(m, t));
  every(m, SPAN, gap(85), (t) => helper(m, t));
  every(m, SPAN, gap(150), (t) => {
    serviceState(m, t, m.rng.pick(SERVICES), m.rng.chance(0.5) ? "running" : "stopped");
  });
  every(m, SPAN, gap(1500), (t) => {
    const name = "Background Intelligent Transfer Service";
    startTypeChanged(m, t, name, "BITS", m.rng.chance(0.5) ? "auto start" : "demand start");
  });
  every(m, SPAN, gap(90), (t) => {
    const port = m.rng.pick([88, 135, 389, 445]);
    const proc = m.proc(port === 88 ? "lsass" : m.rng.pick(["netsvcs", "NetworkService", "inventory"]));
    reach(m, proc, t, { ip: directory.ip, port });
  });
  every(m, SPAN, gap(240), (t) => {
    const site = m.rng.pick(OUTSIDE.sites);
    reach(m, m.proc("netsvcs"), t, { ...site, port: 443 });
  });
  every(m, SPAN, gap(430), (t) => inventoryScript(m, t));
  every(m, SPAN, gap(900), (t) => explicitLogon(m, t, undefined, m.spec.user, "localhost"));
  every(m, SPAN, gap(2600), (t) => update(m, t));
}

function registry(m: Machine, time: number): void {
  const proc = m.proc(m.rng.pick(["netsvcs", "LocalService", "explorer", "services", "defender"]));
  const key = m.rng.pick(KEYS);
  if (m.rng.chance(0.4)) keyTouched(m, proc, time, key, m.rng.chance(0.8) ? "CreateKey" : "DeleteKey");
  valueSet(m, proc, time + 4, `${key}\\LastUpdate`, `DWORD (0x0000000${m.rng.hex(1)})`);
}

/** Processes open each other all the time, lsass included, with rights that read no memory. */
function handles(m: Machine, time: number): void {
  const kind = m.rng.int(0, 9);
  if (kind === 0) {
    const trace = `${TRACE}C:\\Program Files\\Windows Defender\\MpClient.dll+1f2a`;
    processOpened(m, m.proc("defender"), m.proc("lsass"), time, "0x1010", trace);
  } else if (kind === 1) {
    const trace = `${TRACE}C:\\Windows\\System32\\wbem\\cimwin32.dll+18f0a`;
    processOpened(m, m.proc("wmiprvse"), m.proc("lsass"), time, "0x1410", trace);
  } else {
    const source = m.proc(m.rng.pick(["netsvcs", "DcomLaunch", "csrss", "services", "inventory"]));
    const target = m.proc(m.rng.pick(["lsass", "explorer", "winlogon", "LocalService", "sysmon"]));
    const access = m.rng.pick(["0x1000", "0x1400", "0x3000"]);
    processOpened(m, source, target, time, access, `${TRACE}C:\\Windows\\System32\\RPCRT4.dll+55b1a`);
  }
}

function helper(m: Machine, time: number): void {
  const services = m.proc("DcomLaunch");
  const user = m.proc("explorer").session;
  switch (m.rng.int(0, 3)) {
    case 0:
      run(m, services, PROGRAMS.backgroundTask, `"${PROGRAMS.backgroundTask.path}" -ServerName:App`, time, 9000, {
        session: user,
      });
      break;
    case 1:
      run(m, services, PROGRAMS.dllhost, `${PROGRAMS.dllhost.path} /Processid:{3EB3C877-1F16-487C}`, time, 5000);
      break;
    case 2:
      run(m, m.proc("netsvcs"), PROGRAMS.taskhostw, "taskhostw.exe", time, 20_000, {
        session: user,
      });
      break;
    default:
      run(m, services, PROGRAMS.runtimeBroker, `${PROGRAMS.runtimeBroker.path} -Embedding`, time, 30_000, {
        session: user,
      });
  }
}

const INVENTORY = [
  "Get-Service | Where-Object Status -eq 'Stopped' | Select-Object -ExpandProperty Name",
  "Get-CimInstance Win32_LogicalDisk | Select-Object DeviceID, FreeSpace",
  "Get-HotFix | Sort-Object InstalledOn | Select-Object -Last 1",
  "Invoke-WebRequest -UseBasicParsing -Uri 'http://srv-web01.mill.example/inventory/ping' | Out-Null",
];

/** The company's own agent also runs encoded PowerShell, which must not look like an attack. */
function inventoryScript(m: Machine, time: number): void {
  const script = m.rng.pick(INVENTORY);
  const fetches = script.startsWith("Invoke-WebRequest");
  const line = fetches
    ? `powershell.exe -NoProfile -File "C:\\Program Files\\Mill\\Inventory\\ping.ps1"`
    : `powershell.exe -NoProfile -NonInteractive -EncodedCommand ${encoded(script)}`;
  const shell = start(m, m.proc("inventory"), PROGRAMS.powershell, line, time, { loads: 6 });
  engineStarted(m, shell, time + 300);
  scriptBlock(m, shell, time + 420, script, fetches ? "C:\\Program Files\\Mill\\Inventory\\ping.ps1" : "");
  for (const [i, part] of script.split(" | ").entries()) {
    const [command = "", ...rest] = part.split(" ");
    pipeline(m, shell, time + 500 + i * 40, command, rest.length === 0 ? {} : { InputObject: rest.join(" ") });
  }
  if (fetches) reach(m, shell, time + 700, { ip: HOSTS.web.ip, port: 80, name: "srv-web01.mill.example" });
  fileCreated(m, shell, time + 800, `C:\\Windows\\Temp\\__PSScriptPolicyTest_${m.rng.hex(8)}.ps1`);
  stop(m, shell, time + m.rng.int(1500, 4000));
}

function update(m: Machine, time: number): void {
  const path = '"C:\\Program Files (x86)\\Microsoft\\EdgeUpdate\\MicrosoftEdgeUpdate.exe" /svc';
  serviceInstalled(m, time, "Microsoft Edge Update Service (edgeupdate)", path);
  const updater = start(m, m.proc("services"), PROGRAMS.edgeUpdate, path, time + 400);
  reach(m, updater, time + 900, { ...OUTSIDE.sites[1], port: 443 });
  const list = `"${PROGRAMS.schtasks.path}" /query /tn MicrosoftEdgeUpdateTaskMachineCore`;
  run(m, updater, PROGRAMS.schtasks, list, time + 1500, 300);
  fileCreated(m, updater, time + 2100, "C:\\Program Files (x86)\\Microsoft\\EdgeUpdate\\Install\\setup.tmp");
  stop(m, updater, time + 9000);
}

/** A console window with its host process, closed by the caller. */
export function openConsole(m: Machine, parent: Proc, line: string, time: number): Proc {
  const shell = start(m, parent, PROGRAMS.cmd, line, time, { loads: 2 });
  run(m, shell, PROGRAMS.conhost, "\\??\\C:\\Windows\\system32\\conhost.exe 0xffffffff", time + 15, 800, { loads: 1 });
  return shell;
}
