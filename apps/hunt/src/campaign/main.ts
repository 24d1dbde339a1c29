import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { parseArgs } from "node:util";
import { createGzip } from "node:zlib";
import { generateCampaign, RECORDED } from "./generate.js";

const USAGE = "usage: node dist/campaign/main.js [--seed N] [--scale N] OUTPUT.ndjson[.gz]";

function* withLineEnds(lines: Iterable<string>): Iterable<string> {
  for (const line of lines) yield `${line}\n`;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { seed: { type: "string" }, scale: { type: "string" } },
  });
  const [output] = positionals;
  const seed = Number(values.seed ?? RECORDED.seed);
  const scale = Number(values.scale ?? RECORDED.scale);
  if (output === undefined || positionals.length > 1 || !Number.isInteger(seed) || !(scale > 0)) {
    console.error(USAGE);
    process.exitCode = 2;
    return;
  }
  const source = Readable.from(withLineEnds(generateCampaign({ seed, scale })));
  const file = createWriteStream(output);
  if (output.endsWith(".gz")) await pipeline(source, createGzip({ level: 9 }), file);
  else await pipeline(source, file);
}

await main();
