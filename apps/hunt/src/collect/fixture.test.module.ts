/** A folder of the shape of /proc, made of real files and links, for what a real machine can't be made to show. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ProcFiles } from "./proc-files.js";

export interface FixtureProcess {
  readonly comm?: string;
  readonly state?: string;
  readonly ppid?: number;
  readonly flags?: number;
  readonly start?: number;
  readonly stack?: string;
  /** Null: it may not be read. */
  readonly exe?: string | null;
  readonly args?: readonly string[];
  readonly uid?: number;
  readonly cgroup?: string;
  readonly network?: string;
  /** fd -> target. */
  readonly fds?: Readonly<Record<string, string>>;
}

export class Fixture {
  readonly root = mkdtempSync(join(tmpdir(), "hunt-proc-"));
  readonly proc = new ProcFiles(this.root);

  constructor() {
    mkdirSync(join(this.root, "self", "net"), { recursive: true });
  }

  set(pid: number, process: FixtureProcess = {}): void {
    const { comm = "loom", state = "S", ppid = 1, flags = 0, start = 100 * pid, stack = String(9000 + pid) } = process;
    const {
      exe = `/usr/bin/${comm}`,
      args = [comm],
      uid = 1001,
      cgroup = "0::/user.slice",
      network = "net:[1]",
    } = process;
    this.remove(pid);
    const folder = join(this.root, String(pid));
    mkdirSync(join(folder, "fd"), { recursive: true });
    mkdirSync(join(folder, "ns"));
    const zeros = (count: number): string => Array(count).fill("0").join(" ");
    writeFileSync(
      join(folder, "stat"),
      `${pid} (${comm}) ${state} ${ppid} 1 1 0 -1 ${flags} ${zeros(12)} ${start} 4096 100 1844 1 1 ${stack} ${zeros(20)}\n`,
    );
    writeFileSync(join(folder, "status"), `Name:\t${comm}\nUid:\t${uid}\t${uid}\t${uid}\t${uid}\n`);
    writeFileSync(join(folder, "cmdline"), args.map((arg) => `${arg}\0`).join(""));
    writeFileSync(join(folder, "cgroup"), `${cgroup}\n`);
    writeFileSync(join(folder, "loginuid"), "4294967295");
    if (exe !== null) symlinkSync(exe, join(folder, "exe"));
    symlinkSync("/srv", join(folder, "cwd"));
    symlinkSync(network, join(folder, "ns", "net"));
    for (const [fd, target] of Object.entries(process.fds ?? {})) symlinkSync(target, join(folder, "fd", fd));
  }

  remove(pid: number): void {
    rmSync(join(this.root, String(pid)), { recursive: true, force: true });
  }

  /** Lines of a table of sockets, of our own network or a process's. */
  sockets(table: "tcp" | "tcp6" | "udp" | "udp6", lines: readonly string[], pid: number | "self" = "self"): void {
    mkdirSync(join(this.root, String(pid), "net"), { recursive: true });
    const numbered = lines.map((line, k) => `  ${k}: ${line} 100 0 0 10 0`);
    writeFileSync(
      join(this.root, String(pid), "net", table),
      `  sl  local_address rem_address …\n${numbered.join("\n")}\n`,
    );
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** A line of a table: `socketLine("0100007F:1F90", "00000000:0000", 10, 4711)`. */
export function socketLine(local: string, remote: string, state: number, inode: number, uid = 1001): string {
  const hex = state.toString(16).toUpperCase().padStart(2, "0");
  return `${local} ${remote} ${hex} 00000000:00000000 00:00000000 00000000  ${uid}        0 ${inode} 1 0000000000000000`;
}
