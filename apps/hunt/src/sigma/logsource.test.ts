import assert from "node:assert/strict";
import test from "node:test";
import { evaluate } from "millrace";
import { objectRow } from "./json-row.js";
import { variantsOf } from "./logsource.js";

function routed(
  source: { product?: string; category?: string; service?: string },
  event: Record<string, unknown>,
): string[] {
  const full = { product: source.product ?? null, category: source.category ?? null, service: source.service ?? null };
  return variantsOf(full)
    .filter((variant) => evaluate(variant.route, objectRow(event)))
    .map((variant) => variant.name);
}

const SYSMON = "Microsoft-Windows-Sysmon/Operational";

test("log sources to events", () => {
  const starts = { product: "windows", category: "process_creation" };
  const table: [Parameters<typeof routed>[0], Record<string, unknown>, string[]][] = [
    [starts, { Channel: SYSMON, EventID: 1 }, ["sysmon"]],
    [starts, { Channel: SYSMON, EventID: 5 }, []],
    [starts, { Channel: "security", EventID: "4688" }, ["audit"]],
    [starts, { log_name: "Security", event_id: 4688 }, ["audit"]],
    [starts, { winlog: { channel: SYSMON, event_id: 1 } }, ["sysmon"]],
    [starts, { EventID: 1 }, []],
    [{ category: "process_creation" }, { Channel: SYSMON, EventID: 1 }, ["sysmon"]],
    [{ product: "linux", category: "process_creation" }, { Channel: SYSMON, EventID: 1 }, []],
    [{ product: "windows", category: "registry_set" }, { Channel: SYSMON, EventID: 13 }, ["sysmon"]],
    [{ product: "windows", category: "registry_event" }, { Channel: SYSMON, EventID: 14 }, ["sysmon"]],
    [{ product: "windows", category: "registry_delete" }, { Channel: SYSMON, EventID: 12 }, ["sysmon"]],
    [
      { product: "windows", category: "ps_script" },
      { Channel: "PowerShellCore/Operational", EventID: 4104 },
      ["ps_script"],
    ],
    [
      { product: "windows", category: "process_creation", service: "sysmon" },
      { Channel: "Security", EventID: 4688 },
      [],
    ],
    [{ product: "windows", service: "security" }, { Channel: "Security", EventID: 1102 }, ["security"]],
    [
      { product: "windows", service: "powershell-classic" },
      { Channel: "Windows PowerShell", EventID: 400 },
      ["powershell-classic"],
    ],
    [{ product: "windows" }, { Channel: "Whatever", EventID: 7 }, ["windows"]],
    [{ product: "windows" }, { ts: 1.5, _path: "dns" }, []],
    [{ product: "windows", category: "file_access" }, { SourceName: "Microsoft-Windows-Kernel-File" }, ["trace"]],
    [{ product: "zeek", service: "dns" }, { _path: "dns" }, ["zeek"]],
    [{ product: "zeek", service: "dns" }, { "@stream": "conn" }, []],
    [{ product: "aws", service: "cloudtrail" }, { eventName: "x" }, []],
    [{ product: "aws", service: "cloudtrail" }, { logsource: { product: "aws", service: "cloudtrail" } }, ["labels"]],
    [{ product: "windows", service: "not-yet-known" }, { Channel: "Security", EventID: 1 }, []],
    [{ category: "proxy" }, { "logsource.category": "proxy", "logsource.product": "squid" }, ["labels"]],
  ];
  for (const [source, event, expected] of table)
    assert.deepEqual(routed(source, event), expected, `${JSON.stringify(source)} ${JSON.stringify(event)}`);
});
