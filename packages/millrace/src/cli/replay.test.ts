/** Dead letters that are taken after all: once, durably, as they were or corrected. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import type { DeadLetterAnswer } from "../server/answers.js";
import sensors from "./replay.test.module.js";
import type { Served } from "./serve.js";
import { serve } from "./serve.js";

async function started(t: TestContext): Promise<{ open: () => Promise<Sensors> }> {
  const data = await mkdtemp(join(tmpdir(), "millrace-replay-"));
  let running: Served | null = null;
  t.after(async () => {
    await running?.close();
    await rm(data, { recursive: true, force: true });
  });
  return {
    open: async () => {
      await running?.close();
      running = await serve(sensors, { port: 0, data });
      return new Sensors(running);
    },
  };
}

class Sensors {
  readonly #program: Served;

  constructor(program: Served) {
    this.#program = program;
  }

  async putInto(partition: number, line: string): Promise<{ readonly status: number; readonly text: string }> {
    const response = await fetch(`${this.#program.url}/api/streams/readings?partition=${partition}`, {
      method: "POST",
      headers: { "content-type": "application/x-ndjson" },
      body: line,
    });
    return { status: response.status, text: await response.text() };
  }

  async put(...lines: readonly string[]): Promise<void> {
    const response = await fetch(`${this.#program.url}/api/streams/readings`, {
      method: "POST",
      headers: { "content-type": "application/x-ndjson" },
      body: lines.join("\n"),
    });
    assert.equal(response.status, 200);
    await this.#program.settle();
  }

  async letters(query = ""): Promise<readonly DeadLetterAnswer[]> {
    return (await fetch(`${this.#program.url}/api/dead-letters${query}`)).json() as Promise<DeadLetterAnswer[]>;
  }

  /** Status and the answer's rows, or its error's message. */
  async replay(place: string, text?: string): Promise<readonly [number, unknown]> {
    const response = await fetch(`${this.#program.url}/api/dead-letters/${place}/replay`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(text === undefined ? {} : { text }),
    });
    const { rows, error } = (await response.json()) as { rows?: number; error?: { message: string } };
    await this.#program.settle();
    return [response.status, rows ?? error?.message];
  }

  async counts(): Promise<Readonly<Record<string, number>>> {
    const response = await fetch(`${this.#program.url}/api/views/per_sensor`);
    const rows = (await response.json()) as { sensor: string; readings: number }[];
    return Object.fromEntries(rows.map(({ sensor, readings }) => [sensor, readings]));
  }
}

test("a letter corrected is a row of its stream, once, over restarts too", async (t) => {
  const { open } = await started(t);
  let served = await open();
  await served.put('{"sensor":"a","when":1000,"count":1}', '{"sensor":"b","count":2}', '{"when":3000}');
  const [timeless, nameless] = [...(await served.letters())].sort((a, b) => a.offset - b.offset);
  assert.ok(timeless !== undefined && nameless !== undefined);
  assert.match(String(timeless.row.reason), /no event time/);
  // As it came: attributes are not in a column of their own.
  assert.deepEqual(JSON.parse(String(timeless.row.text)), { sensor: "b", count: 2 });
  assert.equal(timeless.replayed, null);

  const place = `0/${timeless.offset}`;
  const [status, reason] = await served.replay(place);
  assert.deepEqual([status, /no event time/.test(String(reason))], [422, true]);
  const [wrong, why] = await served.replay(place, "{");
  assert.deepEqual([wrong, /not JSON/.test(String(why))], [422, true]);
  assert.equal((await served.replay(place, '{"sensor":"b","when":1}\n{"sensor":"b","when":2}'))[0], 422);
  assert.deepEqual([await served.counts(), (await served.letters()).length], [{ a: 1 }, 2], "nothing was taken so far");

  assert.deepEqual(await served.replay(place, '{"sensor":"b","when":2000,"count":2}'), [200, 1]);
  assert.deepEqual(await served.counts(), { a: 1, b: 1 });
  assert.equal((await served.replay(place, '{"sensor":"b","when":2000}'))[0], 409);
  served = await open();
  assert.equal((await served.replay(place, '{"sensor":"c","when":2000}'))[0], 409, "partition or text do not matter");
  assert.deepEqual(await served.counts(), { a: 1, b: 1 });
  const states = new Map((await served.letters()).map(({ offset, replayed }) => [offset, replayed]));
  assert.ok(!Number.isNaN(Date.parse(states.get(timeless.offset) ?? "")));
  assert.equal(states.get(nameless.offset), null);
});

test("of two that replay a letter at once, one does", async (t) => {
  const served = await (await started(t)).open();
  await served.put('{"sensor":"a"}');
  const text = '{"sensor":"a","when":1000,"count":1}';
  const answers = await Promise.all([1, 2, 3].map(() => served.replay("0/0", text)));
  assert.deepEqual(answers.map(([status]) => status).sort(), [200, 409, 409]);
  assert.deepEqual(await served.counts(), { a: 1 });
});

test("what an operator refused is in its stream already; what was cut off has to be sent whole", async (t) => {
  const served = await (await started(t)).open();
  await served.put('{"sensor":"a","when":1000,"count":"none"}', `{"sensor":"${"x".repeat(70_000)}"}`);
  const [refused] = await served.letters("?partition=1");
  assert.ok(refused !== undefined, "an operator refused a row");
  const [status, message] = await served.replay(`1/${refused.offset}`);
  assert.deepEqual([status, /is in its stream already/.test(String(message))], [409, true]);
  const [cut, why] = await served.replay("0/0");
  assert.deepEqual([cut, /only the first 65536 bytes/.test(String(why))], [422, true]);
  assert.equal((await served.replay("0/7"))[0], 404);
});

test("letters are listed page by page", async (t) => {
  const served = await (await started(t)).open();
  await served.put(...Array.from({ length: 7 }, (_, k) => `{"k":${k}}`));
  const seen: unknown[] = [];
  for (let before = 7; before > 0; before -= 3)
    seen.push(...(await served.letters(`?partition=0&before=${before}&limit=3`)).map(({ offset }) => offset));
  assert.deepEqual(seen, [6, 5, 4, 3, 2, 1, 0]);
});

test("a partition can't be chosen where a row's key decides it", async (t) => {
  const { open } = await started(t);
  const sensors = await open();
  const { status, text } = await sensors.putInto(1, '{"when":1767225600000,"sensor":"a"}');
  assert.equal(status, 400);
  assert.match(text, /partitioned by sensor: a row's partition follows from its key/);
});
