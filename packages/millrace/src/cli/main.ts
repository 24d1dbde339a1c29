/** The `millrace` command. */
import { readFileSync } from "node:fs";
import { describeError, MillraceError, suggest } from "../base/errors.js";
import { diskError } from "../base/node-disk.js";
import { DOCTOR_HELP, doctorCommand } from "./commands/doctor.js";
import { EXPLAIN_HELP, explainCommand } from "./commands/explain.js";
import { INGEST_HELP, ingestCommand } from "./commands/ingest.js";
import { INIT_HELP, initCommand } from "./commands/init.js";
import { RUN_HELP, runCommand } from "./commands/run.js";
import { SCHEMA_HELP, schemaCommand } from "./commands/schema.js";
import { SQL_HELP, sqlCommand } from "./commands/sql.js";
import { STATUS_HELP, statusCommand } from "./commands/status.js";
import { TOKEN_HELP, tokenCommand } from "./commands/token.js";
import { OutputClosed } from "./output.js";

interface Command {
  readonly help: string;
  readonly run: (args: readonly string[]) => Promise<number>;
}

const COMMANDS: Readonly<Record<string, Command>> = {
  init: { help: INIT_HELP, run: initCommand },
  run: { help: RUN_HELP, run: runCommand },
  ingest: { help: INGEST_HELP, run: ingestCommand },
  sql: { help: SQL_HELP, run: sqlCommand },
  status: { help: STATUS_HELP, run: statusCommand },
  explain: { help: EXPLAIN_HELP, run: explainCommand },
  schema: { help: SCHEMA_HELP, run: schemaCommand },
  token: { help: TOKEN_HELP, run: tokenCommand },
  doctor: { help: DOCTOR_HELP, run: doctorCommand },
};

const HELP = `millrace: streaming analytics in TypeScript

${Object.values(COMMANDS)
  .map(({ help }) => help.split("\n").slice(0, 2).join("\n"))
  .join("\n")}

millrace COMMAND --help tells more; --verbose shows where an error comes from.
`;

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "--help" || name === "-h" || name === "help") {
    process.stdout.write(HELP);
    return name === undefined ? 2 : 0;
  }
  if (name === "--version") {
    const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    process.stdout.write(`${version}\n`);
    return 0;
  }
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined)
    throw new MillraceError("USAGE", `there is no command "${name}"`, { hint: suggest(name, Object.keys(COMMANDS)) });
  if (rest.includes("--help") || rest.includes("-h")) {
    process.stdout.write(`${command.help}\n`);
    return 0;
  }
  return command.run(rest);
}

// Whoever reads our output may have had enough (| head): that is no error, and what runs ends in good order.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") return;
  process.stderr.write(`millrace: ${describeError(diskError("standard output", error))}\n`);
  process.exitCode = 1;
});
process.stderr.on("error", () => {});

main(process.argv.slice(2)).then(
  (code) => end(code),
  (error: unknown) => {
    if (error instanceof OutputClosed) return end(0);
    process.stderr.write(`millrace: ${describeError(error)}\n`);
    if (process.argv.includes("--verbose") && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    end(error instanceof MillraceError && error.code === "USAGE" ? 2 : 1);
  },
);

/** The process ends by itself, so that all output is written; what still holds it after a while is cut off. */
function end(code: number): void {
  process.exitCode ??= code;
  setTimeout(() => process.exit(), 3000).unref();
}
