/**
 * Which process has a socket: the kernel shows it only from the process's side, as a link in its folder of open files.
 *
 *   /proc/4471/fd/7 -> socket:[333331]
 *
 * So the folders of processes are gone through until every wanted socket is found: first of those that had one before,
 * then the youngest, because new connections are mostly theirs. Children inherit sockets: the eldest in the line of
 * parents that has it counts as the owner.
 */
import type { ProcFiles } from "./proc-files.js";
import { isRead } from "./proc-files.js";
import type { ProcessInfo } from "./process-table.js";

/** Links that are read in one search. */
const LINKS_MAX = 200_000;
const OWNERS_REMEMBERED = 256;
const GENERATIONS_MAX = 8;

export class SocketOwners {
  readonly #proc: ProcFiles;
  /** Guids of processes that had sockets, the latest last. */
  readonly #recent = new Map<string, true>();

  constructor(proc: ProcFiles) {
    this.#proc = proc;
  }

  /** Inode -> process; what was not found is missing. */
  find(inodes: ReadonlySet<number>, processes: readonly ProcessInfo[]): Map<number, ProcessInfo> {
    const found = new Map<number, ProcessInfo>();
    if (inodes.size === 0) return found;
    const byPid = new Map(processes.map((process) => [process.pid, process]));
    let links = 0;
    for (const process of this.#inOrder(processes)) {
      const folder = `${process.pid}/fd`;
      for (const fd of this.#proc.list(folder)) {
        if (++links > LINKS_MAX) return found;
        const inode = this.#socket(`${folder}/${fd}`);
        if (!inodes.has(inode) || found.has(inode)) continue;
        const owner = this.#eldest(process, inode, byPid);
        found.set(inode, owner);
        this.#remember(owner.guid);
        if (found.size === inodes.size) return found;
      }
    }
    return found;
  }

  /** The inode of the socket that a link leads to; 0 for anything else. */
  #socket(path: string): number {
    const target = this.#proc.link(path);
    return isRead(target) && target.startsWith("socket:[") ? Number(target.slice(8, -1)) : 0;
  }

  #eldest(process: ProcessInfo, inode: number, byPid: ReadonlyMap<number, ProcessInfo>): ProcessInfo {
    let owner = process;
    for (let generation = 0; generation < GENERATIONS_MAX; generation++) {
      const parent = byPid.get(owner.ppid);
      const folder = `${owner.ppid}/fd`;
      if (parent === undefined || !this.#proc.list(folder).some((fd) => this.#socket(`${folder}/${fd}`) === inode))
        break;
      owner = parent;
    }
    return owner;
  }

  #inOrder(processes: readonly ProcessInfo[]): ProcessInfo[] {
    const had = processes.filter(({ guid }) => this.#recent.has(guid));
    const rest = processes.filter(({ guid }) => !this.#recent.has(guid));
    return [...had, ...rest.sort((a, b) => b.startTicks - a.startTicks)];
  }

  #remember(guid: string): void {
    this.#recent.delete(guid);
    this.#recent.set(guid, true);
    if (this.#recent.size > OWNERS_REMEMBERED) {
      const [oldest] = this.#recent.keys();
      this.#recent.delete(oldest as string);
    }
  }
}
