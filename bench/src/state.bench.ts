/**
 * Keyed state of one thread over the log in memory, beside loops over typed arrays written by hand.
 *
 * Sketch: 20 million rows of 12 or 20 bytes, 1,000 keys, windows of 60,000 rows. By hand: a division for the window, a
 * hash table of open addressing, one or two additions, some 12 ns a row. Measured is `settle`: reading the chunks, the
 * watermark of every row, the state, and the rows of each window that closes, encoded and committed.
 */
import type { App, Embedded } from "millrace";
import { embed } from "millrace";
import { quantile, secondsOf } from "./measure.js";
import minuteCounts from "./minute-counts-app.js";
import minuteSums from "./minute-sums-app.js";
import type { Readings } from "./readings.js";
import { KEYS, pushReadings, readings, STARTED_MS } from "./readings.js";
import type { Bench, Result, Size } from "./result.js";
import { expectSame, rateResult } from "./result.js";
import sites from "./sites-app.js";

const SITES = 20;
const MINUTE_MS = 60_000;
const WORD = 4_294_967_296;

interface Answer {
  readonly rows: number;
  readonly events: number;
  readonly total: number;
}

interface Case {
  readonly name: string;
  readonly program: App;
  readonly rows: number;
  readonly view: string;
  prepare?(running: Embedded): Promise<void>;
  byHand(pieces: readonly Readings[]): Answer;
}

const CASES: readonly Case[] = [
  {
    name: "count",
    program: minuteCounts,
    rows: 20_000_000,
    view: "per_minute",
    byHand: (pieces) => group(pieces, null),
  },
  {
    name: "count and sum",
    program: minuteSums,
    rows: 20_000_000,
    view: "per_minute",
    byHand: (pieces) => group(pieces, (value) => value),
  },
  {
    name: "lookup, count and sum",
    program: sites,
    rows: 4_000_000,
    view: "per_site",
    prepare: (running) => running.push("sensors", sensors()),
    byHand: joined,
  },
];

export const state: Bench = {
  name: "state",
  about: "tumbling aggregates by key and a lookup over the log in memory, one thread, beside loops written by hand",
  async run(size) {
    const results: Result[] = [];
    for (const each of CASES) results.push(await compare(each, size));
    return results;
  },
};

async function compare({ name, program, rows: full, view, prepare, byHand }: Case, size: Size): Promise<Result> {
  const rows = size === "tiny" ? 20_000 : full;
  const pieces = [...readings(0, rows)];
  const times = { ours: [] as number[], reference: [] as number[] };
  for (let round = 0; round < (size === "tiny" ? 1 : 3); round++) {
    let expected: Answer = { rows: 0, events: 0, total: 0 };
    times.reference.push(
      await secondsOf(() => {
        expected = byHand(pieces);
      }),
    );
    times.ours.push(await settle(program, rows, view, expected, prepare));
  }
  const seconds = { ours: quantile(times.ours, 0.5), reference: quantile(times.reference, 0.5) };
  return rateResult({ bench: "state", case: name, referenceName: "loop by hand" }, "M rows/s", rows / 1e6, seconds);
}

/** Seconds that the engine takes for rows that are in its log. */
async function settle(
  program: App,
  rows: number,
  view: string,
  expected: Answer,
  prepare: Case["prepare"],
): Promise<number> {
  const running = await embed(program);
  try {
    await prepare?.(running);
    await running.settle();
    await pushReadings(running, "readings", 0, rows);
    await running.endInput();
    const seconds = await secondsOf(() => running.settle());
    const found = running.view(view);
    expectSame("rows", found.length, expected.rows);
    expectSame(
      "events",
      found.reduce((sum, row) => sum + Number(row.events), 0),
      expected.events,
    );
    expectSame(
      "total",
      found.reduce((sum, row) => sum + Number(row.total ?? 0), 0),
      expected.total,
    );
    return seconds;
  } finally {
    await running.close();
  }
}

function sensors(): { sensor: number; site: string; factor: number }[] {
  return Array.from({ length: KEYS }, (_, sensor) => ({ sensor, site: `site ${sensor % SITES}`, factor: sensor % 3 }));
}

/** Groups by minute and key in one hash table. */
class Groups {
  count = 0;
  minutes = new Float64Array(1024);
  keys = new Int32Array(1024);
  events = new Float64Array(1024);
  totals = new Float64Array(1024);
  #slots = new Int32Array(4096);

  find(minute: number, key: number): number {
    const mask = this.#slots.length - 1;
    let slot = Math.imul(Math.imul(minute, 0x9e3779b1) ^ key, 0x85ebca6b);
    slot = (slot ^ (slot >>> 15)) & mask;
    for (;;) {
      const group = (this.#slots[slot] as number) - 1;
      if (group < 0) break;
      if (this.keys[group] === key && this.minutes[group] === minute) return group;
      slot = (slot + 1) & mask;
    }
    return this.#insert(minute, key, slot);
  }

  #insert(minute: number, key: number, slot: number): number {
    const group = this.count++;
    if (group === this.keys.length) {
      const grow = <A extends Float64Array | Int32Array>(from: A, to: A): A => {
        to.set(from);
        return to;
      };
      this.minutes = grow(this.minutes, new Float64Array(2 * group));
      this.keys = grow(this.keys, new Int32Array(2 * group));
      this.events = grow(this.events, new Float64Array(2 * group));
      this.totals = grow(this.totals, new Float64Array(2 * group));
    }
    this.minutes[group] = minute;
    this.keys[group] = key;
    this.#slots[slot] = group + 1;
    if (4 * this.count <= this.#slots.length) return group;
    const slots = new Int32Array(4 * this.#slots.length);
    const mask = slots.length - 1;
    for (let g = 0; g < this.count; g++) {
      let at = Math.imul(Math.imul(this.minutes[g] as number, 0x9e3779b1) ^ (this.keys[g] as number), 0x85ebca6b);
      at = (at ^ (at >>> 15)) & mask;
      while (slots[at] !== 0) at = (at + 1) & mask;
      slots[at] = g + 1;
    }
    this.#slots = slots;
    return group;
  }
}

function group(pieces: readonly Readings[], weigh: ((value: number) => number) | null): Answer {
  const groups = new Groups();
  for (const { length, at, key, value } of pieces)
    for (let i = 0; i < length; i++) {
      const time = (at[2 * i + 1] as number) * WORD + ((at[2 * i] as number) >>> 0);
      const found = groups.find(Math.floor((time - STARTED_MS) / MINUTE_MS), key[i] as number);
      groups.events[found] = (groups.events[found] as number) + 1;
      if (weigh !== null) groups.totals[found] = (groups.totals[found] as number) + weigh(value[i] as number);
    }
  return answerOf(groups);
}

function joined(pieces: readonly Readings[]): Answer {
  const sites = new Int32Array(KEYS);
  const factors = new Float64Array(KEYS);
  for (let sensor = 0; sensor < KEYS; sensor++) {
    sites[sensor] = sensor % SITES;
    factors[sensor] = sensor % 3;
  }
  const groups = new Groups();
  for (const { length, at, key, value } of pieces)
    for (let i = 0; i < length; i++) {
      const time = (at[2 * i + 1] as number) * WORD + ((at[2 * i] as number) >>> 0);
      const sensor = key[i] as number;
      const found = groups.find(Math.floor((time - STARTED_MS) / MINUTE_MS), sites[sensor] as number);
      groups.events[found] = (groups.events[found] as number) + 1;
      groups.totals[found] = (groups.totals[found] as number) + (value[i] as number) * (factors[sensor] as number);
    }
  return answerOf(groups);
}

function answerOf({ count, events, totals }: Groups): Answer {
  const sum = (values: Float64Array): number => values.subarray(0, count).reduce((total, value) => total + value, 0);
  return { rows: count, events: sum(events), total: sum(totals) };
}
