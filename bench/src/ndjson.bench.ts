/** NDJSON bytes to columns beside JSON.parse per line, which makes no columns. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { t } from "millrace";
import { ndjsonDecoder, schemaOf } from "millrace/unstable";
import type { Bench } from "./bench.js";
import { inTurn, result } from "./bench.js";

const RECORDING = new URL("../../apps/hunt/recordings/mill-campaign.ndjson.gz", import.meta.url);

const schema = schemaOf({ Hostname: t.string().optional(), Channel: t.string().optional(), rest: t.open() });

export const ndjson: Bench = {
  name: "ndjson",
  async run(size) {
    const whole = gunzipSync(readFileSync(RECORDING));
    const bytes = size === "full" ? whole : whole.subarray(0, whole.indexOf(10, 400_000) + 1);
    const rounds = size === "full" ? 7 : 1;
    const decode = (columns?: readonly string[]): number => {
      const decoder = ndjsonDecoder({ schema, ...(columns === undefined ? {} : { projection: { columns } }) });
      decoder.push(bytes);
      decoder.end();
      return decoder.take().reduce((rows, { batch }) => rows + batch.length, 0);
    };
    const megabytes = bytes.length / 1e6;
    return [
      result(
        "ndjson",
        "all fields",
        megabytes,
        "MB/s",
        "JSON.parse",
        await inTurn(
          rounds,
          () => decode(),
          () => parseLines(bytes),
        ),
      ),
      result(
        "ndjson",
        "two columns",
        megabytes,
        "MB/s",
        "JSON.parse",
        await inTurn(
          rounds,
          () => decode(["Hostname", "Channel"]),
          () => parseLines(bytes),
        ),
      ),
    ];
  },
};

function parseLines(bytes: Buffer): number {
  let rows = 0;
  let from = 0;
  for (let to = bytes.indexOf(10); to >= 0; to = bytes.indexOf(10, from)) {
    const value = JSON.parse(bytes.toString("utf8", from, to)) as object;
    if (value !== null) rows++;
    from = to + 1;
  }
  return rows;
}
