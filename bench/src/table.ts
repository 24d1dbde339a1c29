/** Results as a Markdown table. */
import { cpus } from "node:os";
import type { Result } from "./bench.js";

export function table(results: readonly Result[]): string {
  const rows = results.map(
    (r) =>
      `| ${r.bench} | ${r.case} | ${shown(r.ours)} | ${shown(r.reference)} (${r.referenceName}) | ${r.unit} | ${r.ratio.toFixed(2)} |`,
  );
  return ["| bench | case | ours | reference | unit | ratio |", "|---|---|---:|---:|---|---:|", ...rows].join("\n");
}

export function readme(results: readonly Result[]): string {
  return `# Benches

\`npm run bench\` runs each beside its reference, in turn, in one process, checks that both give the same answer, and writes
this page. Ratios hold better than figures: the machine was shared and noisy (${cpus().length} cores, Node ${process.versions.node}).
A ratio below 1 is where the reference is faster.

${table(results)}

- ndjson: the project's recorded intrusion (events of 1.2 kB); \`JSON.parse\` makes objects, no columns.
- append: typed batches of three columns, encoded, checksummed and synced, one producer; the reference writes as many
  bytes that are there already.
- engine: time to process what is in the log; the hand-written loop has its arrays in memory already.
- sql: from the query's text to its answer, planning and decoding included.
`;
}

function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}
