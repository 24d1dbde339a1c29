/** Results for people: a table in Markdown, which is readable in a terminal too. */
import { readFile, writeFile } from "node:fs/promises";
import type { Bench, Result } from "./result.js";

const BEGIN = "<!-- results: written by a full run -->";
const END = "<!-- end of results -->";

export function tableOf(results: readonly Result[]): string {
  const rows = results.map(({ bench, case: name, ours, reference, referenceName, unit, ratio }) => [
    bench,
    name,
    rounded(ours),
    rounded(reference),
    unit,
    referenceName,
    ratio.toFixed(2),
  ]);
  const head = ["bench", "case", "ours", "beside", "unit", "beside what", "ratio"];
  const widths = head.map((title, k) => Math.max(...[head, ...rows].map((row) => row[k]?.length ?? 0), title.length));
  const right = [2, 3, 6];
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, k) => (right.includes(k) ? cell.padStart(widths[k] ?? 0) : cell.padEnd(widths[k] ?? 0))).join(" | ")} |`;
  const rule = `|${widths.map((width, k) => (right.includes(k) ? `${"-".repeat(width + 1)}:` : "-".repeat(width + 2))).join("|")}|`;
  return [line(head), rule, ...rows.map(line)].join("\n");
}

/** Puts the table of a full run between the marks of the README. */
export async function writeReadme(
  url: URL,
  machine: string,
  benches: readonly Bench[],
  results: readonly Result[],
): Promise<void> {
  const text = await readFile(url, "utf8");
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END);
  if (begin < 0 || end < begin) throw new Error("the README has lost the marks around its results");
  const about = benches.map(({ name, about: what }) => `- \`${name}\`: ${what}`).join("\n");
  const middle = `${BEGIN}\n\n${machine}\n\n${about}\n\n${tableOf(results)}\n\n`;
  await writeFile(url, text.slice(0, begin) + middle + text.slice(end));
}

function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
