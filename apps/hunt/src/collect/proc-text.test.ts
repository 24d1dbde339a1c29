/** What the kernel writes, and what is made of it. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { readBootClock, startTime } from "./boot-clock.js";
import { containerId } from "./container.js";
import { Fixture } from "./fixture.test.module.js";
import { parseAddress, parseSockets } from "./net-files.js";
import { notGiven } from "./platform.js";
import { parseStat } from "./process-stat.js";
import { redact } from "./redact.js";

test("stat: a name may hold brackets, blanks and line ends", () => {
  const rest = `S 1 1 1 0 -1 4194560 ${Array(12).fill("0").join(" ")} 4711 0 0 0 1 1 140730431229424 0 0 0`;
  const stat = parseStat(`17 (a) R 2 (b\n) ${rest}`);
  assert.deepEqual(stat, {
    comm: "a) R 2 (b\n",
    state: "S",
    ppid: 1,
    kernelThread: false,
    startTicks: 4711,
    startStack: "140730431229424",
  });
  assert.equal(parseStat(`2 (kthreadd) ${rest.replace("4194560", String(0x80200040))}`)?.kernelThread, true);
  for (const broken of ["", "17 (a", "17 (a) S 1 2", `17 (a) ${rest.replace("4711", "x")}`])
    assert.equal(parseStat(broken), null);
});

test("addresses, in either byte order", () => {
  const table: [string, string][] = [
    ["0100007F", "127.0.0.1"],
    ["00000000000000000000000001000000", "::1"],
    ["00000000000000000000000000000000", "::"],
    ["0000000000000000FFFF00000502140A", "10.20.2.5"],
    ["B80D0120000000000000000017000000", "2001:db8::17"],
    ["B80D0120000000000000010001000000", "2001:db8::1:0:0:1"],
  ];
  for (const [hex, text] of table) assert.equal(parseAddress(hex, true), text, hex);
  assert.equal(parseAddress("7F000001", false), "127.0.0.1");
  for (const broken of ["", "0100007", "0100007G", "0100007f"]) assert.equal(parseAddress(broken, true), null);
});

test("tables of sockets: the header and cut-off lines are left out", () => {
  const text = [
    "  sl  local_address rem_address   st tx_queue …",
    "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 333331 1 0 100 0",
    "   1: 0502140A:A34C 500071CB:01BB 01 00000000:00000000 02:00000CE4 00000000     0        0 333332 2 0 20 4",
    "   2: 0502140A:A34D 500071CB",
  ].join("\n");
  assert.deepEqual(
    parseSockets(text, "tcp").map(({ localPort, remoteIp, remotePort, state, uid, inode }) => [
      ...[localPort, remoteIp, remotePort, state, uid, inode],
    ]),
    [
      [8080, "0.0.0.0", 0, "LISTEN", 1001, 333331],
      [41804, "203.113.0.80", 443, "ESTABLISHED", 0, 333332],
    ],
  );
  assert.equal(parseSockets(text, "udp")[0]?.state, "BOUND");
});

test("containers by their control group", () => {
  const id = "4f3a9b2c1d".padEnd(64, "0");
  for (const group of [
    `0::/docker/${id}`,
    `0::/system.slice/docker-${id}.scope`,
    `1:name=systemd:/kubepods/burstable/pod12/${id}`,
    `0::/kubepods.slice/kubepods-pod1.slice/cri-containerd-${id}.scope`,
    `0::/machine.slice/libpod-${id}.scope/container`,
  ])
    assert.equal(containerId(group), "4f3a9b2c1d00", group);
  for (const none of ["0::/user.slice/user-1000.slice/session-3.scope", "0::/", ""])
    assert.equal(containerId(none), null);
});

test("redaction, by the stated rule and no further", () => {
  const table: [string, string][] = [
    ["app --password hunter2 -v", "app --password [redacted] -v"],
    ["app --db-password=hunter2", "app --db-password=[redacted]"],
    ["app --token 'a b' x", "app --token [redacted] x"],
    ["curl -H Authorization: Bearer abcdef123456", "curl -H Authorization: Bearer [redacted]"],
    ["env DB_PASSWORD=hunter2 API_KEY=x app", "env DB_PASSWORD=[redacted] API_KEY=[redacted] app"],
    ["psql postgres://app:hunter2@db01/looms", "psql postgres://app:[redacted]@db01/looms"],
    ["mysql -u app -phunter2 looms", "mysql -u app -p[redacted] looms"],
    ["sshpass -phunter2 ssh db01", "sshpass -p[redacted] ssh db01"],
    // Not secrets.
    ["git commit --author ada", "git commit --author ada"],
    ["PWD=/srv ls -p", "PWD=/srv ls -p"],
    ["mkdir -p /srv/looms", "mkdir -p /srv/looms"],
    ["app --password --verbose", "app --password --verbose"],
    ["curl https://db01:8080/x", "curl https://db01:8080/x"],
  ];
  for (const [before, after] of table) assert.equal(redact(before), after);
  const long = `x --token ${"a".repeat(4000)} ${"--password ".repeat(300)}`;
  assert.ok(redact(long).length < long.length);
});

test("the start of the machine: by the uptime, unless a container has one of its own", () => {
  const fixture = new Fixture();
  const started = 1_781_600_000_000;
  writeFileSync(join(fixture.root, "uptime"), "5000.00 9000.00\n");
  fixture.set(4711, { start: 490_000 });
  writeFileSync(join(fixture.root, "self", "stat"), fixture.proc.read("4711/stat") as string);
  assert.equal(readBootClock(fixture.proc, started + 100_000, started).bootMs, started + 100_000 - 5_000_000);
  writeFileSync(join(fixture.root, "uptime"), "60.00 9000.00\n");
  const clock = readBootClock(fixture.proc, started + 100_000, started);
  assert.equal(startTime(clock, 490_000), started);
  fixture.close();
});

test("what other platforms are told", () => {
  assert.equal(notGiven("linux"), null);
  assert.match(notGiven("win32")?.instead ?? "", /Sysmon/);
  assert.match(notGiven("darwin")?.what ?? "", /neither processes nor connections/);
  assert.notEqual(notGiven("freebsd"), null);
});
