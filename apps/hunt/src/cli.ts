/** The `hunt` command. */
import { parseArgs } from "node:util";
import { describeError, MillraceError } from "millrace";
import { collectCommand } from "./collect/command.js";
import { demo } from "./demo.js";
import { testCommand } from "./rule-tests/command.js";
import { scan } from "./scan.js";

const SCAN_HELP = `hunt scan FILES… [options]
  Every match of every rule in recorded events. FILES are NDJSON, plain or gzip; folders and patterns ("logs/*.gz") too.

  --rules DIR      Sigma rules, a file or a folder; repeat it for more. Default: the project's own
  --format F       ndjson (the default) or text
  --workers N      threads, each on whole files (default 1)

  A match is a line {"file","line","rule","title","level"} on standard output; what can't be read or compiled, and
  rules that wait for labelled events, are said on standard error. Ends with 1 when a file could not be read.

  hunt scan day1.ndjson.gz --rules rules/ --format text`;

const DEMO_HELP = `hunt demo|watch [options] [FILES…]
  A live page, alerts in the terminal, and SQL: over a recorded intrusion or FILES (demo), or over what comes by HTTP
  and from a pipe (watch).

  --rules DIR      Sigma rules, a folder; repeat it for more. Edited while it runs, they change at once.
                   Default: the project's own
  --silences DIR   filters over alerts (silences/README.md)
  --deliver T      groups of alerts go to https://…, udp://host:514, tcp://host:601, or a file; may be repeated
  --data DIR       log, views and state; default .millrace-hunt
  --port P         default 8080, 0 takes any that is free
  --workers N      worker threads (default 1: none)
  --once           end when FILES are read

  hunt watch --port 8080 < events.ndjson`;

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
  const asked = rest.includes("--help") || rest.includes("-h");
  switch (command) {
    case "scan":
      return asked ? tell(SCAN_HELP) : scanCommand(rest);
    case "demo":
      return asked ? tell(DEMO_HELP) : demo(rest);
    case "watch":
      return asked ? tell(DEMO_HELP) : demo(rest, []);
    case "collect":
      return collectCommand(rest);
    case "test":
      return testCommand(rest);
    case undefined:
    case "help":
    case "--help":
    case "-h":
      tell(HELP);
      return command === undefined ? 2 : 0;
    default:
      throw new MillraceError("USAGE", `there is no command "${command}"`, { hint: "hunt --help lists them." });
  }
}

function tell(help: string): number {
  process.stdout.write(`${help}\n`);
  return 0;
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
