/** `npm start`: installs and builds what is missing, then starts the hunt application. Arguments are passed on. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { buildConsole } from "./console.mjs";
import { build, ensureInstalled, seconds } from "./install.mjs";
import { ROOT } from "./source.mjs";

ensureInstalled();
const started = Date.now();
for (const { ok, output } of [build(), buildConsole()])
  if (!ok) {
    console.error(output);
    console.error("the build failed");
    process.exit(1);
  }
if (Date.now() - started > 2000) console.log(`built in ${seconds(started)}`);

const hunt = spawn(process.execPath, [join(ROOT, "apps", "hunt", "bin", "hunt.js"), "demo", ...process.argv.slice(2)], {
  stdio: "inherit",
});
// The terminal sends Ctrl-C to both: the application decides what to do with it, and this waits for its end.
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]))
  process.on(signal, () => signal !== "SIGINT" && hunt.kill(signal));
hunt.on("exit", (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)));
