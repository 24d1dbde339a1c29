/** `npm run bench [-- NAME…] [--tiny]`: runs benches, keeps their results, prints a table. */
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism, cpus } from "node:os";
import { parseArgs } from "node:util";
import { BENCHES } from "./benches.js";
import { tableOf, writeReadme } from "./report.js";
import type { Result } from "./result.js";

const HOME = new URL("../", import.meta.url);

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { tiny: { type: "boolean", default: false } },
  });
  const unknown = positionals.find((name) => !BENCHES.some((bench) => bench.name === name));
  if (unknown !== undefined)
    throw new Error(`no bench "${unknown}"; there are: ${BENCHES.map(({ name }) => name).join(", ")}`);
  const all = positionals.length === 0;
  const results: Result[] = [];
  await mkdir(new URL("results/", HOME), { recursive: true });
  for (const bench of BENCHES.filter(({ name }) => all || positionals.includes(name))) {
    process.stderr.write(`${bench.name}: ${bench.about}\n`);
    const own = await bench.run(values.tiny ? "tiny" : "full");
    results.push(...own);
    if (!values.tiny) await writeFile(new URL(`results/${bench.name}.json`, HOME), `${JSON.stringify(own, null, 2)}\n`);
  }
  console.log(tableOf(results));
  const machine = `${cpus()[0]?.model ?? process.arch}, ${availableParallelism()} cores, Node ${process.versions.node}, ${process.platform}.`;
  if (all && !values.tiny) await writeReadme(new URL("README.md", HOME), machine, BENCHES, results);
}

await main();
