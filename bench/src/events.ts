/** Security events to read: the recording of the hunt application, the same made longer, and real sets where they are. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";

const HUNT = new URL("../../apps/hunt/", import.meta.url);
const DATA = new URL("../../../shared/data/", import.meta.url);

export const RECORDING = fileURLToPath(new URL("recordings/mill-campaign.ndjson.gz", HUNT));
export const RECORDING_EXPECTED = fileURLToPath(new URL("recordings/expected-alerts.json", HUNT));
export const OWN_RULES = fileURLToPath(new URL("rules", HUNT));

/** The file of a real set, or null where it is not there. */
export function realSet(name: string): string | null {
  return present(new URL(`hunt/public/${name}`, DATA));
}

/** Folders of the whole Sigma rule set that are there. */
export function sigmaRules(): readonly string[] {
  return ["rules", "rules-emerging-threats", "rules-threat-hunting"].flatMap(
    (name) => present(new URL(`sigma/${name}`, DATA)) ?? [],
  );
}

function present(url: URL): string | null {
  const path = fileURLToPath(url);
  return existsSync(path) ? path : null;
}

/** The lines of a file, unpacked; the first `linesMax` of them. */
export async function linesOf(path: string, linesMax = Number.MAX_SAFE_INTEGER): Promise<Buffer> {
  const bytes = gunzipSync(await readFile(path));
  let end = 0;
  for (let line = 0; line < linesMax && end < bytes.length; line++) {
    const newline = bytes.indexOf(10, end);
    end = newline < 0 ? bytes.length : newline + 1;
  }
  return bytes.subarray(0, end);
}

/** Events of 2 to 3 kB: those of the recording, each with the message that Windows writes, which repeats the fields. */
export async function longEvents(linesMax?: number): Promise<Buffer> {
  const parts: string[] = [];
  forEachLine(await linesOf(RECORDING, linesMax), (line) => {
    const event = JSON.parse(line) as Record<string, unknown>;
    const fields = Object.entries(event).map(([name, value]) => `${name}: ${String(value)}`);
    parts.push(JSON.stringify({ ...event, Message: [event.Message, ...fields].join("\r\n") }), "\n");
  });
  return Buffer.from(parts.join(""));
}

export function forEachLine(bytes: Buffer, use: (line: string) => void): void {
  for (let from = 0; from < bytes.length; ) {
    const newline = bytes.indexOf(10, from);
    const to = newline < 0 ? bytes.length : newline;
    if (to > from) use(bytes.toString("utf8", from, to));
    from = to + 1;
  }
}
