/** Snapshots on disk: the form, what damages and crashes make of it, and which are kept. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Disk } from "../../base/disk.js";
import { Random } from "../../base/random.js";
import { FaultDisk } from "../../log/segment/fault-disk.js";
import type { CommitRecord } from "../../view/store.js";
import type { Snapshot, TaskPiece } from "./snapshots.js";
import { FileSnapshots } from "./snapshots.js";

const FOLDER = "/data/state";
const PIECES: readonly TaskPiece[] = [
  { task: 0, operator: "totals/agg", table: "groups", keys: 3, bytes: Buffer.from("three rows, as a chunk") },
  { task: 1, operator: "other/agg", table: "groups", keys: 1, bytes: Buffer.of(0, 255, 1, 254) },
];

function commitOf(epoch: number, plan = "p1"): CommitRecord {
  const at = { "clicks/0": 10 * epoch };
  return {
    epoch,
    plan,
    inputs: at,
    outputs: {},
    watermarks: { "clicks/0": -5 },
    counters: { "in/clicks": epoch },
    hunts: [],
    at: 7,
  };
}

async function* pieces(): AsyncGenerator<TaskPiece> {
  yield* PIECES;
}

async function contentOf(snapshot: Snapshot): Promise<unknown> {
  const found: unknown[] = [];
  for await (const piece of snapshot.pieces()) found.push({ ...piece, bytes: Buffer.from(piece.bytes) });
  return { commit: snapshot.commit, workers: snapshot.workers, found };
}

function contentOfEpoch(epoch: number): unknown {
  return { commit: commitOf(epoch), workers: 2, found: PIECES };
}

async function bytesOf(disk: Disk, path: string): Promise<Buffer> {
  const file = await disk.openRead(path);
  return Buffer.from(await file.read(0, (await disk.size(path)) ?? 0));
}

function pathOf(epoch: number): string {
  return `${FOLDER}/${String(epoch).padStart(16, "0")}.state`;
}

function oldestOf(snapshots: FileSnapshots): number | null {
  return snapshots.oldest?.epoch ?? null;
}

function newDisk(): { machine: FaultDisk; disk: Disk } {
  const machine = new FaultDisk(new Random(1));
  return { machine, disk: machine.boot() };
}

const VERSION_2 = [
  "TVJTVEFURTKeAAAAAAAAAKb2DZ57ImNvbW1pdCI6eyJlcG9jaCI6MywicGxhbiI6InAxIiwiaW5wdXRzIjp7ImNsaWNrcy8wIjozMH0sIm91dH",
  "B1dHMiOnt9LCJ3YXRlcm1hcmtzIjp7ImNsaWNrcy8wIjotNX0sImNvdW50ZXJzIjp7ImluL2NsaWNrcyI6M30sImh1bnRzIjpbXSwiYXQiOjd9",
  "LCJ3b3JrZXJzIjoyfTwAAAAWAAAA+sPxnnsidGFzayI6MCwib3BlcmF0b3IiOiJ0b3RhbHMvYWdnIiwidGFibGUiOiJncm91cHMiLCJrZXlzIj",
  "ozfXRocmVlIHJvd3MsIGFzIGEgY2h1bms7AAAABAAAALrPjaZ7InRhc2siOjEsIm9wZXJhdG9yIjoib3RoZXIvYWdnIiwidGFibGUiOiJncm91",
  "cHMiLCJrZXlzIjoxfQD/Af4VAAAAAAAAAMrBwNx7InBpZWNlcyI6Miwia2V5cyI6NH0=",
].join("");

test("version 2 is written as it was first, and is read for ever", async () => {
  const { disk } = newDisk();
  await new FileSnapshots(disk, FOLDER).save(commitOf(3), 2, pieces());
  const golden = Buffer.from(VERSION_2, "base64");
  assert.equal((await bytesOf(disk, pathOf(3))).toString("base64"), golden.toString("base64"));
  await disk.replace(pathOf(3), golden);
  const read = await new FileSnapshots(disk, FOLDER).load("p1", 3);
  assert.ok(read !== null);
  assert.deepEqual(await contentOf(read), contentOfEpoch(3));
});

describe("damage", () => {
  test("is found in every byte and at every length; the older snapshot is used, and it is said", async () => {
    const { disk } = newDisk();
    const snapshots = new FileSnapshots(disk, FOLDER);
    for (const epoch of [3, 5]) await snapshots.save(commitOf(epoch), 2, pieces());
    const sound = await bytesOf(disk, pathOf(5));
    const damages = [
      ...Array.from(sound, (byte, k) => {
        const bytes = Buffer.from(sound);
        bytes[k] = byte ^ 0x10;
        return bytes;
      }),
      ...Array.from(sound, (_, length) => sound.subarray(0, length)),
      Buffer.concat([sound, Buffer.of(0)]),
      Buffer.from("a snapshot of another release"),
    ];
    for (const [k, bytes] of damages.entries()) {
      await disk.replace(pathOf(5), bytes);
      const warnings: string[] = [];
      const found = await new FileSnapshots(disk, FOLDER, (text) => warnings.push(text)).load("p1", 5);
      assert.equal(found?.commit.epoch, 3, `damage ${k}`);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] as string, /5\.state is damaged: .*, at byte \d+; it is passed over$/);
    }
  });

  test("of both leaves none; what is kept next is what can be read", async () => {
    const { machine, disk } = newDisk();
    const warnings: string[] = [];
    const snapshots = new FileSnapshots(disk, FOLDER, (text) => warnings.push(text));
    for (const epoch of [3, 5]) await snapshots.save(commitOf(epoch), 2, pieces());
    assert.equal(oldestOf(snapshots), 3);
    machine.damage(pathOf(5), 100, 3);
    assert.equal((await snapshots.load("p1", 5))?.commit.epoch, 3);
    assert.equal(oldestOf(snapshots), null, "there is no second one to fall back to");
    await snapshots.save(commitOf(7), 2, pieces());
    assert.equal(oldestOf(snapshots), 3);
    assert.deepEqual(
      await disk.list(FOLDER),
      [3, 7].map((epoch) => pathOf(epoch).slice(FOLDER.length + 1)),
    );
    for (const epoch of [3, 7]) machine.damage(pathOf(epoch), 20, 1);
    assert.equal(await snapshots.load("p1", 7), null);
    assert.equal(warnings.length, 3);
  });
});

test("two are kept, of this plan, none of an epoch that the store does not know", async () => {
  const { disk } = newDisk();
  const snapshots = new FileSnapshots(disk, FOLDER);
  assert.deepEqual([await snapshots.load("p1", 9), oldestOf(snapshots)], [null, null]);
  for (const epoch of [1, 2, 3, 3, 4]) await snapshots.save(commitOf(epoch), 2, pieces());
  assert.equal((await disk.list(FOLDER)).length, 2);
  const again = new FileSnapshots(disk, FOLDER);
  assert.deepEqual([(await again.load("p1", 9))?.commit.epoch, oldestOf(again)], [4, 3]);
  assert.deepEqual([(await again.load("p1", 3))?.commit.epoch, oldestOf(again)], [3, null]);
  assert.equal(await again.load("p2", 9), null);
  await again.clear();
  assert.deepEqual([await disk.list(FOLDER), oldestOf(again)], [[], null]);
});

test("a crash at any moment leaves whole snapshots, the older ones among them", async (context) => {
  let interrupted = 0;
  for (let seed = 1; seed <= 150; seed++) {
    const random = new Random(seed);
    const machine = new FaultDisk(random);
    const first = new FileSnapshots(machine.boot(), FOLDER);
    await first.save(commitOf(3), 2, pieces());
    machine.slowTurnsMax = random.int(1, 5);
    const saving = first.save(commitOf(5), 2, pieces()).then(
      () => true,
      () => false,
    );
    for (let turns = random.int(0, 150); turns > 0; turns--) await undefined;
    if (random.next() < 0.7) machine.crash();
    else machine.kill();
    machine.slowTurnsMax = 0;
    const saved = await saving;
    if (!saved) interrupted++;
    const warnings: string[] = [];
    const snapshots = new FileSnapshots(machine.boot(), FOLDER, (text) => warnings.push(text));
    const found = await snapshots.load("p1", 5);
    assert.ok(found !== null && (!saved || found.commit.epoch === 5), `seed ${seed}`);
    assert.deepEqual(await contentOf(found), contentOfEpoch(found.commit.epoch), `seed ${seed}`);
    assert.deepEqual(warnings, [], `seed ${seed}: what a crash leaves is not damage`);
    await snapshots.save(commitOf(8), 2, pieces());
    assert.equal((await machine.boot().list(FOLDER)).length, 2, `seed ${seed}: nothing unfinished is left`);
  }
  context.diagnostic(`exercised interrupted=${interrupted}`);
  assert.ok(interrupted > 20, `${interrupted}`);
});

test("a full disk leaves what was there, and takes the next one when there is room", async () => {
  const { machine, disk } = newDisk();
  const snapshots = new FileSnapshots(disk, FOLDER);
  await snapshots.save(commitOf(3), 2, pieces());
  machine.capacityBytes = ((await disk.size(pathOf(3))) ?? 0) + 150;
  await assert.rejects(snapshots.save(commitOf(5), 2, pieces()), { code: "DISK", message: /full/ });
  assert.equal((await disk.list(FOLDER)).length, 1, "what was written of it is given back");
  assert.equal((await snapshots.load("p1", 5))?.commit.epoch, 3);
  machine.capacityBytes = Number.POSITIVE_INFINITY;
  await snapshots.save(commitOf(5), 2, pieces());
  assert.equal((await snapshots.load("p1", 5))?.commit.epoch, 5);
});
