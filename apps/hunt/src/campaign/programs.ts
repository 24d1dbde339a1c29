import { createHash } from "node:crypto";

/** What the version block of an executable or library says. */
export interface Program {
  readonly path: string;
  readonly description: string;
  readonly company: string;
  readonly product: string;
  readonly original: string;
  readonly version: string;
}

const WINDOWS = "Microsoft Corporation";
const OS = "Microsoft® Windows® Operating System";
const OS_VERSION = "10.0.19041.3636 (WinBuild.160101.0800)";

/** A program of the operating system, given below C:\Windows. */
function os(file: string, description: string, original = baseName(file)): Program {
  const path = `C:\\Windows\\${file}`;
  return { path, description, company: WINDOWS, product: OS, original, version: OS_VERSION };
}

export function program(
  path: string,
  description: string,
  company: string,
  version: string,
  original = baseName(path),
): Program {
  return { path, description, company, product: description, original, version };
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("\\") + 1);
}

const OFFICE = "C:\\Program Files\\Microsoft Office\\root\\Office16";
const OFFICE_VERSION = "16.0.17328.20124";

export const PROGRAMS = {
  smss: os("System32\\smss.exe", "Windows Session Manager"),
  csrss: os("System32\\csrss.exe", "Client Server Runtime Process"),
  wininit: os("System32\\wininit.exe", "Windows Start-Up Application"),
  winlogon: os("System32\\winlogon.exe", "Windows Logon Application"),
  services: os("System32\\services.exe", "Services and Controller app"),
  lsass: os("System32\\lsass.exe", "Local Security Authority Process"),
  svchost: os("System32\\svchost.exe", "Host Process for Windows Services"),
  explorer: os("explorer.exe", "Windows Explorer", "EXPLORER.EXE"),
  cmd: os("System32\\cmd.exe", "Windows Command Processor", "Cmd.Exe"),
  conhost: os("System32\\conhost.exe", "Console Window Host", "CONHOST.EXE"),
  powershell: os("System32\\WindowsPowerShell\\v1.0\\powershell.exe", "Windows PowerShell", "PowerShell.EXE"),
  rundll32: os("System32\\rundll32.exe", "Windows host process (Rundll32)", "RUNDLL32.EXE"),
  schtasks: os("System32\\schtasks.exe", "Task Scheduler Configuration Tool"),
  taskhostw: os("System32\\taskhostw.exe", "Host Process for Windows Tasks"),
  backgroundTask: os("System32\\backgroundTaskHost.exe", "Background Task Host"),
  runtimeBroker: os("System32\\RuntimeBroker.exe", "Runtime Broker"),
  dllhost: os("System32\\dllhost.exe", "COM Surrogate"),
  searchProtocol: os("System32\\SearchProtocolHost.exe", "Microsoft Windows Search Protocol Host"),
  wmiprvse: os("System32\\wbem\\WmiPrvSE.exe", "WMI Provider Host", "Wmiprvse.exe"),
  wmic: os("System32\\wbem\\WMIC.exe", "WMI Commandline Utility", "wmic.exe"),
  whoami: os("System32\\whoami.exe", "whoami - displays logged on user information"),
  net: os("System32\\net.exe", "Net Command"),
  net1: os("System32\\net1.exe", "Net Command"),
  nltest: os("System32\\nltest.exe", "Microsoft Logon Server Test Utility", "nltestrk.exe"),
  systeminfo: os("System32\\systeminfo.exe", "Displays system information", "sysinfo.exe"),
  ipconfig: os("System32\\ipconfig.exe", "IP Configuration Utility"),
  gpupdate: os("System32\\gpupdate.exe", "Microsoft Group Policy Update Utility"),
  reg: os("System32\\reg.exe", "Registry Console Tool"),
  robocopy: os("System32\\Robocopy.exe", "Microsoft Robocopy"),
  bitsadmin: os("System32\\bitsadmin.exe", "BITS administration utility"),
  wevtutil: os("System32\\wevtutil.exe", "Eventing Command Line Utility"),
  vssadmin: os("System32\\vssadmin.exe", "Command Line Interface for Volume Shadow Copy"),
  bcdedit: os("System32\\bcdedit.exe", "Boot Configuration Data Editor"),
  mmc: os("System32\\mmc.exe", "Microsoft Management Console"),
  splwow64: os("splwow64.exe", "Print driver host for applications"),
  dns: os("System32\\dns.exe", "Domain Name System (DNS) Server"),
  w3wp: os("System32\\inetsrv\\w3wp.exe", "IIS Worker Process"),
  sysmon: program("C:\\Windows\\Sysmon64.exe", "System activity monitor", "Sysinternals", "15.14"),
  defender: program(
    "C:\\Program Files\\Windows Defender\\MsMpEng.exe",
    "Antimalware Service Executable",
    WINDOWS,
    "4.18.24090.11",
  ),
  outlook: program(`${OFFICE}\\OUTLOOK.EXE`, "Microsoft Outlook", WINDOWS, OFFICE_VERSION),
  winword: program(`${OFFICE}\\WINWORD.EXE`, "Microsoft Word", WINDOWS, OFFICE_VERSION, "WinWord.exe"),
  excel: program(`${OFFICE}\\EXCEL.EXE`, "Microsoft Excel", WINDOWS, OFFICE_VERSION, "Excel.exe"),
  edge: program(
    "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
    "Microsoft Edge",
    WINDOWS,
    "122.0.2365.80",
  ),
  edgeUpdate: program(
    "C:\\Program Files (x86)\\Microsoft\\EdgeUpdate\\MicrosoftEdgeUpdate.exe",
    "Microsoft Edge Update",
    WINDOWS,
    "1.3.185.17",
    "msedgeupdate.dll",
  ),
  oneDriveSetup: program(
    "C:\\Program Files\\Microsoft OneDrive\\OneDriveSetup.exe",
    "Microsoft OneDrive Setup",
    WINDOWS,
    "24.20.128.3",
  ),
  inventory: program(
    "C:\\Program Files\\Mill\\Inventory\\inventory-agent.exe",
    "Mill Inventory Agent",
    "Mill",
    "3.2.0",
  ),
  msbuild: program("C:\\BuildTools\\bin\\MSBuild.exe", "MSBuild.exe", WINDOWS, "17.8.3.51904"),
  compiler: program("C:\\BuildTools\\bin\\cl.exe", "C/C++ Compiler", WINDOWS, "14.38.33133"),
  node: program("C:\\Program Files\\nodejs\\node.exe", "Node.js JavaScript Runtime", "Node.js", "20.11.1"),
  git: program("C:\\Program Files\\Git\\cmd\\git.exe", "Git for Windows", "Git", "2.44.0"),
  buildAgent: program("C:\\BuildAgent\\agent.exe", "Mill Build Agent", "Mill", "8.1.4"),
  backupAgent: program("C:\\Program Files\\Mill\\Backup\\backup.exe", "Mill Backup", "Mill", "5.0.2"),
  sevenZip: program("C:\\Program Files\\7-Zip\\7z.exe", "7-Zip Console", "7-Zip", "23.01"),
} as const satisfies Record<string, Program>;

/** Libraries that nearly every process maps. */
export const SYSTEM_DLLS: readonly Program[] = [
  ["ntdll.dll", "NT Layer DLL"],
  ["kernel32.dll", "Windows NT BASE API Client DLL"],
  ["KernelBase.dll", "Windows NT BASE API Client DLL"],
  ["advapi32.dll", "Advanced Windows 32 Base API"],
  ["msvcrt.dll", "Windows NT CRT DLL"],
  ["sechost.dll", "Host for SCM/SDDL/LSA Lookup APIs"],
  ["rpcrt4.dll", "Remote Procedure Call Runtime"],
  ["user32.dll", "Multi-User Windows USER API Client DLL"],
  ["gdi32.dll", "GDI Client DLL"],
  ["combase.dll", "Microsoft COM for Windows"],
  ["ole32.dll", "Microsoft OLE for Windows"],
  ["shell32.dll", "Windows Shell Common Dll"],
  ["bcrypt.dll", "Windows Cryptographic Primitives Library"],
  ["crypt32.dll", "Crypto API32"],
  ["ws2_32.dll", "Windows Socket 2.0 32-Bit DLL"],
  ["winhttp.dll", "Windows HTTP Services"],
  ["dnsapi.dll", "DNS Client API DLL"],
  ["uxtheme.dll", "Microsoft UxTheme Library"],
  ["taskschd.dll", "Task Scheduler COM API"],
  ["wbem\\wbemprox.dll", "WMI"],
].map(([file = "", description = ""]) => os(`System32\\${file}`, description));

const hashes = new Map<string, string>();

/** A stable made-up file hash in Sysmon's format: they depend on path and version only. */
export function hashesOf(image: Program): string {
  const key = `${image.original}|${image.version}|${image.path}`;
  let text = hashes.get(key);
  if (text === undefined) {
    text = `SHA1=${createHash("sha1").update(key).digest("hex").toUpperCase()}`;
    hashes.set(key, text);
  }
  return text;
}
