/** Files of LMDB that are cut off, zeroed or overwritten: a clear word and what to do, never a process that dies. */
import assert from "node:assert/strict";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { inspectLmdbFile } from "../base/lmdb-file.js";
import { ndjson, salesOf, Workshop } from "./workshop.test.module.js";

const PAGE = 4096;
const MANY = `import { app, stream, t } from "millrace";
const sales = stream("sales", { at: t.timestamp(), id: t.int(), shop: t.string() }, { time: "at" });
const ids = sales.by("id").agg((a) => ({ n: a.count() }), { keep: "forever" }).view("ids");
export default app(import.meta, "till", [ids, sales.filter((e) => e.id % 2 === 0).stream("even")]);
`;

/** Bytes that look like nothing, the same each time. */
function noise(bytes: number): Buffer {
  let x = 12_345;
  return Buffer.from(
    Array.from({ length: bytes }, () => {
      x = (x * 1_103_515_245 + 12_345) % 2_147_483_648;
      return x >>> 16;
    }),
  );
}

const DAMAGES: Readonly<Record<string, (whole: Buffer) => Buffer>> = {
  "cut in half": (whole) => whole.subarray(0, Math.floor(whole.length / 2)),
  "cut within the first page": (whole) => whole.subarray(0, 100),
  zeroed: (whole) => Buffer.alloc(whole.length),
  "its first page overwritten": (whole) => Buffer.concat([noise(PAGE), whole.subarray(PAGE)]),
  "its head overwritten": (whole) => Buffer.concat([noise(2 * PAGE), whole.subarray(2 * PAGE)]),
  "all behind its first pages overwritten": (whole) =>
    Buffer.concat([whole.subarray(0, 2 * PAGE), noise(whole.length - 2 * PAGE)]),
};

describe("damaged files of LMDB", { concurrency: 2 }, () => {
  const workshop = new Workshop({ "app.ts": MANY });
  const run = "run app.ts --in sales=s.ndjson --once --data";
  const rows = 3000;
  before(async () => {
    workshop.write({ "s.ndjson": ndjson(salesOf(rows, 1).map(({ at, shop }, id) => ({ at, id, shop }))) });
    assert.equal((await workshop.millrace(`${run} whole`)).code, 0);
  });
  after(() => workshop.remove());

  for (const [name, damage] of Object.entries(DAMAGES)) {
    const damaged = (part: string): string => {
      const data = `${part} ${name}`.replaceAll(" ", "-");
      cpSync(workshop.path("whole"), workshop.path(data), { recursive: true });
      const file = workshop.path(data, part, "data.mdb");
      writeFileSync(file, damage(readFileSync(file)));
      return data;
    };

    test(`the index, ${name}: doctor says so, SQL and a run go on without it`, async () => {
      const data = damaged("index");
      const doctor = await workshop.millrace(["doctor", "--data", data]);
      assert.deepEqual([doctor.code, doctor.signal], [1, null], doctor.err);
      assert.match(doctor.out, /DAMAGED index: .*\n {2}Nothing is lost: remove .*index, it is made again/);
      assert.equal((await workshop.rows(data, "select count(*)::int as n from sales"))[0].n, rows);
      await workshop.runOnce(`app.ts --in sales=s.ndjson --data ${data}`);
      assert.equal((await workshop.rows(data, "select count(*)::int as n from ids"))[0].n, rows);
      const sound = await workshop.millrace(["doctor", "--data", data]);
      assert.equal(sound.code, 0, sound.out);
    });

    test(`the store, ${name}: every command says so with the remedy, and the remedy helps`, async () => {
      const data = damaged("store");
      for (const command of [["doctor"], ["sql", "select 1"], ...[run.split(" ").slice(0, -1)]]) {
        const { code, signal, out, err } = await workshop.millrace([...command, "--data", data]);
        assert.deepEqual([code, signal], [1, null], `${command[0]}: ${out}${err}`);
        assert.match(out + err, /the store|DAMAGED store/);
        assert.match(out + err, /remove .*store and .*state, then run the program/);
      }
      for (const part of ["store", "state"]) rmSync(workshop.path(data, part), { recursive: true, force: true });
      await workshop.runOnce(`app.ts --in sales=s.ndjson --data ${data}`);
      assert.equal((await workshop.rows(data, "select count(*)::int as n from ids"))[0].n, rows);
      assert.equal((await workshop.rows(data, "select count(*)::int as n from even"))[0].n, rows / 2);
    });
  }

  test("a page deep in the store, which only reading meets: doctor says so and lives", async () => {
    const data = "deep";
    cpSync(workshop.path("whole"), workshop.path(data), { recursive: true });
    const file = workshop.path(data, "store", "data.mdb");
    const whole = readFileSync(file);
    // Every second page behind the first ones, but for the roots: what is opened looks sound.
    for (let page = 4; page < whole.length / PAGE; page += 2) {
      const before = Buffer.from(whole.subarray(page * PAGE, (page + 1) * PAGE));
      noise(PAGE).copy(whole, page * PAGE);
      writeFileSync(file, whole);
      if (inspectLmdbFile(file).kind !== "sound") before.copy(whole, page * PAGE);
    }
    writeFileSync(file, whole);
    const { code, signal, out } = await workshop.millrace(["doctor", "--data", data]);
    assert.deepEqual([code, signal], [1, null]);
    assert.match(out, /DAMAGED store: /);
  });

  test("a file that is written is never taken for a damaged one", () => {
    assert.deepEqual(
      ["index", "store"].map((part) => inspectLmdbFile(workshop.path("whole", part, "data.mdb")).kind),
      ["sound", "sound"],
    );
  });
});
