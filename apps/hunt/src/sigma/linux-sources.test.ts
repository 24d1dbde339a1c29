import assert from "node:assert/strict";
import test from "node:test";
import { evaluate } from "millrace";
import { objectRow } from "./json-row.js";
import { compileSigma } from "./rule-set.js";

/** Whether a rule with this log source and one test matches an event. */
function matches(logsource: string, detection: string, event: Record<string, unknown>): boolean {
  const text = `title: T\nid: x\nlogsource: {${logsource}}\ndetection: {s: ${detection}, condition: s}\n`;
  const { rules, problems } = compileSigma([{ path: "t.yml", text }]);
  assert.deepEqual(problems, []);
  return rules.some(({ when }) => evaluate(when, objectRow(event)));
}

const START = "product: linux, category: process_creation";
const SHELL = "{Image|endswith: /dash, ParentImage|endswith: /nginx, CommandLine|contains: id, User: www}";
const FIELDS = { Image: "/usr/bin/dash", CommandLine: "sh -c id", ParentImage: "/usr/sbin/nginx", User: "www" };
const ECS = {
  event: { category: ["process"], type: ["start"] },
  host: { os: { type: "linux" } },
  user: { name: "www" },
  process: { executable: "/usr/bin/dash", command_line: "sh -c id", parent: { executable: "/usr/sbin/nginx" } },
};

test("a started process in every shape", () => {
  const sysmon = { Channel: "Linux-Sysmon/Operational", EventID: 1 };
  assert.ok(matches(START, SHELL, { logsource: { product: "linux", category: "process_creation" }, ...FIELDS }));
  assert.ok(matches(START, SHELL, { ...sysmon, ...FIELDS }));
  assert.ok(matches(START, SHELL, { winlog: { channel: sysmon.Channel, event_id: 1, event_data: FIELDS } }));
  assert.ok(matches(START, SHELL, ECS));
  assert.ok(matches("category: process_creation", SHELL, ECS), "a rule for any system");
});

test("other kinds of event, other systems and unlabelled events are not looked at", () => {
  assert.ok(!matches(START, SHELL, { Channel: "Linux-Sysmon/Operational", EventID: 5, ...FIELDS }));
  assert.ok(!matches(START, SHELL, { ...ECS, event: { category: ["process"], type: ["end"] } }));
  assert.ok(!matches(START, SHELL, { ...ECS, host: { os: { type: "macos" } } }));
  assert.ok(!matches(START, SHELL, { logsource: { product: "macos", category: "process_creation" }, ...FIELDS }));
  assert.ok(!matches(START, SHELL, FIELDS));
  assert.ok(!matches("product: windows, category: process_creation", SHELL, ECS));
});

test("connections and files", () => {
  const connection = "product: linux, category: network_connection";
  const ecs = { event: { category: "network", type: "start" }, host: { os: { platform: "linux" } } };
  const far = "{DestinationIp|cidr: 203.0.113.0/24, DestinationPort: 443, Image|endswith: /curl}";
  const process = { executable: "/usr/bin/curl" };
  assert.ok(matches(connection, far, { ...ecs, process, destination: { ip: "203.0.113.9", port: 443 } }));
  assert.ok(!matches(connection, far, { ...ecs, process, destination: { ip: "203.0.114.9", port: 443 } }));
  const file = "{TargetFilename|startswith: /etc/cron.d/}";
  const event = { event: { category: "file", type: "creation" }, host: { os: { type: "linux" } } };
  assert.ok(matches("product: linux, category: file_event", file, { ...event, file: { path: "/etc/cron.d/x" } }));
});

test("audit records, flat and as Filebeat writes them", () => {
  const auditd = "product: linux, service: auditd";
  const detection = "{type: EXECVE, a0|endswith: useradd, exe|startswith: /usr}";
  assert.ok(matches(auditd, detection, { type: "EXECVE", a0: "useradd", exe: "/usr/sbin/useradd" }));
  const filebeat = { auditd: { log: { record_type: "EXECVE", a0: "useradd" } }, process: { executable: "/usr/x" } };
  assert.ok(matches(auditd, detection, filebeat));
  assert.ok(!matches(auditd, "{a0: useradd}", { type: "conversation", a0: "useradd" }), "type is a common name");
});

test("services by who wrote the line; auth is several of them", () => {
  const words = "['Accepted password']";
  const journal = (SYSLOG_IDENTIFIER: string) => ({ SYSLOG_IDENTIFIER, MESSAGE: "Accepted password for root" });
  assert.ok(matches("product: linux, service: sshd", words, journal("sshd")));
  assert.ok(matches("product: linux, service: sshd", words, { program: "sshd-session", message: "Accepted password" }));
  assert.ok(!matches("product: linux, service: sshd", words, journal("dropbear")));
  assert.ok(matches("product: linux, service: auth", words, journal("sshd")));
  assert.ok(matches("product: linux, service: auth", "{message|contains: root}", journal("sudo")));
  assert.ok(matches("product: linux, service: cron", "{message|contains: root}", journal("CRON")));
  assert.ok(!matches("product: linux, service: sudo", words, journal("sshd")));
});
