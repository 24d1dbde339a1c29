/**
 * The processes of this machine, and what changed since the last look:
 *
 *   look:    1   2   3   4   5
 *   101      +   .   .   .   -       started at 1, ended between 4 and 5
 *   102          + x .   .   .       started at 2, ran another program (exec) before 3
 *
 * A new process that has not run a program of its own yet still looks like its parent. It is held back until it does
 * (then it is a start), ends, or has stayed so for a second (then it is a fork): so a start is told once, with the
 * command line it runs.
 *
 * Every look lists the processes. Each is looked into when it is new; while it is young at every look; later at every
 * tenth, for an exec or for another process under the same id. What lives and ends between two looks is never seen.
 */
import type { BootClock } from "./boot-clock.js";
import { startTime } from "./boot-clock.js";
import { containerId } from "./container.js";
import type { ProcFiles } from "./proc-files.js";
import { isRead } from "./proc-files.js";
import type { ProcessStat } from "./process-stat.js";
import { parseStat, parseStatus } from "./process-stat.js";

/** The most processes that are followed; more are counted. */
const PROCESSES_MAX = 65_536;
/** Bytes of a command line that are kept; the rest is cut off, and the event says so. */
export const COMMAND_LINE_BYTES_MAX = 4096;
/** So long a process may look like its parent before it counts as a fork. */
const FORK_MS = 1000;
const YOUNG_MS = 3000;
const OLD_EVERY = 10;

export interface ProcessInfo {
  readonly pid: number;
  readonly ppid: number;
  /** Names the process for good: boot, pid and start. */
  readonly guid: string;
  readonly parentGuid: string | null;
  readonly startTicks: number;
  /** Epoch ms. */
  readonly startMs: number;
  /** Null where it may not be read, or when the process had already ended. */
  readonly image: string | null;
  readonly comm: string;
  readonly commandLine: string | null;
  readonly truncated: boolean;
  readonly cwd: string | null;
  readonly uid: number | null;
  /** Who logged on in the session that this came of; null where nobody did, or it may not be read. */
  readonly loginUid: number | null;
  readonly container: string | null;
  /** "net:[4026531840]"; null where it may not be read. */
  readonly network: string | null;
}

export type ProcessChange =
  /** A program began to run. `running`: it did before the first look. */
  | {
      readonly kind: "started" | "running" | "executed";
      readonly process: ProcessInfo;
      readonly parent: ProcessInfo | null;
    }
  /** A process that still runs its parent's program. */
  | { readonly kind: "forked"; readonly process: ProcessInfo; readonly parent: ProcessInfo | null }
  /** It ended after `lastSeenMs`, and before now. */
  | { readonly kind: "ended"; readonly process: ProcessInfo; readonly lastSeenMs: number };

interface Followed {
  info: ProcessInfo;
  /** As it was when this process was first told of. */
  parent: ProcessInfo | null;
  /** Its program may not be read. */
  denied: boolean;
  startStack: string;
  comm: string;
  readonly firstSeenMs: number;
  lastSeenMs: number;
  /** The look at which it was last listed. */
  look: number;
  /** Told as a start or fork; until then it is held back. */
  told: boolean;
}

export interface ProcessCounts {
  /** Processes whose program or folder may not be read, at the last look. */
  denied: number;
  /** Listed, and gone before they could be looked into. */
  missed: number;
  /** Beyond what is followed, at the last look. */
  tooMany: number;
}

export class ProcessTable {
  readonly counts: ProcessCounts = { denied: 0, missed: 0, tooMany: 0 };
  readonly #proc: ProcFiles;
  readonly #clock: BootClock;
  readonly #followed = new Map<number, Followed>();
  /** Processes known from before this collector was started, by guid. */
  #known: ReadonlySet<string>;
  /** Pid -> the look at which it was last listed. */
  readonly #kernelThreads = new Map<number, number>();
  #look = 0;

  /** `known`: guids that were told before; such a process is followed again without a word. */
  constructor(proc: ProcFiles, clock: BootClock, known: ReadonlySet<string> = new Set()) {
    this.#proc = proc;
    this.#clock = clock;
    this.#known = known;
  }

  get size(): number {
    return this.#followed.size;
  }

  process(pid: number): ProcessInfo | null {
    return this.#followed.get(pid)?.info ?? null;
  }

  /** Followed processes, the latest started last. */
  *processes(): Iterable<ProcessInfo> {
    for (const { info } of this.#followed.values()) yield info;
  }

  /** Looks once. Starts come before ends, parents before their children. */
  poll(nowMs: number): ProcessChange[] {
    const first = this.#look++ === 0;
    const changes: ProcessChange[] = [];
    const replaced: ProcessChange[] = [];
    this.counts.denied = 0;
    this.counts.tooMany = 0;
    const pids = this.#proc.pids();
    const fresh: Followed[] = [];
    for (const pid of pids) {
      if (this.#kernelThreads.has(pid)) {
        this.#kernelThreads.set(pid, this.#look);
        continue;
      }
      const known = this.#followed.get(pid);
      if (known !== undefined && !this.#isDue(known, nowMs)) {
        this.#seen(known, nowMs);
        continue;
      }
      const stat = this.#stat(pid);
      if (stat === null) {
        if (known === undefined) this.counts.missed++;
        continue;
      }
      if (known === undefined || known.info.startTicks !== stat.startTicks) {
        if (known !== undefined) replaced.push(...this.#end(known));
        const followed = this.#follow(pid, stat, nowMs);
        if (followed !== null) fresh.push(followed);
        continue;
      }
      this.#seen(known, nowMs);
      changes.push(...this.#again(known, stat));
    }
    // In order of start: a parent is followed before its child looks it up.
    fresh.sort((a, b) => a.info.startTicks - b.info.startTicks || a.info.pid - b.info.pid);
    changes.push(...fresh.flatMap((followed) => this.#tellNew(followed, first)));
    changes.push(...this.#tellForks(nowMs), ...replaced, ...this.#tellEnded());
    if (first) this.#known = new Set();
    return changes;
  }

  #isDue(known: Followed, nowMs: number): boolean {
    return Math.abs(nowMs - known.firstSeenMs) < YOUNG_MS || (this.#look + known.info.pid) % OLD_EVERY === 0;
  }

  #seen(known: Followed, nowMs: number): void {
    known.look = this.#look;
    known.lastSeenMs = nowMs;
    if (known.denied) this.counts.denied++;
  }

  #stat(pid: number): ProcessStat | null {
    const line = this.#proc.read(`${pid}/stat`);
    return isRead(line) ? parseStat(line) : null;
  }

  #follow(pid: number, stat: ProcessStat, nowMs: number): Followed | null {
    if (stat.kernelThread) {
      this.#kernelThreads.set(pid, this.#look);
      return null;
    }
    if (this.#followed.size >= PROCESSES_MAX) {
      this.counts.tooMany++;
      return null;
    }
    const image = this.#proc.link(`${pid}/exe`);
    const followed: Followed = {
      info: this.#read(pid, stat, isRead(image) ? image : null),
      parent: null,
      denied: !isRead(image) && image.unreadable === "denied",
      startStack: stat.startStack,
      comm: stat.comm,
      firstSeenMs: nowMs,
      lastSeenMs: nowMs,
      look: this.#look,
      told: false,
    };
    if (followed.denied) this.counts.denied++;
    this.#followed.set(pid, followed);
    return followed;
  }

  #tellNew(followed: Followed, first: boolean): ProcessChange[] {
    const { info } = followed;
    followed.parent = this.process(info.ppid);
    if (first && this.#known.has(info.guid)) {
      followed.told = true;
      return [];
    }
    // What ran before the first look may have been forked long ago: only new processes are held back.
    if (!first && this.#isUnfinished(followed)) return [];
    followed.told = true;
    return [{ kind: first ? "running" : "started", process: info, parent: followed.parent }];
  }

  /** In the middle of an exec, or before one. */
  #isUnfinished({ info, startStack }: Followed): boolean {
    if (startStack === "0" && info.image !== null && info.commandLine === null) return true;
    const parent = this.#followed.get(info.ppid);
    if (parent === undefined) return false;
    if (startStack !== "0") return startStack === parent.startStack;
    return info.image === parent.info.image && info.commandLine === parent.info.commandLine;
  }

  /** A process that was looked into before. */
  #again(known: Followed, stat: ProcessStat): ProcessChange[] {
    const { info } = known;
    // The end of the parent gives a process another one; its start keeps the one it had.
    const changed =
      stat.startStack !== known.startStack || (stat.startStack === "0" && this.#runsAnother(info, known, stat));
    if (!changed) return [];
    const image = this.#proc.link(`${info.pid}/exe`);
    // It has ended, or ends at this moment: no exec.
    if (!isRead(image) && image.unreadable === "gone") return [];
    const read = this.#read(info.pid, { ...stat, ppid: info.ppid }, isRead(image) ? image : null, info.parentGuid);
    known.info = read;
    known.startStack = stat.startStack;
    known.comm = stat.comm;
    const kind = known.told ? "executed" : "started";
    known.told = true;
    return [{ kind, process: read, parent: known.parent }];
  }

  /** Where the stack's place may not be read, the name and the command line have to do. */
  #runsAnother(info: ProcessInfo, known: Followed, stat: ProcessStat): boolean {
    if (stat.comm !== known.comm) return true;
    const [commandLine] = this.#commandLine(info.pid);
    return commandLine !== null && commandLine !== info.commandLine;
  }

  #tellForks(nowMs: number): ProcessChange[] {
    const changes: ProcessChange[] = [];
    for (const followed of this.#followed.values()) {
      if (followed.told || Math.abs(nowMs - followed.firstSeenMs) < FORK_MS) continue;
      followed.told = true;
      changes.push({ kind: "forked", process: followed.info, parent: followed.parent });
    }
    return changes;
  }

  #tellEnded(): ProcessChange[] {
    const changes: ProcessChange[] = [];
    for (const followed of this.#followed.values())
      if (followed.look !== this.#look) changes.push(...this.#end(followed));
    // Their ids come back for others once they end.
    for (const [pid, look] of this.#kernelThreads) if (look !== this.#look) this.#kernelThreads.delete(pid);
    return changes;
  }

  /** One that ended while it was held back ran nothing of its own: a fork. */
  #end(followed: Followed): ProcessChange[] {
    const { info, parent, lastSeenMs, told } = followed;
    if (this.#followed.get(info.pid) === followed) this.#followed.delete(info.pid);
    const fork = told ? [] : [{ kind: "forked" as const, process: info, parent }];
    return [...fork, { kind: "ended", process: info, lastSeenMs }];
  }

  #read(pid: number, stat: ProcessStat, image: string | null, parentGuid?: string | null): ProcessInfo {
    const text = (path: string): string | null => {
      const value = this.#proc.read(`${pid}/${path}`);
      return isRead(value) ? value : null;
    };
    const link = (path: string): string | null => {
      const value = this.#proc.link(`${pid}/${path}`);
      return isRead(value) ? value : null;
    };
    const [commandLine, truncated] = this.#commandLine(pid);
    const status = text("status");
    const group = text("cgroup");
    const login = text("loginuid");
    return {
      pid,
      ppid: stat.ppid,
      guid: this.#guid(pid, stat.startTicks),
      parentGuid: parentGuid !== undefined ? parentGuid : this.#parentGuid(stat.ppid),
      startTicks: stat.startTicks,
      startMs: startTime(this.#clock, stat.startTicks),
      image,
      comm: stat.comm,
      commandLine,
      truncated,
      cwd: link("cwd"),
      uid: status === null ? null : (parseStatus(status)?.uid ?? null),
      loginUid: login === null || login.trim() === NO_LOGIN ? null : Number(login),
      container: group === null ? null : containerId(group),
      network: link("ns/net"),
    };
  }

  /** Arguments joined by blanks, as they are shown everywhere; null for what has none (a zombie). */
  #commandLine(pid: number): [text: string | null, truncated: boolean] {
    const raw = this.#proc.read(`${pid}/cmdline`, COMMAND_LINE_BYTES_MAX + 1);
    if (!isRead(raw)) return [null, false];
    const truncated = Buffer.byteLength(raw) > COMMAND_LINE_BYTES_MAX;
    const joined = raw.replace(/\0+$/, "").replaceAll("\0", " ").slice(0, COMMAND_LINE_BYTES_MAX);
    return [joined === "" ? null : joined, truncated];
  }

  #guid(pid: number, startTicks: number): string {
    return `${this.#clock.bootId.slice(0, 8)}-${pid}-${startTicks}`;
  }

  #parentGuid(ppid: number): string | null {
    if (ppid === 0) return null;
    const followed = this.#followed.get(ppid);
    if (followed !== undefined) return followed.info.guid;
    const stat = this.#stat(ppid);
    return stat === null ? null : this.#guid(ppid, stat.startTicks);
  }
}

/** What the kernel shows where nobody logged on: -1 as an unsigned number. */
const NO_LOGIN = "4294967295";
