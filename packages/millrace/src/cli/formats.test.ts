/** Files of every format of text, from the command line: read as they grow between runs, each event once. */
import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import { after, describe, test } from "node:test";
import { Workshop } from "./workshop.test.module.js";

const APP = (format: string, columns: string, more = ""): string => `import { app, files, stream, t } from "millrace";
const events = stream("events", { ${columns}, rest: t.open() }, { time: "at", from: files("in.log", { format: "${format}"${more} }) });
export default app(import.meta, "${format}", [events.filter((e) => e.at > 0).stream("all")]);
`;
const HEAD = "#separator \\x09\n#path\tdns\n#fields\tts\tquery\n#types\ttime\tstring\n";
const audit = (n: number, type: string, rest: string): string =>
  `type=${type} msg=audit(1767225600.243:${n}): ${rest}\n`;

const CASES: Readonly<Record<string, { app: string; parts: readonly string[]; ask: string; answer: unknown[] }>> = {
  syslog: {
    app: APP("syslog", 'at: t.timestamp().from("timestamp"), message: t.string()', ', zone: "+01:00"'),
    parts: ["<34>Jan  1 01:00:00 mill su: o", "ne\n<34>Jan  1 01:00:00 mill su: two\nbad\n"],
    ask: "select message as x from events order by _offset",
    answer: ["one", "two"],
  },
  cef: {
    app: APP("cef", 'at: t.timestamp().from("rt"), name: t.string()'),
    parts: ["CEF:0|a|b|c|d|first one|1|rt=1767225600000\nCEF:0|a|b|c|d|sec", "ond|1|rt=1767225600000\nbad\n"],
    ask: "select name as x from events order by _offset",
    answer: ["first one", "second"],
  },
  zeek: {
    app: APP("zeek", 'at: t.timestamp().from("ts"), query: t.string()'),
    parts: [`${HEAD}1767225600.5\ta.example\n`, "1767225601.5\tb.exa", "mple\nbad\n"],
    ask: "select query as x from events order by _offset",
    answer: ["a.example", "b.example"],
  },
  auditd: {
    app: APP("auditd", 'at: t.timestamp().from("timestamp"), sequence: t.int()'),
    parts: [
      audit(1, "SYSCALL", 'exe="/bin/a"') +
        audit(1, "PROCTITLE", "proctitle=6162") +
        audit(2, "SYSCALL", 'exe="/b').trimEnd(),
      `in/b"\n${audit(2, "PATH", 'name="x"')}bad\n${audit(2, "PROCTITLE", "proctitle=63")}`,
    ],
    ask: "select sequence::varchar as x from events order by _offset",
    answer: ["1", "2"],
  },
};

describe("files of other formats", () => {
  const workshops: Workshop[] = [];
  after(() => {
    for (const workshop of workshops) workshop.remove();
  });
  for (const [format, { app, parts, ask, answer }] of Object.entries(CASES))
    test(`${format}: a file that grows between runs`, async () => {
      const workshop = new Workshop({ "app.ts": app, "in.log": "" });
      workshops.push(workshop);
      for (const part of parts) {
        appendFileSync(workshop.path("in.log"), part);
        const { code, err } = await workshop.millrace("ingest events in.log --app app.ts --data d");
        assert.equal(code, 0, err);
      }
      await workshop.runOnce("app.ts --data d");
      assert.deepEqual(
        (await workshop.rows("d", ask)).map(({ x }) => x),
        answer,
      );
      const dead = await workshop.rows("d", "select decode(bytes) as b, line from dead_letters");
      assert.deepEqual(
        dead.map(({ b }) => b),
        ["bad"],
      );
      assert.ok(Number(dead[0]?.line) >= 2);
    });

  test("--format says what files are; a format that is none is told", async () => {
    const workshop = new Workshop({
      "app.ts": (CASES.zeek?.app ?? "").replace(', from: files("in.log", { format: "zeek" })', ""),
      "dns.log": `${HEAD}1767225600.5\ta.example\n`,
    });
    workshops.push(workshop);
    await workshop.runOnce("app.ts --in events=dns.log --format zeek --data d");
    assert.equal((await workshop.rows("d", "select query from events"))[0]?.query, "a.example");
    const wrong = await workshop.millrace("run app.ts --in events=dns.log --format zek --once");
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /--format can't be "zek"[\s\S]*zeek/);
    workshop.write({ "bad.ts": (CASES.zeek?.app ?? "").replace('"zeek"', '"zek"') });
    const program = await workshop.millrace("run bad.ts --once");
    assert.notEqual(program.code, 0);
    assert.match(program.err, /there is no format "zek"/);
  });
});
