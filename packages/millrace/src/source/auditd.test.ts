/** The audit daemon's log: records joined to events, cut and mixed in every way. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { schemaOf, t } from "../schema/builder.js";
import { auditdDecoder } from "./auditd.js";
import type { DecoderOptions } from "./decoder.js";
import { read, rowOf, whyNot } from "./text-formats.test.module.js";

const stamp = (number: number, seconds = 1_767_225_600): string => `msg=audit(${seconds}.243:${number}):`;
const SYSCALL =
  'arch=c000003e syscall=59 success=yes exit=0 a0=55d a1=7f items=2 pid=7 comm="cat" exe="/usr/bin/cat" key="passwd"';
const event = (number: number, seconds?: number): string[] => [
  `type=SYSCALL ${stamp(number, seconds)} ${SYSCALL}\x1dARCH=x86_64 SYSCALL=execve AUID="ada"\n`,
  `type=EXECVE ${stamp(number, seconds)} argc=3 a0="cat" a1=2F746D702F6120C3A9 a2="-n"\n`,
  `type=CWD ${stamp(number, seconds)} cwd="/srv/ada"\n`,
  `type=PATH ${stamp(number, seconds)} item=0 name="/usr/bin/cat" inode=1 nametype=NORMAL\n`,
  `type=PATH ${stamp(number, seconds)} item=1 name=(null) inode=2 nametype=NORMAL\n`,
  `type=PATH ${stamp(number, seconds)} item=2 name="/lib/ld.so" inode=3 nametype=NORMAL\n`,
  `type=PROCTITLE ${stamp(number, seconds)} proctitle=636174002F746D702F6120C3A9\n`,
];
const ROW = {
  timestamp: "2026-01-01T00:00:00.243Z",
  sequence: "1",
  type: "SYSCALL",
  types: ["SYSCALL", "EXECVE", "CWD", "PATH", "PATH", "PATH", "PROCTITLE"],
  arch: "c000003e",
  syscall: "59",
  success: "yes",
  exit: "0",
  a0: "55d",
  a1: "7f",
  items: "2",
  pid: "7",
  comm: "cat",
  exe: "/usr/bin/cat",
  key: "passwd",
  ARCH: "x86_64",
  SYSCALL: "execve",
  AUID: "ada",
  argc: "3",
  argv: ["cat", "/tmp/a é", "-n"],
  "execve.a0": "cat",
  "execve.a1": "/tmp/a é",
  "execve.a2": "-n",
  cwd: "/srv/ada",
  item: "0",
  name: "/usr/bin/cat",
  inode: "1",
  nametype: "NORMAL",
  "path.item": ["1", "2"],
  "path.name": "/lib/ld.so",
  "path.inode": ["2", "3"],
  "path.nametype": ["NORMAL", "NORMAL"],
  proctitle: "cat /tmp/a é",
};
const records = (options: DecoderOptions) => auditdDecoder({ ...options, join: false });

describe("auditd", () => {
  test("records of an event are one row, with everything that is in them", () => {
    assert.deepEqual(rowOf(auditdDecoder, event(1).join("")), ROW);
  });

  test("or each record is a row", () => {
    const { rows } = read(records, event(1).join(""));
    assert.deepEqual(
      rows.map(({ type }) => type),
      ROW.types,
    );
    assert.deepEqual(rows[1], {
      timestamp: ROW.timestamp,
      sequence: "1",
      type: "EXECVE",
      argc: "3",
      a0: "cat",
      a1: "/tmp/a é",
      a2: "-n",
    });
  });

  test("what programs wrote is an event of one record; its own fields are fields", () => {
    const line = `node=web1 type=USER_LOGIN ${stamp(9)} pid=1 uid=0 msg='op=login acct="ada" exe="/usr/sbin/sshd" hostname=? addr=10.0.0.1 terminal=ssh res=failed'\n`;
    assert.deepEqual(rowOf(auditdDecoder, line), {
      timestamp: ROW.timestamp,
      sequence: "9",
      type: "USER_LOGIN",
      types: ["USER_LOGIN"],
      node: "web1",
      pid: "1",
      uid: "0",
      op: "login",
      acct: "ada",
      exe: "/usr/sbin/sshd",
      hostname: "?",
      addr: "10.0.0.1",
      terminal: "ssh",
      res: "failed",
    });
  });

  test("events that lie between each other come in the order in which they began", () => {
    const [a, b] = [event(1), event(2)];
    const mixed = [a[0], b[0], a[1], b[1], ...b.slice(2), `type=USER_END ${stamp(3)} x=1\n`, ...a.slice(2)].join("");
    const { rows, counts } = read(auditdDecoder, mixed);
    assert.deepEqual(
      rows.map(({ sequence, types }) => [sequence, (types as string[]).length]),
      [
        ["1", 7],
        ["2", 7],
        ["3", 1],
      ],
    );
    assert.equal(counts.continued, 12);
  });

  test("an event without an end is over with a record two seconds younger, with the input, or when nothing comes", () => {
    const head = (n: number, s: number): string => `type=SYSCALL ${stamp(n, 1_767_225_600 + s)} pid=${n}\n`;
    const path = `type=PATH ${stamp(1, 1_767_225_600)} name="x"\n`;
    const { rows } = read(auditdDecoder, head(1, 0) + head(2, 1) + path + head(3, 2) + path + head(4, 9));
    assert.deepEqual(
      rows.map(({ sequence, type }) => `${sequence} ${type}`),
      ["1 SYSCALL", "2 SYSCALL", "3 SYSCALL", "1 PATH", "4 SYSCALL"],
    );
    const decoder = auditdDecoder({ schema: schemaOf({ rest: t.open() }) });
    decoder.push(Buffer.from(`${head(1, 0)}type=PATH`));
    decoder.flush();
    assert.equal(decoder.take().length, 0);
    decoder.settle();
    const [settled] = decoder.take();
    assert.deepEqual([settled?.batch.length, settled?.position], [1, head(1, 0).length]);
  });

  test("values in hex that are no text stay as they are, numbers too", () => {
    const line = `type=SYSCALL ${stamp(1)} a0=55 comm=FFFE name=6B6579 exit=42 key=C3\n`;
    const { comm, name, a0, exit, key } = rowOf(auditdDecoder, line);
    assert.deepEqual([comm, name, a0, exit, key], ["FFFE", "key", "55", "42", "C3"]);
  });

  test("what is malformed is a dead row, and the event around it is whole", () => {
    assert.match(whyNot(auditdDecoder, "type=SYSCALL msg=audit(x:1): a=1"), /begins with type=… msg=audit/);
    const lines = event(1);
    const { rows, dead } = read(auditdDecoder, [lines[0], "garbage\n", ...lines.slice(1)].join(""));
    assert.deepEqual(rows, [ROW]);
    assert.deepEqual(
      dead.map(({ line, bytes }) => [line, Buffer.from(bytes).toString()]),
      [[2, "garbage"]],
    );
    const long = `type=SYSCALL ${stamp(2)} key="${"x".repeat(200_000)}"\n`;
    assert.match(read(auditdDecoder, `${lines.join("")}${long}`).dead[0]?.reason ?? "", /the limit is 131072/);
  });

  test("a flood of events that never end is cut into runs, in bounded memory", () => {
    const flood = Array.from({ length: 9000 }, (_, k) => `type=SYSCALL ${stamp(k)} pid=${k}\n`).join("");
    const { rows } = read(auditdDecoder, flood, { piece: 10_000 });
    assert.equal(rows.length, 9000);
  });

  test("rows and batches do not depend on cuts; read again from where a batch began, it is the same", () => {
    const line = fc.oneof(
      fc
        .tuple(fc.integer({ min: 1, max: 4 }), fc.nat(6), fc.nat(3))
        .map(([n, k, s]) => event(n, 1_767_225_600 + s)[k] as string),
      fc.constantFrom("\n", "nothing\n", `type=EOE ${stamp(2)}\n`, `type=CRED_ACQ ${stamp(3)} x=1\r\n`),
    );
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 40 }),
        fc.integer({ min: 1, max: 700 }),
        fc.integer({ min: 1, max: 9 }),
        (lines, piece, rowsMax) => {
          const text = lines.join("");
          const whole = read(auditdDecoder, text, { rowsMax });
          assert.deepEqual(read(auditdDecoder, text, { rowsMax, piece }), whole);
          const first = auditdDecoder({ schema: schemaOf({ rest: t.open() }), rowsMax });
          first.push(Buffer.from(text));
          const [batch] = first.take();
          if (batch === undefined) return;
          const again = read(auditdDecoder, Buffer.from(text).subarray(0, batch.position));
          const rest = read(auditdDecoder, Buffer.from(text).subarray(batch.position));
          assert.deepEqual([...again.rows, ...rest.rows], whole.rows);
        },
      ),
      { numRuns: Number(process.env.MILLRACE_RUNS ?? 200) },
    );
  });
});
