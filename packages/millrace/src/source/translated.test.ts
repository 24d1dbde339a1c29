/** Zeek's logs and the audit log: golden lines, headers that come again, bad lines, and whatever else may stand there. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { rowsOf } from "../batch/read.js";
import { schemaOf, t } from "../schema/builder.js";
import type { Open } from "../schema/types.js";
import { auditRecords } from "./auditd.js";
import type { Decoder } from "./decoder.js";
import { translatedDecoder } from "./translated.js";
import { ZeekHeader, ZeekLog } from "./zeek.js";

const OPEN = schemaOf({ line: t.int().from("$line"), rest: t.open() });

function decoded(decoder: Decoder, text: string | Uint8Array, size = Number.POSITIVE_INFINITY) {
  const bytes = Buffer.from(text as string);
  for (let at = 0; at < bytes.length; at += size) decoder.push(bytes.subarray(at, at + size));
  decoder.end();
  const parts = decoder.take();
  const dead = parts.flatMap((part) =>
    part.dead.map(({ line, reason, bytes: raw }) => ({ line, reason, bytes: Buffer.from(raw).toString() })),
  );
  return { rows: parts.flatMap(({ batch }) => rowsOf(batch)), dead, counts: decoder.counts };
}

/** Open attributes as an object of texts. */
function attributes(row: Readonly<Record<string, unknown>>): Record<string, string | null> {
  const rest = row.rest as Open;
  return Object.fromEntries(rest.names().map((name) => [name, rest.text(name)]));
}

const CONN = `#separator \\x09
#set_separator\t,
#empty_field\t(empty)
#unset_field\t-
#path\tconn
#open\t2026-01-01-00-00-00
#fields\tts\tuid\tid.orig_h\tid.orig_p\tservice\tlocal_orig\torig_bytes\ttunnel_parents\thistory
#types\ttime\tstring\taddr\tport\tstring\tbool\tcount\tset[string]\tstring
1767225600.123456\tCk1\t10.0.0.1\t52311\tdns\tT\t18446744073709551615\t(empty)\tD\\x09d
1767225601.5\tCk2\t::1\t53\t-\tF\t-\tCa,Cb\t-
`;

describe("Zeek", () => {
  test("a row is what Zeek's JSON would be", () => {
    const { rows, dead } = decoded(
      translatedDecoder({ schema: OPEN }, new ZeekLog()),
      `${CONN}#close\t2026-01-01-01-00-00\n`,
    );
    assert.deepEqual(dead, []);
    assert.deepEqual(rows.map(attributes), [
      {
        _path: "conn",
        ts: "1767225600.123456",
        uid: "Ck1",
        "id.orig_h": "10.0.0.1",
        "id.orig_p": "52311",
        service: "dns",
        local_orig: "true",
        orig_bytes: "18446744073709551615",
        tunnel_parents: "[]",
        history: "D\td",
      },
      {
        _path: "conn",
        ts: "1767225601.5",
        uid: "Ck2",
        "id.orig_h": "::1",
        "id.orig_p": "53",
        local_orig: "false",
        tunnel_parents: '["Ca","Cb"]',
      },
    ]);
    assert.equal(((rows[1] as (typeof rows)[number]).rest as Open).number("ts"), 1767225601.5);
    assert.deepEqual(
      rows.map(({ line }) => line),
      [9, 10],
    );
  });

  test("declared columns and nested names are found", () => {
    const schema = schemaOf({
      ts: t.float64(),
      host: t.string().from("id.orig_h"),
      bytes: t.int().from("orig_bytes").optional(),
    });
    const { rows, dead } = decoded(translatedDecoder({ schema }, new ZeekLog()), CONN);
    assert.deepEqual(rows, [{ ts: 1767225601.5, host: "::1", bytes: null }]);
    assert.match(dead[0]?.reason ?? "", /bytes/);
  });

  test("another header takes over; lines that do not fit it are dead, and those after them are rows", () => {
    const text = `${CONN}too\tfew\n1\tC3\t10.0.0.2\tport\tdns\tT\t1\t(empty)\tD\n#path\tdns\n#fields\tts\tquery\n#types\ttime\tstring\n5\texample.org\n`;
    const { rows, dead, counts } = decoded(translatedDecoder({ schema: OPEN }, new ZeekLog()), text);
    assert.deepEqual(attributes(rows[2] as never), { _path: "dns", ts: "5", query: "example.org" });
    assert.deepEqual(
      dead.map(({ line, reason }) => [line, reason]),
      [
        [11, "the line has 2 fields, its header names 9"],
        [12, 'field id.orig_p: "port" is not of its type'],
      ],
    );
    assert.equal(counts.lines, counts.rows + counts.dead + counts.blank);
  });

  test("reading goes on behind a header that was read before", () => {
    const cut = CONN.indexOf("1767225601.5");
    for (const size of [1, 7, 4096]) {
      const header = new ZeekHeader();
      const bytes = Buffer.from(CONN);
      for (let at = 0; at < cut; at += size) header.push(bytes.subarray(at, Math.min(cut, at + size)));
      const { rows } = decoded(
        translatedDecoder({ schema: OPEN, position: cut, line: 9 }, header.log),
        CONN.slice(cut),
      );
      assert.deepEqual(
        rows.map((row) => [row.line, attributes(row).uid]),
        [[10, "Ck2"]],
      );
    }
  });

  test("without a header it says so", () => {
    const { dead } = decoded(translatedDecoder({ schema: OPEN }, new ZeekLog()), '{"ts":1}\n');
    assert.match(dead[0]?.reason ?? "", /no header/);
  });
});

describe("the audit log", () => {
  const take = (line: string): Record<string, string | null> => {
    const { rows, dead } = decoded(translatedDecoder({ schema: OPEN }, auditRecords), `${line}\n`);
    assert.deepEqual(dead, []);
    return attributes(rows[0] as never);
  };
  const STAMP = { "@timestamp": "2013-03-28T14:36:03.243Z", serial: "24287" };

  test("system calls: numbers as they are, names in hex as text", () => {
    assert.deepEqual(
      take(
        'type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e syscall=2 success=no exit=-13 a0=7fffd19c5592 a1=0 comm="cat" exe=2F746D702F61206220 key=(null)',
      ),
      {
        type: "SYSCALL",
        ...STAMP,
        arch: "c000003e",
        syscall: "2",
        success: "no",
        exit: "-13",
        a0: "7fffd19c5592",
        a1: "0",
        comm: "cat",
        exe: "/tmp/a b ",
      },
    );
  });

  test("arguments, titles, paths", () => {
    assert.deepEqual(
      take('node=web1 type=EXECVE msg=audit(1364481363.243:24287): argc=3 a0="cat" a1=2F6574632F736861646F77 a2=AB'),
      {
        node: "web1",
        type: "EXECVE",
        ...STAMP,
        argc: "3",
        a0: "cat",
        a1: "/etc/shadow",
        a2: "\ufffd",
      },
    );
    assert.equal(
      take("type=PROCTITLE msg=audit(1364481363.243:24287): proctitle=636174002F6574632F736861646F7700").proctitle,
      "cat /etc/shadow",
    );
    assert.equal(
      take('type=PATH msg=audit(1364481363.243:24287): item=0 name="/etc/ssh/sshd_config" inode=409248 mode=0100600')
        .mode,
      "0100600",
    );
  });

  test("records of programs have fields within, and the enriched form has names", () => {
    assert.deepEqual(
      take(
        `type=USER_LOGIN msg=audit(1364481363.243:24287): pid=611 uid=0 auid=1000 msg='op=login acct="anna" exe="/usr/sbin/sshd" hostname=? addr=10.0.0.9 res=failed'\x1dUID="root" AUID="anna"`,
      ),
      {
        type: "USER_LOGIN",
        ...STAMP,
        pid: "611",
        uid: "0",
        auid: "1000",
        op: "login",
        acct: "anna",
        exe: "/usr/sbin/sshd",
        addr: "10.0.0.9",
        res: "failed",
        UID: "root",
        AUID: "anna",
      },
    );
  });

  test("other lines are dead letters", () => {
    const { dead } = decoded(translatedDecoder({ schema: OPEN }, auditRecords), "Jan 1 00:00:00 host sshd[1]: hi\n\n");
    assert.deepEqual(
      dead.map(({ line, bytes }) => [line, bytes]),
      [[1, "Jan 1 00:00:00 host sshd[1]: hi"]],
    );
  });
});

test("whatever the lines and the pieces they come in, every line is counted once and the answer is the same", () => {
  const token = fc.oneof(
    fc.constantFrom(
      "\t",
      "\n",
      "\r\n",
      "#fields\ta\tb\n",
      "#types\tcount\tset[string]\n",
      "#separator \\x20\n",
      "#path\tx\n",
      "-",
      "T",
      "\\x0a",
      ",",
    ),
    fc.constantFrom("type=X msg=audit(1.2:3): ", "a=", '"', "'", "msg='", "\x1d", "key=41", "__proto__=1 ", "=", " "),
    fc.string({ unit: "binary" }),
    fc.integer().map(String),
  );
  fc.assert(
    fc.property(fc.array(token, { maxLength: 40 }), fc.constantFrom(1, 3, 100), fc.boolean(), (tokens, size, zeek) => {
      const text = tokens.join("");
      const of = (by: number) =>
        decoded(translatedDecoder({ schema: OPEN, file: "f" }, zeek ? new ZeekLog() : auditRecords), text, by);
      const [whole, cut] = [of(Number.POSITIVE_INFINITY), of(size)];
      assert.deepEqual(cut.dead, whole.dead);
      assert.deepEqual(cut.rows.map(attributes), whole.rows.map(attributes));
      const { lines, rows, dead, blank, continued } = whole.counts;
      assert.equal(lines, rows + dead + blank + continued);
    }),
    { numRuns: 1000 },
  );
});
