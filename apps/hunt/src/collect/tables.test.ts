/** Processes and connections over time, on a folder of the shape of /proc. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import type { ConnectionTable as Connections } from "./connection-table.js";
import { ConnectionTable } from "./connection-table.js";
import { connectionEvent, processEvent } from "./events.js";
import { Fixture, socketLine } from "./fixture.test.module.js";
import type { ProcessChange } from "./process-table.js";
import { ProcessTable } from "./process-table.js";
import { Users } from "./users.js";

const CLOCK = { bootId: "0f9a5a2e-0000", bootMs: 1_781_600_000_000 };
const CONTEXT = { host: "srv-yarn03", users: new Users("/nowhere"), redact: false };

function told(changes: readonly ProcessChange[]): string[] {
  return changes.map(({ kind, process }) => `${kind} ${process.pid} ${process.commandLine ?? process.comm}`);
}

let fixture: Fixture;
beforeEach(() => {
  fixture = new Fixture();
});
afterEach(() => fixture.close());

describe("processes", () => {
  let nowMs: number;
  let table: ProcessTable;
  const look = (afterMs = 100): string[] => {
    nowMs += afterMs;
    return told(table.poll(nowMs));
  };
  beforeEach(() => {
    nowMs = CLOCK.bootMs + 1_000_000;
    table = new ProcessTable(fixture.proc, CLOCK);
    fixture.set(1, { comm: "init", ppid: 0, uid: 0 });
  });

  test("what runs, what starts, what ends; parents before children", () => {
    fixture.set(7, { comm: "loom", ppid: 9, start: 950 });
    fixture.set(9, { comm: "sh", args: ["sh", "-c", "loom"], start: 900 });
    assert.deepEqual(look(), ["running 1 init", "running 9 sh -c loom", "running 7 loom"]);
    assert.deepEqual(look(), []);
    fixture.set(12, { comm: "weft", args: ["weft", "--tight"] });
    fixture.remove(7);
    assert.deepEqual(look(), ["started 12 weft --tight", "ended 7 loom"]);
    assert.deepEqual(look(), []);
  });

  test("a process before its exec is held back; it is told once, as what it runs", () => {
    look();
    fixture.set(20, { comm: "bash", args: ["bash"], stack: "500" });
    assert.deepEqual(look(), ["started 20 bash"]);
    fixture.set(21, { comm: "bash", args: ["bash"], stack: "500", ppid: 20 });
    assert.deepEqual(look(), [], "it looks like its parent");
    fixture.set(21, { comm: "curl", args: ["curl", "x"], stack: "777", ppid: 20 });
    assert.deepEqual(look(), ["started 21 curl x"]);
    assert.deepEqual(look(), []);
  });

  test("one that stays like its parent is a fork: after a second, or at its end", () => {
    look();
    fixture.set(20, { comm: "bash", args: ["bash"], stack: "500" });
    look();
    fixture.set(21, { comm: "bash", args: ["bash"], stack: "500", ppid: 20 });
    fixture.set(22, { comm: "bash", args: ["bash"], stack: "500", ppid: 20 });
    assert.deepEqual(look(), []);
    fixture.remove(22);
    assert.deepEqual(look(), ["forked 22 bash", "ended 22 bash"]);
    assert.deepEqual(look(1000), ["forked 21 bash"]);
  });

  test("an exec later in life, at the tenth look at the latest; the parent stays the one at the start", () => {
    fixture.set(30, { comm: "sh", args: ["sh", "wrapper"], ppid: 1 });
    look();
    look(5000);
    fixture.set(30, { comm: "loom", args: ["loom"], stack: "888", ppid: 1 });
    const seen = Array.from({ length: 10 }, () => look()).flat();
    assert.deepEqual(seen, ["executed 30 loom"]);
  });

  test("another process under the same id", () => {
    fixture.set(40, { comm: "old" });
    look();
    fixture.set(40, { comm: "new", start: 99_999 });
    assert.deepEqual(look(), ["started 40 new", "ended 40 old"]);
  });

  test("a process that ended and was not collected yet has only its short name; it is no exec", () => {
    look();
    fixture.set(50, { comm: "brief", state: "Z", args: [], exe: null, stack: "0" });
    assert.deepEqual(look(), ["started 50 brief"]);
    fixture.set(51, { comm: "loom", stack: "5" });
    assert.deepEqual(look(), ["started 51 loom"]);
    fixture.set(51, { comm: "loom", state: "Z", args: [], exe: null, stack: "0" });
    assert.deepEqual(look(), []);
  });

  test("kernel threads are not told; their ids come back for programs", () => {
    fixture.set(60, { comm: "kworker/0:1", ppid: 2, flags: 0x0020_0040, args: [], exe: null });
    assert.deepEqual(look(), ["running 1 init"]);
    fixture.remove(60);
    look();
    fixture.set(60, { comm: "loom" });
    assert.deepEqual(look(), ["started 60 loom"]);
  });

  test("what was told before is not told again; what came meanwhile is", () => {
    fixture.set(70, { comm: "loom" });
    table.poll(nowMs);
    const known = new Set(Array.from(table.processes(), ({ guid }) => guid));
    fixture.set(71, { comm: "weft" });
    table = new ProcessTable(fixture.proc, CLOCK, known);
    assert.deepEqual(look(), ["running 71 weft"]);
    fixture.remove(70);
    assert.deepEqual(look(), ["ended 70 loom"]);
  });

  test("an event has the fields of rules, the parent's too, and leaves out what is not known", () => {
    fixture.set(80, { comm: "nginx", args: ["nginx: master"], uid: 0, start: 8000 });
    const container = "4f3a9b2c1d".padEnd(64, "0");
    const [, , change] = [...table.poll(nowMs), ...after(() => fixture.set(81, WORKER(container)))];
    assert.ok(change !== undefined);
    assert.deepEqual(processEvent(change, CONTEXT, nowMs), {
      "@timestamp": new Date(CLOCK.bootMs + 81_000).toISOString(),
      logsource: { product: "linux", category: "process_creation" },
      host: { name: "srv-yarn03" },
      Observed: "started",
      ProcessId: 81,
      ProcessGuid: "0f9a5a2e-81-8100",
      Image: "/usr/bin/sh",
      ProcessName: "sh",
      CommandLine: "sh -c id",
      User: "33",
      ContainerId: "4f3a9b2c1d00",
      CurrentDirectory: "/srv",
      ParentProcessId: 80,
      ParentProcessGuid: "0f9a5a2e-80-8000",
      ParentImage: "/usr/bin/nginx",
      ParentCommandLine: "nginx: master",
      ParentUser: "0",
    });
  });
  const WORKER = (container: string) => ({
    ...{ comm: "sh", args: ["sh", "-c", "id"], ppid: 80, uid: 33, cgroup: `0::/docker/${container}`, start: 8100 },
  });
  const after = (change: () => void): ProcessChange[] => {
    change();
    return table.poll(nowMs + 100);
  };

  test("a command line is bounded, and says so", () => {
    look();
    fixture.set(90, { comm: "long", args: ["long", "ä".repeat(5000)] });
    const [change] = table.poll(nowMs + 100);
    assert.ok(change?.process.truncated);
    assert.ok((change.process.commandLine ?? "").length <= 4096);
  });
});

describe("connections", () => {
  let processes: ProcessTable;
  let table: Connections;
  const look = (): ReturnType<Connections["poll"]> => {
    processes.poll(CLOCK.bootMs);
    return table.poll(processes.processes());
  };
  const events = () =>
    look().map((connection) => {
      const event = connectionEvent(connection, CONTEXT, 0) as Record<string, unknown>;
      const { SourceIp, SourcePort, DestinationIp, DestinationPort, Initiated, State, Image = "?" } = event;
      return `${Image} ${Initiated} ${SourceIp}:${SourcePort} > ${DestinationIp}:${DestinationPort} ${State}`;
    });
  beforeEach(() => {
    processes = new ProcessTable(fixture.proc, CLOCK);
    table = new ConnectionTable(fixture.proc);
    fixture.set(1, { comm: "init", ppid: 0 });
  });

  test("who opened it, and which process has it", () => {
    fixture.set(10, { comm: "curl", fds: { 3: "socket:[501]", 4: "/dev/null" } });
    fixture.set(11, { comm: "sshd", fds: { 5: "socket:[502]", 6: "socket:[503]" } });
    fixture.sockets("tcp", [
      socketLine("2104140A:A000", "500071CB:01BB", 1, 501),
      socketLine("00000000:0016", "00000000:0000", 10, 502),
      socketLine("2104140A:0016", "4D0071CB:C000", 1, 503),
    ]);
    assert.deepEqual(events(), [
      "/usr/bin/curl true 10.20.4.33:40960 > 203.113.0.80:443 ESTABLISHED",
      "/usr/bin/sshd undefined undefined:undefined > undefined:undefined LISTEN",
      "/usr/bin/sshd false 203.113.0.77:49152 > 10.20.4.33:22 ESTABLISHED",
    ]);
    assert.deepEqual(events(), [], "told once");
  });

  test("a connection on its way out is not another one; the same ends with another socket are", () => {
    fixture.set(10, { comm: "curl", fds: { 3: "socket:[501]", 4: "socket:[502]" } });
    const ends = ["2104140A:A000", "500071CB:01BB"] as const;
    fixture.sockets("tcp", [socketLine(...ends, 1, 501)]);
    assert.equal(events().length, 1);
    fixture.sockets("tcp", [socketLine(...ends, 6, 0)]);
    assert.deepEqual(events(), []);
    fixture.sockets("tcp", [socketLine(...ends, 1, 502)]);
    assert.equal(events().length, 1);
  });

  test("one that was too short is told from what remains of it, without a process", () => {
    fixture.sockets("tcp", [socketLine("2104140A:A000", "500071CB:01BB", 6, 0)]);
    assert.deepEqual(events(), ["? true 10.20.4.33:40960 > 203.113.0.80:443 TIME_WAIT"]);
    assert.equal(table.counts.ownerless, 1);
  });

  test("a socket that nobody seems to have is looked for once more, then told without a process", () => {
    fixture.sockets("tcp", [socketLine("2104140A:A000", "500071CB:01BB", 1, 501)]);
    fixture.sockets("udp", [socketLine("2104140A:A000", "350071CB:0035", 1, 502)]);
    assert.deepEqual(events(), []);
    fixture.set(10, { comm: "dig", fds: { 3: "socket:[502]" } });
    assert.deepEqual(events(), [
      "? true 10.20.4.33:40960 > 203.113.0.80:443 ESTABLISHED",
      "/usr/bin/dig undefined 10.20.4.33:40960 > 203.113.0.53:53 ESTABLISHED",
    ]);
  });

  test("children inherit sockets: the eldest that has it counts", () => {
    fixture.set(20, { comm: "bash", fds: { 0: "socket:[501]" } });
    fixture.set(21, { comm: "cat", ppid: 20, fds: { 0: "socket:[501]" } });
    fixture.sockets("tcp", [socketLine("2104140A:A000", "420071CB:115C", 1, 501)]);
    assert.deepEqual(events(), ["/usr/bin/bash true 10.20.4.33:40960 > 203.113.0.66:4444 ESTABLISHED"]);
  });

  test("a container's network is looked at through one of its processes", () => {
    fixture.set(30, { comm: "loom-api", network: "net:[2]", fds: { 3: "socket:[601]" } });
    fixture.sockets("tcp", []);
    fixture.sockets("tcp", [socketLine("0200 11AC:A000".replace(" ", ""), "500071CB:01BB", 1, 601)], 30);
    assert.deepEqual(events(), ["/usr/bin/loom-api true 172.17.0.2:40960 > 203.113.0.80:443 ESTABLISHED"]);
  });

  test("what was told before is not told again, not even on its way out", () => {
    fixture.set(10, { comm: "curl", fds: { 3: "socket:[501]" } });
    const line = (state: number, inode: number) => socketLine("2104140A:A000", "500071CB:01BB", state, inode);
    fixture.sockets("tcp", [line(1, 501)]);
    look();
    const keys = new Set(table.keys());
    table = new ConnectionTable(fixture.proc, keys);
    assert.deepEqual(events(), []);
    fixture.sockets("tcp", [line(6, 0)]);
    table = new ConnectionTable(fixture.proc, keys);
    assert.deepEqual(events(), []);
    fixture.sockets("tcp", [line(1, 777)]);
    table = new ConnectionTable(fixture.proc, keys);
    assert.deepEqual(events(), []);
    assert.equal(events().length, 1, "another connection, whose process was looked for twice");
  });
});
