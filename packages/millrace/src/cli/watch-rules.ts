/** Keeps rule sets in line with their files while a program runs. */
import type { FSWatcher } from "chokidar";
import { watch } from "chokidar";
import { describeError } from "../base/errors.js";
import { ruleFolders } from "../engine/rules/rule-files.js";
import type { Changed } from "../engine/rules/rule-keeper.js";
import type { Runtime } from "../engine/runtime.js";

/** Editors write in several steps, and a checkout changes many files: all within this time is one change. */
const QUIET_MS = 200;

export interface RuleWatch {
  close(): Promise<void>;
}

/** tell: what changed, and what is wrong; once for each time the files changed. */
export function watchRules(runtime: Runtime, tell: (lines: readonly string[]) => void): RuleWatch {
  const { plan } = runtime;
  const folders = plan.ruleSets.flatMap((set) => ruleFolders(set, plan.url));
  if (folders.length === 0) return { close: async () => {} };
  let timer: NodeJS.Timeout | null = null;
  let syncing: Promise<void> = Promise.resolve();
  const sync = async (): Promise<void> => {
    try {
      const lines = (await runtime.syncRules("files")).flatMap(linesOf);
      if (lines.length > 0) tell(lines);
    } catch (error) {
      tell([`the rules can't be read again: ${describeError(error)}`]);
    }
  };
  const watcher: FSWatcher = watch(folders, { ignoreInitial: true });
  watcher.on("all", () => {
    if (timer !== null) clearTimeout(timer);
    timer = setTimeout(() => {
      syncing = syncing.then(sync);
    }, QUIET_MS);
  });
  watcher.on("error", (error) => tell([`the rule files can't be watched: ${describeError(error)}`]));
  return {
    async close() {
      if (timer !== null) clearTimeout(timer);
      await watcher.close();
      await syncing;
    },
  };
}

function linesOf({ change, files, problems }: Changed): string[] {
  const gone = files.filter(({ text }) => text === null).length;
  const lines = problems.map(({ path, line, reason }) => `${path}:${line}: ${reason}`);
  if (change !== null)
    lines.push(
      `rules changed (${change}): ${files.length - gone} files in force${gone > 0 ? `, ${gone} removed` : ""}`,
    );
  return lines;
}
