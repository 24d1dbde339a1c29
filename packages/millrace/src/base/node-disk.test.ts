import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import type { MillraceError } from "./errors.js";
import { diskError, nodeDisk } from "./node-disk.js";

const folder = await mkdtemp(join(tmpdir(), "millrace-disk-"));
after(() => rm(folder, { recursive: true, force: true }));

describe("node disk", () => {
  it("creates files with their folders, writes parts in a row, reads, truncates", async () => {
    const path = join(folder, "a/b/c.seg");
    const file = await nodeDisk.open(path);
    await file.write(
      0,
      Array.from({ length: 3000 }, (_, k) => Buffer.from([k & 255])),
    );
    await file.write(3000, [Buffer.from("end"), Buffer.alloc(0), Buffer.from("!")]);
    await file.sync();
    assert.equal(await nodeDisk.size(path), 3004);
    assert.equal(Buffer.from(await file.read(2998, 100)).toString("latin1"), "\xb6\xb7end!");
    assert.equal((await file.read(5000, 10)).length, 0);
    await file.truncate(2);
    assert.deepEqual([...(await file.read(0, 10))], [0, 1]);
    await file.close();
    const again = await nodeDisk.open(path);
    assert.equal((await again.read(0, 10)).length, 2);
    await again.close();
  });

  it("lists by name, and knows what is not there", async () => {
    for (const name of ["z", "b", "x"]) await (await nodeDisk.open(join(folder, "list", name))).close();
    assert.deepEqual(await nodeDisk.list(join(folder, "list")), ["b", "x", "z"]);
    await nodeDisk.remove(join(folder, "list/x"));
    await nodeDisk.remove(join(folder, "list/x"));
    assert.deepEqual(await nodeDisk.list(join(folder, "list")), ["b", "z"]);
    assert.deepEqual([await nodeDisk.list(join(folder, "no")), await nodeDisk.size(join(folder, "no"))], [[], null]);
    await assert.rejects(nodeDisk.openRead(join(folder, "no")), { code: "DISK", message: /\/no: is not there/ });
  });

  it("replaces whole files and leaves nothing else behind", async () => {
    const path = join(folder, "replaced/spec.json");
    await nodeDisk.replace(path, Buffer.from("one"));
    await nodeDisk.replace(path, Buffer.from("2"));
    assert.equal(await readFile(path, "utf8"), "2");
    assert.deepEqual(await nodeDisk.list(join(folder, "replaced")), ["spec.json"]);
  });

  it("renames over what was there", async () => {
    const [from, to] = [join(folder, "renamed/new"), join(folder, "renamed/old")];
    await nodeDisk.replace(from, Buffer.from("new"));
    await nodeDisk.replace(to, Buffer.from("old"));
    await nodeDisk.rename(from, to);
    assert.equal(await readFile(to, "utf8"), "new");
    assert.deepEqual(await nodeDisk.list(join(folder, "renamed")), ["old"]);
    await assert.rejects(nodeDisk.rename(from, to), { code: "DISK", message: /renamed\/new: is not there/ });
  });

  it("says what the system refused, and what to do", async () => {
    await mkdir(join(folder, "is-folder"));
    await writeFile(join(folder, "is-file"), "");
    await symlink("round", join(folder, "round"));
    for (const [path, message] of [
      ["is-folder", /is-folder: is a folder, not a file$/],
      ["is-file/below", /below: a part of the path is a file, not a folder$/],
      ["round", /round: its links lead round in a circle$/],
      ["x".repeat(300), /x: the path is too long for the file system$/],
    ] as const)
      await assert.rejects(nodeDisk.open(join(folder, path)), (error: MillraceError) => {
        assert.match(error.message, message);
        return error.code === "DISK" && error.hint !== undefined;
      });
    for (const code of ["ENOSPC", "EDQUOT", "EFBIG", "EACCES", "EPERM", "EROFS", "EIO", "EMFILE", "ENFILE"]) {
      const { message, hint } = diskError("/x", Object.assign(new Error(`${code}: text`), { code }));
      assert.ok(!message.includes(code) && hint !== undefined, `${code}: ${message}`);
    }
  });

  it("reports a full device as such", {
    skip: process.platform === "linux" ? false : "/dev/full is Linux's",
  }, async () => {
    const file = await nodeDisk.open("/dev/full");
    await assert.rejects(file.write(0, [Buffer.from("x")]), { code: "DISK", message: /\/dev\/full: the disk is full/ });
    await file.close();
  });
});
