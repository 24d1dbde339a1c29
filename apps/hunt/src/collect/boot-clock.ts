/**
 * When this machine started, and so when its processes did: /proc gives starts in ticks since then.
 *
 *   start = boot + ticks * 10 ms
 *
 * The start is worked out once and kept with the boot's id: worked out again it would differ by some milliseconds, and
 * a process would have another start time after every restart of the collector.
 */
import type { ProcFiles } from "./proc-files.js";
import { isRead } from "./proc-files.js";
import { parseStat } from "./process-stat.js";

export interface BootClock {
  /** The kernel's id of this start of the machine. */
  readonly bootId: string;
  readonly bootMs: number;
}

/** Linux shows 100 ticks a second to programs on every architecture that Node runs on. */
const TICK_MS = 10;
/** Between what the uptime says and what our own start says: more, and the uptime is a container's own. */
const DISAGREEMENT_MS = 2000;

/** `startedMs` is when this process started, by the wall clock. */
export function readBootClock(proc: ProcFiles, nowMs: number, startedMs: number): BootClock {
  const id = proc.read("sys/kernel/random/boot_id");
  const uptime = proc.read("uptime");
  const own = proc.read("self/stat");
  const ownStat = isRead(own) ? parseStat(own) : null;
  const byUptime = isRead(uptime) ? nowMs - Number(uptime.split(" ")[0]) * 1000 : Number.NaN;
  // In a container that is given an uptime of its own, ticks still count from the start of the machine.
  const byOwnStart = ownStat === null ? Number.NaN : startedMs - ownStat.startTicks * TICK_MS;
  const bootMs = Math.abs(byUptime - byOwnStart) > DISAGREEMENT_MS || Number.isNaN(byUptime) ? byOwnStart : byUptime;
  return { bootId: isRead(id) ? id.trim() : "unknown", bootMs: Math.round(Number.isNaN(bootMs) ? nowMs : bootMs) };
}

export function startTime(clock: BootClock, startTicks: number): number {
  return clock.bootMs + startTicks * TICK_MS;
}
