import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import type { App } from "millrace";
import { serve } from "millrace";
import { compileSilences } from "./silences.js";

const RULE = `title: Encoded Command
id: 11111111-2222-4333-8444-555555555555
logsource: { category: process_creation, product: windows }
detection: { selection: { CommandLine|contains: " -enc " }, condition: selection }
level: high
`;
const SILENCE = `id: known-tool
reason: the deployment tool does this
alerts: { rule: 11111111*, host: BUILD-* }
`;

interface Group {
  readonly host: string;
  readonly alerts: number;
  readonly silenced: number;
  readonly acknowledgedBy: string | null;
}

async function hunt(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), "hunt-alerts-"));
  for (const folder of ["rules", "silences"]) await mkdir(join(root, folder));
  await writeFile(join(root, "rules", "enc.yml"), RULE);
  await writeFile(join(root, "silences", "known.yml"), SILENCE);
  const url = new URL("./app.js", import.meta.url);
  url.searchParams.set("rules", join(root, "rules"));
  url.searchParams.set("silences", join(root, "silences"));
  url.searchParams.append("deliver", join(root, "pages.ndjson"));
  const { default: program } = (await import(url.href)) as { default: App };
  const start = () => serve(program, { port: 0, data: join(root, "data") });
  const state = { served: await start() };
  t.after(async () => {
    await state.served.close();
    await rm(root, { recursive: true, force: true });
  });
  return {
    state,
    async post(path: string, rows: readonly object[]) {
      const body = rows.map((row) => JSON.stringify(row)).join("\n");
      const headers = { "content-type": "application/x-ndjson" };
      const response = await fetch(state.served.url + path, { method: "POST", headers, body });
      assert.equal(response.status, 200, await response.text());
      await state.served.settle();
    },
    groups: () => state.served.view("alert_groups") as unknown as Group[],
    async restart() {
      await state.served.close();
      state.served = await start();
    },
    async pages(n: number): Promise<Group[]> {
      for (;;) {
        const text = await readFile(join(root, "pages.ndjson"), "utf8").catch(() => "");
        const lines = text.split("\n").filter((line) => line !== "");
        if (lines.length >= n) return lines.map((line) => JSON.parse(line) as Group);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
}

const event = (host: string, minute: number, line = "powershell -enc AAAA") => ({
  EventID: 1,
  Channel: "Microsoft-Windows-Sysmon/Operational",
  Hostname: host,
  UtcTime: `2026-01-05 10:${String(minute).padStart(2, "0")}:00.000`,
  Image: "C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe",
  CommandLine: line,
});

test("alerts are grouped, silenced ones are not delivered, and a group is acknowledged", async (t) => {
  const { post, groups, pages, restart } = await hunt(t);
  await post("/ingest/windows", [event("WS-1", 1), event("WS-1", 2), event("WS-1", 3, "notepad"), event("BUILD-7", 4)]);
  const found = groups().map(({ host, alerts, silenced }) => `${host} ${alerts} ${silenced}`);
  assert.deepEqual(found.sort(), ["BUILD-7 1 1", "WS-1 2 0"]);
  assert.deepEqual(
    (await pages(1)).map(({ host }) => host),
    ["WS-1"],
  );
  await post("/ingest/acks", [
    { at: "2026-01-05T10:00:00Z", rule: "11111111-2222-4333-8444-555555555555", host: "WS-1", by: "kim" },
  ]);
  const acknowledged = groups().find(({ host }) => host === "WS-1");
  assert.deepEqual([acknowledged?.acknowledgedBy, acknowledged?.alerts], ["kim", 2]);
  // An acknowledged group stays so when more comes, and nothing of it is delivered again.
  await post("/ingest/windows", [event("WS-1", 9), event("WS-2", 9)]);
  await restart();
  assert.deepEqual(
    (await pages(2)).map(({ host }) => host),
    ["WS-1", "WS-2"],
  );
});

test("a silence says what is wrong with it", () => {
  const reasons = (text: string): string[] => compileSilences([{ path: "a.yml", text }]).problems.map((p) => p.reason);
  assert.deepEqual(reasons(SILENCE), []);
  assert.match(reasons("- 1")[0] ?? "", /a mapping/);
  assert.match(reasons("id: a\nreason: b\nalerts: {}")[0] ?? "", /at least one field/);
  assert.match(reasons("id: a\nreason: b\nalerts: { host: '*' }")[0] ?? "", /fits everything/);
  assert.match(reasons("id: a\nreason: b\nalerts: { hots: x }")[0] ?? "", /no "hots"; there are rule/);
  assert.match(reasons("id: a\nreason: b\nuntil: 2026-01-01\nalerts: { host: x }")[0] ?? "", /with its zone/);
  assert.match(reasons("id: a\nreason: ''\nalerts: { host: x }")[0] ?? "", /says why/);
  assert.match(reasons("id: [")[0] ?? "", /\S/);
});
