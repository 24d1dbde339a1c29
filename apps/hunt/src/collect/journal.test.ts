/** The journal through restarts, kills and full disks' worth of events. */
import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, test } from "node:test";
import { MillraceError } from "millrace";
import type { CollectedEvent } from "./events.js";
import { Journal, SEGMENT_BYTES } from "./journal.js";

const CLOCK = { bootId: "0f9a5a2e-1111", bootMs: 1_781_600_000_000 };
const NOW = 1_781_600_100_000;

function started(pid: number, text = "loom"): CollectedEvent {
  const logsource = { product: "linux", category: "process_creation" };
  return { logsource, ProcessId: pid, ProcessGuid: `0f9a5a2e-${pid}-${pid}`, CommandLine: text };
}

function ended(pid: number): CollectedEvent {
  return { ...started(pid), logsource: { product: "linux", category: "process_termination" } };
}

function connected(port: number): CollectedEvent {
  const logsource = { product: "linux", category: "network_connection" };
  const ends = { LocalIp: "10.0.0.1", LocalPort: port, RemoteIp: "10.0.0.2", RemotePort: 443 };
  return { logsource, Protocol: "tcp", ...ends, NetworkNamespace: "net:[1]", SocketInode: 7 };
}

describe("the journal", () => {
  let dir: string;
  let journal: Journal;
  let names = 0;
  const open = (clock = CLOCK): Journal => Journal.open(dir, clock, () => `ab${names++}`);
  const reopen = (clock = CLOCK): void => {
    journal.close();
    journal = open(clock);
  };
  /** Pids and numbers of everything that waits, as it would be sent. */
  const drain = (bytesMax = 1 << 20): string[] => {
    const seen: string[] = [];
    for (let chunk = journal.next(bytesMax); chunk !== null; chunk = journal.next(bytesMax)) {
      for (const line of chunk.text.trimEnd().split("\n")) {
        const { ProcessId, collector } = JSON.parse(line) as { ProcessId?: number; collector: { number: number } };
        seen.push(`${ProcessId ?? "-"}#${collector.number}`);
      }
      journal.sentTo(chunk.segment, chunk.to);
    }
    return seen;
  };
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "hunt-journal-"));
    journal = open();
  });
  afterEach(() => {
    journal.close();
    rmSync(dir, { recursive: true, force: true });
  });

  test("events wait until they are sent, and keep their numbers over a restart", () => {
    journal.append([started(1), started(2)], NOW);
    const first = journal.next(10);
    assert.equal(first?.text.split("\n").length, 2, "one line at least, and whole lines only");
    journal.sentTo(first.segment, first.to);
    reopen();
    assert.ok(journal.resumed);
    journal.append([started(3)], NOW);
    assert.deepEqual(drain(), ["2#2", "3#3"]);
    assert.equal(journal.next(10), null);
    assert.equal(journal.unsentBytes, 0);
    reopen();
    assert.ok(!journal.resumed);
    assert.equal(journal.told.number, 3);
  });

  test("what was told is known after a restart: processes that had not ended, connections", () => {
    journal.append([started(1), started(2), connected(4000), ended(1)], NOW);
    reopen();
    assert.deepEqual([...journal.told.processes.keys()], ["0f9a5a2e-2-2"]);
    assert.deepEqual([...journal.told.connections], ["net:[1] tcp 10.0.0.1 4000 10.0.0.2 443 7"]);
    assert.equal(journal.told.lastMs, NOW);
  });

  test("a full segment is closed, and forgotten once it is sent; what was told is carried over", () => {
    const long = "x".repeat(4000);
    for (let pid = 1; pid <= 600; pid++) {
      journal.append([started(pid, long), connected(pid)], NOW);
      if (pid > 1) journal.append([ended(pid)], NOW);
      journal.rotate(() => new Set(["net:[1] tcp 10.0.0.1 600 10.0.0.2 443 7"]));
    }
    const segments = readdirSync(dir).filter((name) => name.endsWith(".ndjson"));
    assert.ok(segments.length >= 3, `${segments.length} segments`);
    assert.ok(journal.unsentBytes > 2 * SEGMENT_BYTES);
    reopen();
    assert.deepEqual([...journal.told.processes.keys()], ["0f9a5a2e-1-1"]);
    assert.ok(journal.told.connections.size < 300, "those that are gone are not carried over");
    const seen = drain(100_000);
    assert.equal(seen.length, 1799);
    assert.deepEqual(
      seen.map((one) => Number(one.split("#")[1])),
      Array.from({ length: 1799 }, (_, k) => k + 1),
    );
    assert.equal(readdirSync(dir).filter((name) => name.endsWith(".ndjson")).length, 1);
    reopen();
    assert.deepEqual([...journal.told.processes.keys()], ["0f9a5a2e-1-1"]);
  });

  test("a line that a kill cut off is dropped, and its number given again", () => {
    journal.append([started(1)], NOW);
    const segment = readdirSync(dir).find((name) => name.endsWith(".ndjson")) as string;
    appendFileSync(join(dir, segment), '{"ProcessId":2,"collector":{"id":"ab0","numb');
    reopen();
    journal.append([started(3)], NOW);
    assert.deepEqual(drain(), ["1#1", "3#2"]);
  });

  test("after a new start of the machine nothing is known, and numbers go on; else times of starts stay", () => {
    journal.append([started(1), connected(4000)], NOW);
    reopen({ ...CLOCK, bootMs: CLOCK.bootMs + 37 });
    assert.equal(journal.clock.bootMs, CLOCK.bootMs);
    assert.equal(journal.told.processes.size, 1);
    reopen({ bootId: "77aa5a2e-2222", bootMs: 5 });
    assert.equal(journal.clock.bootMs, 5);
    assert.deepEqual([journal.told.processes.size, journal.told.connections.size], [0, 0]);
    journal.append([started(9)], NOW);
    assert.deepEqual(drain(), ["1#1", "-#2", "9#3"]);
  });

  test("one collector at a time; a folder left by a kill is free", () => {
    // The parent of this process runs as long as the test does.
    writeFileSync(join(dir, "lock"), String(process.ppid));
    assert.throws(open, (error) => error instanceof MillraceError && error.code === "DATA_DIR");
    // No process has this id: it is beyond what the kernel gives.
    writeFileSync(join(dir, "lock"), "2147483646");
    open().close();
  });

  test("events that were taken away: a new name, as nobody knows which numbers were given", () => {
    journal.append([started(1), started(2)], NOW);
    const { id } = journal;
    journal.close();
    for (const name of readdirSync(dir)) if (name.endsWith(".ndjson")) rmSync(join(dir, name));
    journal = open();
    assert.notEqual(journal.id, id);
    journal.append([started(3)], NOW);
    assert.deepEqual(drain(), ["3#1"]);
  });

  test("damage is said, with what to do", () => {
    journal.close();
    writeFileSync(join(dir, "sent.json"), "{");
    assert.throws(open, /sent\.json is damaged/);
    rmSync(join(dir, "sent.json"));
    journal = open();
  });
});
