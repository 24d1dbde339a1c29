/**
 * Asks a served hunt everything that its description of the API allows, and much that it does not, and checks the
 * answers: node tools/schemathesis/run.mjs [EXAMPLES]. Needs Python 3 with venv; installs schemathesis from the package
 * registry into a folder of its own. Exit code 0: clean; 3: it could not be tried here, and says why.
 */
import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const VERSION = "4.32.5";
const here = fileURLToPath(new URL(".", import.meta.url));
const root = join(here, "../..");
const venv = join(tmpdir(), `millrace-schemathesis-${VERSION}`);

function installed() {
  const command = join(venv, "bin", "schemathesis");
  if (existsSync(command)) return command;
  const python = process.env.PYTHON ?? "python3";
  for (const args of [
    [python, "-m", "venv", venv],
    [join(venv, "bin", "pip"), "install", "--quiet", `schemathesis==${VERSION}`],
  ]) {
    const { status, error, stderr } = spawnSync(args[0], args.slice(1), { encoding: "utf8" });
    if (status === 0) continue;
    rmSync(venv, { recursive: true, force: true });
    console.log(`schemathesis can't be installed here: ${args.join(" ")}: ${error?.message ?? stderr}`);
    process.exit(3);
  }
  return command;
}

const command = installed();
const data = mkdtempSync(join(tmpdir(), "millrace-api-"));
// A folder of rules of its own, since rules are written and taken away.
const rules = join(data, "rules");
cpSync(join(root, "apps/hunt/rules/network"), rules, { recursive: true });
const served = spawn(process.execPath, [
  join(root, "apps/hunt/bin/hunt.js"),
  ...["demo", "--port", "0", "--data", join(data, "log"), "--rules", rules],
]);
const url = await new Promise((resolve, reject) => {
  let text = "";
  served.stdout.on("data", (part) => {
    text += part;
    const found = /at (http:\S+)/.exec(text);
    // Asked only when everything recorded is there.
    if (found !== null && text.includes("Waiting for more")) resolve(found[1]);
  });
  served.on("exit", () => reject(new Error(`hunt ended: ${text}`)));
});
const run = spawnSync(
  command,
  [
    ...["--config-file", join(here, "schemathesis.toml"), "run", `${url}/openapi.json`],
    ...["--max-examples", process.argv[2] ?? "30", "--request-timeout", "20", "--generation-database", "none"],
    ...["--exclude-path-regex", "/(tail|changes)$", "--seed", "1"],
  ],
  {
    cwd: data,
    stdio: "inherit",
    env: { ...process.env, SCHEMATHESIS_HOOKS: "hooks", PYTHONPATH: here, PYTHONDONTWRITEBYTECODE: "1" },
  },
);
served.removeAllListeners("exit");
served.kill();
await new Promise((resolve) => served.once("exit", resolve));
rmSync(data, { recursive: true, force: true });
process.exit(run.status ?? 1);
