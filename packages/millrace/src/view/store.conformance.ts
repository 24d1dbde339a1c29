/** What every store does, whatever it is made of. Run by the `*.test.ts` beside each implementation. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Random } from "../base/random.js";
import { schemaOf, t } from "../schema/builder.js";
import { packChanges } from "./packed-changes.js";
import type { CommitRecord, RangeOptions, Store, StoreReader, ViewSpec } from "./store.js";

export interface StoreUnderTest {
  readonly store: Store;
  /** Closes the store and opens it again over what is stored; null when nothing outlives it. */
  readonly reopen: (() => Promise<Store>) | null;
}

export const testView: ViewSpec = { name: "totals", schema: schemaOf({ user: t.string(), n: t.int() }), key: ["user"] };
const otherView: ViewSpec = { ...testView, name: "others" };

export function testRecord(epoch: number): CommitRecord {
  const at = { "clicks/0": epoch * 10 };
  return {
    epoch,
    plan: "abc",
    inputs: at,
    outputs: {},
    watermarks: { "clicks/0": -8_640_000_000_000_000 },
    hunts: [],
    counters: { rows: epoch },
    at: 1_000 + epoch,
  };
}

const bytes = (text: string) => new Uint8Array(Buffer.from(text, "latin1"));
const text = (value: Uint8Array | null) => (value === null ? null : Buffer.from(value).toString("latin1"));
const changes = (view: string, rows: Record<string, string | null>) =>
  packChanges(
    view,
    Object.entries(rows).map(([key, value]) => [bytes(key), value === null ? null : bytes(value)]),
  );
const rows = (reader: StoreReader, view: string, options: RangeOptions = {}) =>
  [...reader.range(view, options)].map(({ key, value }) => `${text(key)}=${text(value)}`);

/** Defines the suite; `make` gives a new, empty store. */
export function storeConformance(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(name, () => {
    let made: StoreUnderTest;
    let store: Store;
    before(async () => {
      made = await make();
      store = made.store;
    });
    after(() => store.close());
    const reopened = async () => {
      if (made.reopen !== null) store = await made.reopen();
    };
    const reading = <T>(use: (reader: StoreReader) => T): T => {
      const reader = store.read();
      const result = use(reader);
      reader.close();
      return result;
    };

    it("is empty at first", async () => {
      assert.equal(store.last(), null);
      assert.deepEqual([...store.journal(0)], []);
      assert.deepEqual(
        reading((reader) => [reader.commit, reader.views()]),
        [null, []],
      );
    });

    it("takes another form of a view before the first commit only", async () => {
      await store.ensure([{ ...testView, key: ["n"] }]);
      await store.ensure([testView, otherView]);
      await reopened();
      assert.deepEqual(
        reading((reader) => reader.views()),
        [otherView, testView],
      );
      await assert.rejects(store.ensure([{ ...testView, name: "bad", key: ["usr"] }]), {
        code: "NAME",
        message: /did you mean "user"/,
      });
    });

    it("commits rows, record and counts together", async () => {
      await store.commit(testRecord(1), [changes("totals", { b: "2", a: "1" }), changes("others", { z: "26" })]);
      await reopened();
      assert.deepEqual(store.last(), testRecord(1));
      reading((reader) => {
        assert.deepEqual(reader.commit, testRecord(1));
        assert.deepEqual(rows(reader, "totals"), ["a=1", "b=2"]);
        assert.deepEqual(rows(reader, "others"), ["z=26"]);
        assert.deepEqual([reader.count("totals"), reader.count("others")], [2, 1]);
        assert.deepEqual([text(reader.get("totals", bytes("a"))), reader.get("totals", bytes("z"))], ["1", null]);
      });
      await assert.rejects(store.ensure([{ ...testView, key: ["n"] }]), {
        code: "NAME",
        message: /by \(user\), not .* by \(n\)/,
      });
    });

    it("deletes by an empty value, and lets later changes of one commit win", async () => {
      const twice = packChanges("totals", [
        [bytes("c"), bytes("3")],
        [bytes("c"), null],
        [bytes("d"), null],
        [bytes("d"), bytes("4")],
        [bytes("a"), bytes("11")],
        [bytes("b"), null],
        [bytes("none"), null],
      ]);
      await store.commit(testRecord(2), [twice]);
      reading((reader) => {
        assert.deepEqual(rows(reader, "totals"), ["a=11", "d=4"]);
        assert.equal(reader.count("totals"), 2);
      });
    });

    it("gives a reader one commit, whole, whatever is committed meanwhile", async () => {
      const reader = store.read();
      const again = store.read();
      await store.commit(testRecord(3), [changes("totals", { a: null, e: "5" }), changes("others", { y: "25" })]);
      const newer = store.read();
      await store.commit(testRecord(4), [changes("totals", { f: "6" })]);
      assert.deepEqual([reader.commit?.epoch, newer.commit?.epoch, store.last()?.epoch], [2, 3, 4]);
      for (const old of [reader, again])
        assert.deepEqual(
          [rows(old, "totals"), rows(old, "others"), old.count("totals")],
          [["a=11", "d=4"], ["z=26"], 2],
        );
      again.close();
      assert.equal(text(reader.get("totals", bytes("a"))), "11");
      assert.deepEqual(rows(newer, "totals"), ["d=4", "e=5"]);
      reader.close();
      newer.close();
      assert.deepEqual(
        reading((last) => rows(last, "totals")),
        ["d=4", "e=5", "f=6"],
      );
    });

    it("reads ranges: from inclusive, to exclusive, limited, reversed", async () => {
      reading((reader) => {
        const keys = (options: { from?: string; to?: string; limit?: number; reverse?: boolean }) => {
          const { from, to, ...rest } = options;
          const range = reader.range("totals", {
            ...rest,
            ...(from === undefined ? {} : { from: bytes(from) }),
            ...(to === undefined ? {} : { to: bytes(to) }),
          });
          return [...range].map(({ key }) => text(key)).join("");
        };
        assert.deepEqual(
          [keys({ from: "e" }), keys({ to: "e" }), keys({ from: "d", to: "f" }), keys({ from: "d0", to: "e0" })],
          ["ef", "d", "de", "e"],
        );
        assert.deepEqual(
          [keys({ limit: 2 }), keys({ limit: 0 }), keys({ from: "f", to: "d" }), keys({ from: "e", to: "e" })],
          ["de", "", "", ""],
        );
        assert.deepEqual(
          [keys({ reverse: true }), keys({ reverse: true, limit: 1 }), keys({ reverse: true, from: "e" })],
          ["fed", "f", "fe"],
        );
        assert.deepEqual(
          [
            keys({ reverse: true, to: "f" }),
            keys({ reverse: true, from: "d", to: "f" }),
            keys({ reverse: true, to: "zz" }),
          ],
          ["ed", "ed", "fed"],
        );
      });
    });

    it("keeps the journal until it is trimmed", async () => {
      const epochs = (after: number) => [...store.journal(after)].map(({ epoch }) => epoch);
      assert.deepEqual([epochs(0), epochs(2), epochs(4)], [[1, 2, 3, 4], [3, 4], []]);
      await store.trimJournal(3);
      await reopened();
      assert.deepEqual(epochs(0), [4]);
      assert.equal(store.last()?.epoch, 4);
    });

    it("keeps marks of each owner, over a clear", async () => {
      const key = (text: string): Uint8Array => Buffer.from(text);
      await store.mark("a", [
        [key("x"), key("1")],
        [key("y".repeat(5000)), key("2")],
      ]);
      await store.mark("b", [[key("x"), key("3")]]);
      await store.mark("a", [[key("x"), key("4")]]);
      await store.mark("b", [[key("none"), null]]);
      const marks = (owner: string): string[] =>
        Array.from(store.marks(owner), ([k, mark]) => `${Buffer.from(k).length} ${Buffer.from(mark)}`).sort();
      await reopened();
      assert.deepEqual([marks("a"), marks("b"), marks("c")], [["1 4", "5000 2"], ["1 3"], []]);
      await store.mark("a", [[key("x"), null]]);
      assert.deepEqual(marks("a"), ["5000 2"]);
    });

    it("refuses an epoch out of turn and a view it does not have", async () => {
      await assert.rejects(store.commit(testRecord(6), []), /epoch 6 committed where 5 was due/);
      await assert.rejects(store.commit(testRecord(5), [changes("totls", { a: "1" })]), {
        code: "NAME",
        message: /did you mean "totals"/,
      });
      assert.throws(() => reading((reader) => reader.get("totls", bytes("a"))), { code: "NAME" });
    });

    it("does as a sorted map does, long keys too (seeded)", async () => {
      const random = new Random(5);
      await store.clear();
      assert.deepEqual(
        [store.last(), [...store.journal(0)], reading((reader) => reader.count("totals"))],
        [null, [], 0],
      );
      const model = new Map<string, string>();
      const prefix = "p".repeat(1898);
      const randomKey = () =>
        random.pick(["", "\0", "\xff", "k", prefix, `${prefix}pp`, `${prefix}ppp`]) +
        random.pick(["", "a", "\0", "\xff\xff"]) +
        random.int(0, 6);
      for (let epoch = 1; epoch <= 40; epoch++) {
        const change = Array.from(
          { length: random.int(0, 12) },
          () => [randomKey(), random.next() < 0.4 ? null : `v${random.int(0, 99)}`] as const,
        );
        for (const [key, value] of change) value === null ? model.delete(key) : model.set(key, value);
        await store.commit(testRecord(epoch), [
          packChanges(
            "totals",
            change.map(([key, value]) => [bytes(key), value === null ? null : bytes(value)]),
          ),
        ]);
        const sorted = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
        const [from, to, limit] = [randomKey(), randomKey(), random.int(0, 9)];
        const inside = sorted.filter(([key]) => key >= from && key < to);
        const show = (entries: readonly (readonly [string, string])[]) =>
          entries.map(([key, value]) => `${key}=${value}`);
        reading((reader) => {
          assert.deepEqual(rows(reader, "totals"), show(sorted));
          assert.deepEqual(
            rows(reader, "totals", { from: bytes(from), to: bytes(to), limit }),
            show(inside.slice(0, limit)),
          );
          assert.deepEqual(
            rows(reader, "totals", { from: bytes(from), to: bytes(to), reverse: true, limit }),
            show(inside.toReversed().slice(0, limit)),
          );
          assert.equal(reader.count("totals"), model.size);
          const key = randomKey();
          assert.equal(text(reader.get("totals", bytes(key))), model.get(key) ?? null);
        });
      }
    });

    it("clears rows, journal and record, and takes the changed program's views then", async () => {
      const old = store.read();
      await store.clear();
      assert.equal(old.commit?.epoch, 40);
      old.close();
      await store.ensure([{ ...testView, key: ["n", "user"] }]);
      await store.commit(testRecord(1), [changes("totals", { q: "1" })]);
      await reopened();
      assert.deepEqual(
        reading((reader) => [reader.commit?.epoch, rows(reader, "totals"), rows(reader, "others")]),
        [1, ["q=1"], []],
      );
    });
  });
}
