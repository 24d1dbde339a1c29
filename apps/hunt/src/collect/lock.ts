/** One collector for each folder: a file that names the process, and counts no more once that is gone. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { MillraceError } from "millrace";

/** Throws `DATA_DIR` when a running process holds it. Returns the way to let go. */
export function holdLock(path: string): () => void {
  for (let tries = 0; tries < 3; tries++)
    try {
      writeFileSync(path, String(process.pid), { flag: "wx" });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as { code?: string }).code !== "EEXIST") throw error;
      const holder = Number(readFileSync(path, "utf8"));
      if (Number.isInteger(holder) && holder > 0 && holder !== process.pid && isRunning(holder))
        throw new MillraceError("DATA_DIR", `process ${holder} collects into this folder`, {
          hint: "Stop it, or name another folder with --state.",
          at: path,
        });
      // Left behind by a kill.
      rmSync(path, { force: true });
    }
  throw new MillraceError("DATA_DIR", "another collector starts in this folder at this moment", { at: path });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code === "EPERM";
  }
}
