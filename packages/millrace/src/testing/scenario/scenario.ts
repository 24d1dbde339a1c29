/** A scenario file, read: what it shows, the program, and the steps. */
import { readFileSync } from "node:fs";
import { MillraceError } from "../../base/errors.js";

/** A line of rows, with its number in the file. */
export interface Line {
  readonly text: string;
  readonly line: number;
}

export type Step = { readonly line: number } & (
  | { readonly kind: "push"; readonly stream: string; readonly partition: number; readonly rows: readonly Line[] }
  | { readonly kind: "mark"; readonly stream: string; readonly partition: number; readonly time: string }
  | { readonly kind: "watermark"; readonly time: string }
  | { readonly kind: "end" }
  /** Changes a rule file while events flow; without text it is removed. */
  | {
      readonly kind: "rules";
      readonly set: string;
      readonly file: string;
      readonly text: string | null;
      readonly retro: boolean;
    }
  | { readonly kind: "advance"; readonly by: string }
  | { readonly kind: "crash" }
  | { readonly kind: "rescale"; readonly workers: number }
  | { readonly kind: "expect"; readonly name: string; readonly rows: readonly Line[] }
  | { readonly kind: "counter"; readonly name: string; readonly value: number }
  | { readonly kind: "error"; readonly text: string }
);

export interface Scenario {
  readonly path: string;
  /** What it shows: the first comment. */
  readonly title: string;
  /** The rule it is about, such as TM4. */
  readonly tag: string;
  readonly program: readonly Line[];
  readonly steps: readonly Step[];
}

export function readScenario(path: string): Scenario {
  return parseScenario(path, readFileSync(path, "utf8"));
}

/** Throws `DECODE` with file:line for anything that is not a scenario. */
export function parseScenario(path: string, text: string): Scenario {
  const lines = text.split("\n").map((line, k) => ({ text: line.trimEnd(), line: k + 1 }));
  const title = /^# (.+?)\s*\[([A-Z]+\d+)\]$/.exec(lines[0]?.text ?? "");
  if (title === null)
    throw wrong(
      path,
      1,
      "the first line is a comment that says what the file shows, with a rule: # late rows are dropped [TM4]",
    );
  const blocks: { head: Line; body: Line[] }[] = [];
  for (const line of lines.slice(1)) {
    if (line.text === "" || line.text.startsWith("#")) continue;
    if (!line.text.startsWith(" ")) blocks.push({ head: line, body: [] });
    else if (blocks.length === 0) throw wrong(path, line.line, "an indented line belongs below a step");
    else blocks.at(-1)?.body.push(line);
  }
  const [program, ...steps] = blocks;
  if (program?.head.text !== "program") throw wrong(path, program?.head.line ?? 1, "the first block is the program");
  return {
    path,
    title: title[1] as string,
    tag: title[2] as string,
    program: program.body,
    steps: steps.map(({ head, body }) => step(path, head, body)),
  };
}

function step(path: string, head: Line, body: readonly Line[]): Step {
  const { line } = head;
  const space = head.text.indexOf(" ");
  const kind = space < 0 ? head.text : head.text.slice(0, space);
  const rest = space < 0 ? "" : head.text.slice(space + 1).trim();
  const rows = body.map((each) => ({ text: each.text.trim(), line: each.line }));
  if (rows.length > 0 && !["push", "expect", "rules"].includes(kind)) throw wrong(path, line, `"${kind}" has no rows`);
  const [name = "", argument = ""] = rest.split(/\s+/);
  const [stream = "", partition = "0"] = name.split("@");
  switch (kind) {
    case "push":
      return { kind, line, stream, partition: whole(path, line, partition), rows };
    case "mark":
      return { kind, line, stream, partition: whole(path, line, partition), time: argument };
    case "watermark":
      return { kind, line, time: name };
    case "rules": {
      const text = rows.length === 0 ? null : rows.map((row) => row.text).join("\n");
      return { kind, line, set: name, file: argument, text, retro: !rest.endsWith(" forward") };
    }
    case "advance":
      return { kind, line, by: name };
    case "end":
    case "crash":
      return { kind, line };
    case "rescale":
      return { kind, line, workers: whole(path, line, name) };
    case "expect":
      return { kind, line, name, rows };
    case "counter":
      return { kind, line, name, value: whole(path, line, argument) };
    case "error":
      return { kind, line, text: rest };
    default:
      throw wrong(
        path,
        line,
        `no step "${kind}"; there are push, mark, watermark, end, rules, advance, crash, rescale, expect, counter, error`,
      );
  }
}

function whole(path: string, line: number, text: string): number {
  if (!/^\d+$/.test(text)) throw wrong(path, line, `"${text}" is not a whole number`);
  return Number(text);
}

function wrong(path: string, line: number, message: string): MillraceError {
  return new MillraceError("DECODE", message, { at: `${path}:${line}` });
}
