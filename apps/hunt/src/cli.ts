/** The `hunt` command. */
import { parseArgs } from "node:util";
import { describeError, MillraceError } from "millrace";
import { collectCommand } from "./collect/command.js";
import { demo } from "./demo.js";
import { testCommand } from "./rule-tests/command.js";
import { scan } from "./scan.js";

const HELP = `hunt: threat detection with Sigma rules on Millrace

  hunt scan FILES… --rules DIR [--rules DIR …] [--format ndjson|text] [--workers N]
      every match of every rule in recorded events: NDJSON, plain or gzip
  hunt test [RULES…]
      every rule on the events beside it; hunt test --help says how they are written
  hunt demo [--port P] [--data DIR] [--rules DIR …] [--silences DIR] [--deliver TARGET …] [FILES…]
      a live page, alerts in the terminal and SQL over a recorded intrusion; groups of alerts are
      delivered to TARGET: https://…, udp://host:514, tcp://host:601, or a file
  hunt watch [the same options] [FILES…]
      the same without a recording: takes events over HTTP, and from standard input where that is a pipe
  hunt collect [--to URL | --data DIR] [options]
      the processes and connections of this machine (Linux) as events; hunt collect --help says how
  hunt --help

A match is a line {"file","line","rule","title","level"}; what can't be read or compiled is said on standard error.`;

async function main(args: readonly string[]): Promise<number> {
  const [command, ...rest] = args;
  switch (command) {
    case "scan":
      return scanCommand(rest);
    case "demo":
      return demo(rest);
    case "watch":
      return demo(rest, []);
    case "collect":
      return collectCommand(rest);
    case "test":
      return testCommand(rest);
    case undefined:
    case "help":
    case "--help":
    case "-h":
      process.stdout.write(`${HELP}\n`);
      return command === undefined ? 2 : 0;
    default:
      throw new MillraceError("USAGE", `there is no command "${command}"`, { hint: "hunt --help lists them." });
  }
}

async function scanCommand(args: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rules: { type: "string", multiple: true },
      format: { type: "string", default: "ndjson" },
      workers: { type: "string", default: "1" },
    },
  });
  if (positionals.length === 0)
    throw new MillraceError("USAGE", "hunt scan needs files", { hint: "hunt scan events.ndjson.gz --rules rules/" });
  if (values.format !== "ndjson" && values.format !== "text")
    throw new MillraceError("USAGE", `--format is ndjson or text, not "${values.format}"`);
  const workers = Number(values.workers);
  if (!Number.isInteger(workers) || workers < 1 || workers > 64)
    throw new MillraceError("USAGE", `--workers is a number from 1 to 64, not "${values.workers}"`);
  const text = values.format === "text";
  let out = "";
  const result = await scan(positionals, {
    rules: values.rules ?? [],
    workers,
    match: ({ file, line, rule, title, level }) => {
      out += text
        ? `${level.padEnd(13)} ${file}:${line}  ${title}\n`
        : `${JSON.stringify({ file, line, rule, title, level })}\n`;
      if (out.length > 65_536) {
        process.stdout.write(out);
        out = "";
      }
    },
    warn: (message) => process.stderr.write(`${message}\n`),
  });
  process.stdout.write(out);
  process.stderr.write(
    `${result.matches} matches in ${result.events} events${result.refused > 0 ? `, ${result.refused} lines refused` : ""}\n`,
  );
  return result.failedFiles > 0 ? 1 : 0;
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    process.stderr.write(`hunt: ${describeError(error)}\n`);
    process.exitCode =
      (error instanceof MillraceError && error.code === "USAGE") ||
      (error as { code?: string }).code?.startsWith("ERR_PARSE_ARGS") === true
        ? 2
        : 1;
  },
);
