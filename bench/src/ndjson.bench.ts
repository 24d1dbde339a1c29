/** NDJSON bytes to columns beside JSON.parse per line, which makes no columns: all fields, and few. */
import { t } from "millrace";
import { ndjsonDecoder, schemaOf } from "millrace/unstable";
import { forEachLine, linesOf, longEvents, realSet } from "./events.js";
import { interleaved } from "./measure.js";
import type { Bench, Result } from "./result.js";
import { expectSame, rateResult } from "./result.js";

const schema = schemaOf({
  Hostname: t.string().optional(),
  Channel: t.string().optional(),
  SourceName: t.string().optional(),
  rest: t.open(),
});
const FEW = ["Hostname", "Channel", "SourceName"];

const REAL = ["msf_record_mic", "empire_psexec_dcerpc_tcp_svcctl", "covenant_wmi_wbemcomn_dll_hijack"];

export const ndjson: Bench = {
  name: "ndjson",
  about: "NDJSON bytes to columns, beside JSON.parse of each line, which makes none",
  async run(size) {
    const results = await both(
      "recording, 2-3 kB events",
      await longEvents(size === "tiny" ? 300 : undefined),
      size === "tiny" ? 1 : 5,
    );
    if (size === "tiny") return results;
    for (const name of REAL) {
      const path = realSet(`${name}.ndjson.gz`);
      if (path !== null) results.push(...(await both(name, await linesOf(path), 5)));
    }
    return results;
  },
};

async function both(name: string, bytes: Buffer, rounds: number): Promise<Result[]> {
  return [
    await compare(`${name}, all fields`, bytes, rounds, null),
    await compare(`${name}, three columns`, bytes, rounds, FEW),
  ];
}

async function compare(
  name: string,
  bytes: Buffer,
  rounds: number,
  columns: readonly string[] | null,
): Promise<Result> {
  let rows = 0;
  let lines = 0;
  const decode = (): void => {
    const decoder = ndjsonDecoder({ schema, ...(columns === null ? {} : { projection: { columns } }) });
    rows = 0;
    for (let from = 0; from < bytes.length; from += 1 << 20) {
      decoder.push(bytes.subarray(from, from + (1 << 20)));
      for (const { batch } of decoder.take()) rows += batch.length;
    }
    decoder.end();
    for (const { batch } of decoder.take()) rows += batch.length;
  };
  const parse = (): void => {
    lines = 0;
    forEachLine(bytes, (line) => {
      if (JSON.parse(line) !== null) lines++;
    });
  };
  decode();
  parse();
  const seconds = await interleaved(rounds, decode, parse);
  expectSame(`${name}: rows`, rows, lines);
  return rateResult({ bench: "ndjson", case: name, referenceName: "JSON.parse" }, "MB/s", bytes.length / 1e6, seconds);
}
