/**
 * One writer for a data directory: the file <data>/lock names the process that has it, by pid and start time (a pid
 * alone may be another process by now). The lock of a process that is gone is taken over.
 *
 * Taking over is rename, look, and put back if somebody else was faster; between the last two a third process could
 * slip in. Three processes starting within that millisecond over a dead owner's lock is the one case not covered.
 */
import { link, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { MillraceError } from "../../base/errors.js";
import { diskError } from "../../base/node-disk.js";

interface Owner {
  readonly pid: number;
  /** Ticks since boot, and the boot; "" where the system does not tell. */
  readonly started: string;
  readonly host: string;
}

export interface DataLock {
  release(): Promise<void>;
}

let counter = 0;

/** Takes the lock of a data directory, creating it; throws `DATA_DIR` naming the process that has it. */
export async function lockData(data: string): Promise<DataLock> {
  const path = `${data}/lock`;
  const own: Owner = { pid: process.pid, started: await startOf(process.pid), host: hostname() };
  const text = JSON.stringify(own);
  const temporary = `${path}.${own.pid}.${counter++}`;
  try {
    await mkdir(data, { recursive: true });
    await writeFile(temporary, text);
    for (let attempt = 0; attempt < 10; attempt++) {
      if (await linked(temporary, path)) return { release: () => rm(path, { force: true }) };
      const found = await readFile(path, "utf8").catch(() => null);
      if (found === null) continue;
      const owner = parseOwner(found);
      if (owner !== null && (await isAlive(owner))) throw inUse(data, owner);
      await moveAside(path, `${temporary}.dead`, found);
    }
  } catch (error) {
    throw error instanceof MillraceError ? error : diskError(data, error);
  } finally {
    await rm(temporary, { force: true }).catch(() => {});
  }
  throw new MillraceError("DATA_DIR", `${data}: its lock changes hands all the time`, { at: path });
}

async function moveAside(path: string, aside: string, expected: string): Promise<void> {
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  if ((await readFile(aside, "utf8")) !== expected) await linked(aside, path);
  await rm(aside, { force: true });
}

/** Gives a file a second name, unless that is taken. */
async function linked(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === "EEXIST") return false;
    throw error;
  }
}

function inUse(data: string, owner: Owner): MillraceError {
  const who = owner.pid === process.pid ? "this process" : `process ${owner.pid}`;
  return new MillraceError("DATA_DIR", `${data} is in use by ${who}`, {
    at: `${data}/lock`,
    hint: `Stop process ${owner.pid} first, or read only ("millrace sql --data" can be used beside it).`,
  });
}

function parseOwner(text: string): Owner | null {
  try {
    const owner = JSON.parse(text) as Owner;
    return Number.isInteger(owner.pid) && typeof owner.started === "string" ? owner : null;
  } catch {
    return null;
  }
}

async function isAlive({ pid, started, host }: Owner): Promise<boolean> {
  // On a shared file system the other machine's processes cannot be looked at: only people can tell.
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as { code?: unknown }).code === "ESRCH") return false;
  }
  const now = await startOf(pid);
  return now === "" || started === "" || now === started;
}

/** When a process was started, as text that no other process with its pid shares; "" where it cannot be known. */
async function startOf(pid: number): Promise<string> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, "latin1");
    const boot = await readFile("/proc/sys/kernel/random/boot_id", "latin1");
    // The command's name is in parentheses and may hold anything; the start time is the 20th field after it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return `${boot.trim()}:${fields[19]}`;
  } catch {
    return "";
  }
}
