/**
 * Random appends, marks, cuts, retention, disk faults and crashes against the obvious model: nothing acknowledged is
 * lost, order and running highs are right, and what was rejected is not there unless a crash left it in doubt.
 * MILLRACE_SEEDS sets how many seeds run, MILLRACE_SEED the first.
 */
import assert from "node:assert/strict";
import { it } from "node:test";
import type { Disk } from "../../base/disk.js";
import { Random } from "../../base/random.js";
import { TIME_MIN } from "../../base/time.js";
import { rowsOf } from "../../batch/read.js";
import { loadRows } from "../load-chunk.js";
import { testAppend, testSchema, testSpec } from "../log.conformance.js";
import type { EntryRef } from "../log.js";
import type { EntryIndex } from "./entry-index.js";
import { noIndex } from "./entry-index.js";
import type { EntryRow } from "./entry-table.js";
import { FaultDisk } from "./fault-disk.js";
import type { SegmentLog } from "./segment-log.js";
import { openSegmentLog } from "./segment-log.js";

interface Sent {
  /** Id of the first row; marks are known by their watermark, which is unique too. */
  readonly id: number;
  readonly times: readonly number[] | null;
  state: "waiting" | "acknowledged" | "rejected";
}

/** An index that outlives crashes and never loses what it promised to keep. */
class KeptIndex implements EntryIndex {
  readonly #rows = new Map<string, EntryRow[]>();

  rows(stream: string, partition: number): EntryRow[] {
    const rows = this.#rows.get(`${stream}/${partition}`) ?? [];
    return [...rows].sort((a, b) => a.segment - b.segment || a.position - b.position);
  }

  async put(stream: string, partition: number, rows: readonly EntryRow[]): Promise<void> {
    const keys = new Set(rows.map((row) => `${row.segment} ${row.position}`));
    const kept = this.rows(stream, partition).filter((row) => !keys.has(`${row.segment} ${row.position}`));
    this.#rows.set(`${stream}/${partition}`, [...kept, ...rows]);
  }

  async remove(stream: string, partition: number, segment: number, position: number, until: number): Promise<void> {
    const stays = (row: EntryRow) =>
      row.segment < segment || (row.segment === segment && row.position < position) || row.segment >= until;
    this.#rows.set(`${stream}/${partition}`, this.rows(stream, partition).filter(stays));
  }

  async settled(): Promise<void> {}
  async close(): Promise<void> {}
}

class Run {
  readonly disk: FaultDisk;
  readonly counts = { appends: 0, acknowledged: 0, rejected: 0, torn: 0, revived: 0, truncates: 0, retains: 0 };
  readonly #random: Random;
  readonly #index: EntryIndex;
  /** For each partition what was sent and may be there, in order. */
  #sent: Sent[][] = [[], []];
  #log!: SegmentLog;
  #machine!: Disk;
  #flying: Promise<unknown>[] = [];
  #id = 0;
  /** Open files of the world before a crash fail everything they are asked; what they say no longer counts. */
  #world = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
    this.disk = new FaultDisk(this.#random);
    this.disk.slowTurnsMax = this.#random.int(0, 6);
    this.#index = this.#random.next() < 0.5 ? noIndex : new KeptIndex();
  }

  async run(steps: number): Promise<void> {
    await this.#open();
    for (let step = 0; step < steps; step++) {
      const dice = this.#random.next();
      if (dice < 0.55) this.#append(this.#random.int(0, 1));
      else if (dice < 0.7) for (let k = this.#random.int(1, 40); k > 0; k--) await undefined;
      else if (dice < 0.8) await this.#check();
      else if (dice < 0.85) this.#fault();
      else if (dice < 0.9) await this.#truncate(this.#random.int(0, 1));
      else if (dice < 0.94) await this.#retain(this.#random.int(0, 1));
      else await this.#crash();
    }
    await this.#crash();
    await this.#check();
    await this.#log.close();
    await this.#open();
    await this.#check();
  }

  #append(partition: number): void {
    this.counts.appends++;
    const times =
      this.#random.next() < 0.2
        ? null
        : Array.from({ length: this.#random.int(1, 5) }, () => this.#random.int(0, 10_000));
    const sent: Sent = { id: this.#id, times, state: "waiting" };
    this.#id += times?.length ?? 1;
    this.#sent[partition]?.push(sent);
    const world = this.#world;
    const request =
      times === null
        ? this.#log.mark([{ stream: "s", partition, watermark: sent.id, appendTime: sent.id, reason: "idle" }])
        : this.#log.append([testAppend("s", partition, times, { id: sent.id, appendTime: sent.id })]);
    const done = (state: Sent["state"]) => () => {
      if (world === this.#world) sent.state = state;
    };
    this.#flying.push(request.then(done("acknowledged"), done("rejected")));
  }

  #fault(): void {
    const dice = this.#random.next();
    if (dice < 0.4) this.disk.failSyncs = this.#random.int(1, 2);
    else if (dice < 0.8) this.disk.failWrites = this.#random.int(1, 2);
    else
      this.disk.capacityBytes = this.disk.capacityBytes === Number.POSITIVE_INFINITY ? 2000 : Number.POSITIVE_INFINITY;
  }

  async #quiet(): Promise<void> {
    await Promise.all(this.#flying);
    this.#flying = [];
    this.disk.failSyncs = this.disk.failWrites = 0;
    this.disk.capacityBytes = Number.POSITIVE_INFINITY;
  }

  async #open(): Promise<void> {
    this.#machine = this.disk.boot();
    const lock = async () => ({ release: async () => {} });
    this.#log = await openSegmentLog(this.#machine, "/data", { segmentBytesMax: 1200, index: this.#index, lock });
    await this.#log.ensure(testSpec("s", 2));
    this.counts.torn += this.#log.opened.torn.length;
    assert.deepEqual(this.#log.opened.damages, [], "a crash is not damage");
  }

  async #crash(): Promise<void> {
    this.#world++;
    if (this.#random.next() < 0.7) this.disk.crash();
    else this.disk.kill();
    this.disk.slowTurnsMax = 0;
    await this.#quiet();
    this.disk.slowTurnsMax = this.#random.int(0, 6);
    await this.#open();
    for (const partition of [0, 1]) await this.#settle(partition);
  }

  /** After a crash: what waited, or was rejected since the last acknowledgement, may be there or not. */
  async #settle(partition: number): Promise<void> {
    const there = new Set((await this.#stored(partition)).map(({ id }) => id));
    const sent = this.#sent[partition] as Sent[];
    const lastAcknowledged = sent.findLastIndex(({ state }) => state === "acknowledged");
    this.#sent[partition] = sent.filter((each, k) => {
      if (each.state === "acknowledged") return true;
      if (!there.has(each.id)) return false;
      assert.ok(each.state === "waiting" || k > lastAcknowledged, `rejected append ${each.id} is in the log`);
      this.counts.revived++;
      each.state = "acknowledged";
      return true;
    });
  }

  async #check(): Promise<void> {
    await this.#quiet();
    for (const partition of [0, 1]) {
      const sent = this.#sent[partition] as Sent[];
      this.counts.rejected += sent.filter(({ state }) => state === "rejected").length;
      const expected = sent.filter(({ state }) => state === "acknowledged");
      this.counts.acknowledged = Math.max(this.counts.acknowledged, expected.length);
      const stored = await this.#stored(partition);
      const missing = expected.length - stored.length;
      assert.ok(missing >= 0, "more is stored than was sent");
      assert.deepEqual(
        stored.map(({ id, times }) => ({ id, times })),
        expected.slice(missing).map(({ id, times }) => ({ id, times })),
      );
      const offset = expected.slice(0, missing).reduce((sum, { times }) => sum + (times?.length ?? 1), 0);
      assert.equal(this.#log.bounds("s", partition).start, offset, "only retained entries are missing");
      checkHighs(
        stored.map(({ ref }) => ref),
        expected.slice(0, missing),
      );
    }
  }

  async #stored(partition: number): Promise<{ id: number; times: number[] | null; ref: EntryRef }[]> {
    const { start, end } = this.#log.bounds("s", partition);
    const stored = [];
    let offset = start;
    for (const ref of this.#log.entries("s", partition, start, end)) {
      assert.equal(ref.from, offset, "offsets without gaps");
      offset = ref.to;
      if (ref.body.kind === "mark") stored.push({ id: ref.body.watermark, times: null, ref });
      else {
        const rows = rowsOf(await loadRows(ref, testSchema, null, this.#machine));
        stored.push({ id: (rows[0] as { id: number }).id, times: rows.map(({ at }) => at as number), ref });
      }
    }
    assert.equal(offset, end);
    return stored;
  }

  async #truncate(partition: number): Promise<void> {
    await this.#check();
    const { start, end } = this.#log.bounds("s", partition);
    const refs = this.#log.entries("s", partition, start, end);
    const to = this.#random.pick([start, ...refs.map((ref) => ref.to)]);
    this.counts.truncates++;
    await this.#log.truncate("s", partition, to);
    const kept = refs.filter((ref) => ref.to <= to).length;
    const sent = (this.#sent[partition] as Sent[]).filter(({ state }) => state === "acknowledged");
    this.#sent[partition] = sent.slice(0, sent.length - (refs.length - kept));
    await this.#check();
  }

  async #retain(partition: number): Promise<void> {
    await this.#check();
    this.counts.retains++;
    const { start, end } = this.#log.bounds("s", partition);
    const keepFrom = this.#random.int(0, end);
    await this.#log.retain("s", partition, { before: this.#random.int(0, this.#id), keepFrom });
    assert.ok(this.#log.bounds("s", partition).start <= Math.max(keepFrom, start));
    await this.#check();
  }
}

/** Recomputes the running highs from all that was ever acknowledged, retained entries included. */
function checkHighs(refs: readonly EntryRef[], before: readonly Sent[]): void {
  let timeHigh = TIME_MIN;
  let markHigh = TIME_MIN;
  for (const { times, id } of before) {
    timeHigh = Math.max(timeHigh, ...(times ?? []));
    if (times === null) markHigh = Math.max(markHigh, id);
  }
  for (const { timeHighBefore, markHighBefore, body } of refs) {
    assert.deepEqual([timeHighBefore, markHighBefore], [timeHigh, markHigh]);
    if (body.kind === "mark") markHigh = Math.max(markHigh, body.watermark);
    else timeHigh = Math.max(timeHigh, body.timeMax);
  }
}

const seeds = Number(process.env.MILLRACE_SEEDS ?? 60);
const first = Number(process.env.MILLRACE_SEED ?? 1);

it(`nothing acknowledged is lost over crashes and faults (${seeds} seeds)`, async (test) => {
  const totals: Record<string, number> = {};
  for (let seed = first; seed < first + seeds; seed++) {
    const run = new Run(seed);
    await run.run(150).catch((error: Error) => {
      error.message = `seed ${seed}: ${error.message}`;
      throw error;
    });
    for (const [name, value] of Object.entries({ ...run.counts, ...run.disk.done }))
      totals[name] = (totals[name] ?? 0) + value;
  }
  test.diagnostic(JSON.stringify(totals));
  if (seeds < 40) return;
  for (const [name, value] of Object.entries(totals)) assert.ok(value > 0, `no ${name}: the test exercised too little`);
});

it("the canary: a disk whose sync does nothing is noticed", async () => {
  let noticed = 0;
  for (let seed = 1; seed <= 10; seed++) {
    const run = new Run(seed);
    run.disk.skipSync = true;
    await run.run(150).catch(() => noticed++);
  }
  assert.ok(noticed > 0);
});
