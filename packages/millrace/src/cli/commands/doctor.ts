/** `millrace doctor`: is a data directory sound, and what to do when it is not. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { MillraceError } from "../../base/errors.js";
import { nodeDisk } from "../../base/node-disk.js";
import { describeDamage } from "../../log/segment/open-report.js";
import { openSegmentLog } from "../../log/segment/segment-log.js";
import { openLmdbStore } from "../../view/lmdb/lmdb-store.js";
import { parse } from "../arguments.js";
import { count } from "../progress.js";

export const DOCTOR_HELP = `millrace doctor [--data DIR]
  Reads every checksum of a data directory, and says what is damaged and what to do.`;

export async function doctorCommand(args: readonly string[]): Promise<number> {
  const parsed = parse(args, { data: { type: "string" } });
  const data = resolve(parsed.text("data") ?? parsed.words[0] ?? ".millrace");
  if (!existsSync(join(data, "log"))) throw new MillraceError("DATA_DIR", `${data} is not a data directory`, { hint: "Name it with --data DIR." });
  const log = await openSegmentLog(nodeDisk, data, { readOnly: true });
  const say = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  try {
    for (const { name, partitions } of log.streams())
      for (let partition = 0; partition < partitions; partition++) {
        const { start, end } = log.bounds(name, partition);
        say(`stream ${name}/${partition}: offsets ${count(start)} to ${count(end)}`);
      }
    for (const { stream, partition, bytes } of log.opened.torn)
      say(`stream ${stream}/${partition}: ${bytes} bytes of a write that a crash interrupted; nothing of it was acknowledged, the next start cuts it off`);
    const damages = await log.verify();
    for (const damage of damages) say(`DAMAGED ${describeDamage(damage)}`);
    const store = storeReport(data);
    say(store.line);
    if (damages.length === 0 && store.sound) {
      say("sound");
      return 0;
    }
    if (damages.length > 0)
      say("The rows of the damaged offsets can't be read; all others can, and SQL that needs those offsets says so.\nRestore the named segment files from a backup, or take the input in again.");
    return 1;
  } finally {
    await log.close();
  }
}

function storeReport(data: string): { readonly line: string; readonly sound: boolean } {
  if (!existsSync(join(data, "store"))) return { line: "store: none yet: nothing has been processed", sound: true };
  const store = openLmdbStore(data, { readOnly: true });
  const reader = store.read();
  try {
    const views = reader.views().map(({ name }) => `${name} ${count(reader.count(name))} rows`);
    return { line: `store: epoch ${count(reader.commit?.epoch ?? 0)}, ${views.length === 0 ? "no views" : views.join(", ")}`, sound: true };
  } catch (error) {
    return { line: `DAMAGED store: ${(error as Error).message}. Its views can be computed anew: remove ${join(data, "store")} and run the program.`, sound: false };
  } finally {
    reader.close();
    void store.close();
  }
}
