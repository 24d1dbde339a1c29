/** One line of /proc/PID/stat. Source: proc_pid_stat(5). */

export interface ProcessStat {
  /** The program's short name: at most 15 bytes, and it may hold anything, brackets and spaces too. */
  readonly comm: string;
  /** R, S, D, Z (ended, not yet collected by its parent), T, … */
  readonly state: string;
  readonly ppid: number;
  readonly kernelThread: boolean;
  /** Clock ticks (1/100 s) from the start of the machine. With the pid, it names the process. */
  readonly startTicks: number;
  /**
   * Where the stack begins: chosen anew by each exec, inherited by fork. 0 where it may not be read. Decimal text: it
   * needs 64 bits.
   */
  readonly startStack: string;
}

const KERNEL_THREAD = 0x0020_0000;

/** Null when the line is cut off or of another shape. */
export function parseStat(line: string): ProcessStat | null {
  const open = line.indexOf("(");
  const close = line.lastIndexOf(")");
  if (open < 0 || close < open) return null;
  // Field 3, the state, comes first.
  const fields = line.slice(close + 2).split(" ");
  if (fields.length < 26) return null;
  const flags = Number(fields[6]);
  const startTicks = Number(fields[19]);
  const ppid = Number(fields[1]);
  if (!Number.isSafeInteger(startTicks) || !Number.isSafeInteger(ppid)) return null;
  return {
    comm: line.slice(open + 1, close),
    state: fields[0] as string,
    ppid,
    // A flag word beyond 2^31 stays exact: the operator looks at its low 32 bits.
    kernelThread: (flags & KERNEL_THREAD) !== 0,
    startTicks,
    startStack: fields[25] as string,
  };
}

/** The parts of /proc/PID/status that are used. */
export interface ProcessStatus {
  /** The effective user id. */
  readonly uid: number;
}

export function parseStatus(text: string): ProcessStatus | null {
  const uids = /^Uid:\s+\d+\s+(\d+)/m.exec(text);
  return uids === null ? null : { uid: Number(uids[1]) };
}
