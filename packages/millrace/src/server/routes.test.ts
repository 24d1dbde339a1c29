/** Every route answers what it says, and refuses what it does not take in one shape. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { toArrowIpc } from "../batch/arrow/to-arrow.js";
import { batchOf } from "../batch/build.js";
import { schemaOf, t } from "../schema/builder.js";
import { assertError, order, ServedShop } from "./served.test.module.js";

const NDJSON = { "content-type": "application/x-ndjson" };
const JSON_TYPE = { "content-type": "application/json" };

describe("every route", () => {
  let shop: ServedShop;
  before(async () => {
    shop = await ServedShop.start({
      page: new Map([
        ["index.html", Buffer.from("<!doctype html>")],
        ["app.js", Buffer.from("export {};")],
      ]),
    });
    await shop.put([order("eu", 1), order("eu", 2.5), order("us", 100), order("asia", 7)]);
    await shop.put([order("us", 200, "2026-01-01T00:01:05Z")], {}, "?partition=1");
    await shop.settled();
  });
  after(() => shop.close());

  test("GET /api/status", async () => {
    const { status, json } = await shop.ask("/api/status");
    assert.deepEqual([status, json.ready, json.events, json.alerts, json.lag], [200, true, 5, 0, 0]);
    assert.deepEqual(json.views, [
      { name: "totals", rows: 3 },
      { name: "minutes", rows: 4 },
    ]);
  });

  test("GET /api/access: without tokens everything may be asked", async () => {
    const { json } = await shop.ask("/api/access");
    assert.deepEqual([json.name, json.may.includes("admin")], [null, true]);
  });

  test("GET /api/plan", async () => {
    const { json } = await shop.ask("/api/plan");
    assert.deepEqual([json.app, /^[0-9a-f]{16}$/.test(json.hash)], ["shop", true]);
    assert.ok(json.nodes.some(({ id }: { id: string }) => id === "totals"));
  });

  test("GET /api/streams and the rows of one, offset by offset", async () => {
    const { json } = await shop.ask("/api/streams");
    assert.deepEqual(
      json.map(({ name, kind, rows }: { name: string; kind: string; rows: number }) => [name, kind, rows]),
      [
        ["orders", "input", 5],
        ["large", "output", 2],
        ["dead_letters", "dead_letters", 0],
      ],
    );
    const page = await shop.ask("/api/streams/orders?from=1&limit=2");
    assert.deepEqual(
      page.json.map(({ offset, row }: { offset: number; row: { region: string } }) => [offset, row.region]),
      [
        [1, "eu"],
        [2, "us"],
      ],
    );
    assert.equal(page.headers["x-millrace-next"], "3");
    const end = await shop.ask("/api/streams/orders?from=3&limit=2");
    assert.deepEqual([end.json.length, end.headers["x-millrace-next"]], [1, "4"]);
    assert.deepEqual((await shop.ask("/api/streams/orders?from=4")).json, []);
    assert.equal((await shop.ask("/api/streams/orders?partition=1&from=end-1")).json[0].row.amount, 200);
    const lines = await shop.ask("/api/streams/large", { headers: { accept: "application/x-ndjson" } });
    assert.equal(lines.text.trimEnd().split("\n").length, 2);
  });

  test("GET /api/views, and one by key, prefix, page and backwards", async () => {
    const { json } = await shop.ask("/api/views");
    assert.deepEqual(
      json.map(({ name, key, rows }: { name: string; key: string[]; rows: number }) => [name, key, rows]),
      [
        ["totals", ["region"], 3],
        ["minutes", ["region", "windowStart"], 4],
      ],
    );
    assert.deepEqual((await shop.ask("/api/views/totals?region=eu")).json, [{ region: "eu", orders: 2, total: 3.5 }]);
    assert.deepEqual((await shop.ask("/api/views/totals?region=e")).json, [], "a prefix is of columns, not of text");
    assert.equal((await shop.ask("/api/views/minutes?region=us")).json.length, 2);
    const seen: string[] = [];
    for (const reverse of [false, true])
      for (let cursor = ""; ; ) {
        const page = await shop.ask(`/api/views/minutes?limit=1&reverse=${reverse}${cursor}`);
        seen.push(...page.json.map((row: { region: string; windowStart: string }) => row.region + row.windowStart[15]));
        if (page.headers["x-millrace-next"] === undefined) break;
        cursor = `&cursor=${page.headers["x-millrace-next"]}`;
      }
    assert.deepEqual(seen, ["asia0", "eu0", "us0", "us1", "us1", "us0", "eu0", "asia0"]);
  });

  test("POST rows by name and by the stream's own path, plain, gzip and zstd", async () => {
    const body = new Uint8Array(gzipSync(`${JSON.stringify(order("gz", 1))}\n${JSON.stringify(order("gz", 2))}`));
    const headers = { ...NDJSON, "content-encoding": "gzip" };
    const zipped = await shop.ask("/ingest/orders", { method: "POST", body, headers });
    assert.deepEqual([zipped.status, zipped.json], [200, { rows: 2, refused: 0, deadLetters: [] }]);
    await shop.settled();
    assert.deepEqual((await shop.ask("/api/views/totals?region=gz")).json, [{ region: "gz", orders: 2, total: 3 }]);
    const stored = Buffer.from(`${JSON.stringify(order("zs", 4))}\n`);
    const frame = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 56, 0, 0, 0]), stored]);
    frame.writeUIntLE((stored.length << 3) | 1, 6, 3);
    const asZstd = { ...NDJSON, "content-encoding": "zstd" };
    const packed = await shop.ask("/ingest/orders", { method: "POST", body: new Uint8Array(frame), headers: asZstd });
    assert.deepEqual([packed.status, packed.json], [200, { rows: 1, refused: 0, deadLetters: [] }]);
    const cut = await shop.ask("/ingest/orders", {
      method: "POST",
      body: new Uint8Array(frame.subarray(0, -2)),
      headers: asZstd,
    });
    assert.deepEqual([cut.status, cut.json.error.code], [400, "DECODE"]);
    assert.match(cut.json.error.message, /the zstd body can't be unpacked: unexpected end/);
    const nothing = await shop.put("");
    assert.deepEqual([nothing.status, nothing.json.rows], [200, 0]);
  });

  test("a row that is refused by its event time is told like any other: line, reason, and its bytes as they came", async () => {
    const ahead = ' {"amount": 1.0, "region":"x","at":"2099-01-01T00:00:00Z"}';
    const { status, json } = await shop.put(`${JSON.stringify(order("time", 1))}\n\n${ahead}\r\n{`);
    assert.deepEqual([status, json.rows, json.refused], [200, 1, 2]);
    assert.match(json.deadLetters.join("\n"), /^line 3: its event time 2099.* ahead of the clock\nline 4: not JSON/);
    const letters = (await shop.ask("/api/dead-letters?limit=2")).json;
    const letter = letters
      .map(({ row }: { row: { line: number } }) => row)
      .find(({ line }: { line: number }) => line === 3);
    assert.deepEqual([letter.text, letter.position], [ahead, Buffer.byteLength(JSON.stringify(order("time", 1))) + 2]);
  });

  test("bad lines are dead letters with line, reason and bytes; the others are taken", async () => {
    const good = JSON.stringify(order("ok", 1));
    const lines = [
      good,
      "{",
      '{"at":"2026-01-01T00:00:00Z","region":"x"}',
      '{"at":"noon","region":"x","amount":1}',
      good,
    ];
    const body = Buffer.concat([Buffer.from(`${lines.join("\n")}\n{"region":"`), Buffer.from([0xff, 0x22, 0x7d])]);
    const { status, json } = await shop.put(body);
    assert.deepEqual([status, json.rows, json.refused], [200, 2, 4], JSON.stringify(json));
    assert.deepEqual(
      json.deadLetters.map((text: string) => /^line \d+/.exec(text)?.[0]),
      ["line 2", "line 3", "line 4", "line 6"],
    );
    assert.match(json.deadLetters.join("\n"), /not JSON[\s\S]*"amount" is missing[\s\S]*"at"[\s\S]*not valid UTF-8/);
    const letters = (await shop.ask("/api/dead-letters?limit=4")).json;
    const byLine = new Map(letters.map(({ row }: { row: { line: number } }) => [row.line, row]));
    assert.deepEqual([...byLine.keys()].sort(), [2, 3, 4, 6]);
    assert.equal((byLine.get(3) as { text: string }).text, lines[2]);
    assert.equal((byLine.get(6) as { text: null; bytes: string }).text, null);
    assert.equal(Buffer.from((byLine.get(6) as { bytes: string }).bytes, "base64").at(-3), 0xff);
    assert.equal((await shop.ask("/api/dead-letters?limit=1")).json.length, 1);
  });

  test("POST /api/sql as JSON, CSV and NDJSON", async () => {
    const query = "select region, total from totals where region in ('eu', 'us') order by all";
    const { json, headers } = await shop.sql(query);
    assert.deepEqual(json.rows, [
      ["eu", 3.5],
      ["us", 300],
    ]);
    assert.equal(headers["x-millrace-epoch"], String(json.epoch));
    assert.equal((await shop.sql(query, {}, "text/csv")).text, "region,total\r\neu,3.5\r\nus,300\r\n");
    assert.match((await shop.sql(query, {}, "application/x-ndjson")).text, /^\{"region":"eu","total":3.5\}\n/);
    const cut = await shop.sql("select * from range(10)", { rowsMax: 3 });
    assert.deepEqual([cut.json.rows.length, cut.json.truncated], [3, true]);
  });

  test("GET / and /console/FILE, with a policy", async () => {
    const page = await shop.ask("/");
    assert.deepEqual([page.status, page.headers["content-type"]], [200, "text/html; charset=utf-8"]);
    assert.match(String(page.headers["content-security-policy"]), /default-src 'self'/);
    assert.equal((await shop.ask("/console/app.js")).headers["content-type"], "text/javascript; charset=utf-8");
  });

  test("GET /metrics is Prometheus text, and counts what was done", async () => {
    const { text, headers } = await shop.ask("/metrics");
    assert.match(String(headers["content-type"]), /^text\/plain; version=0\.0\.4/);
    const samples = new Map<string, number>();
    const typed = new Set<string>();
    for (const line of text.trimEnd().split("\n")) {
      const comment = /^# (?:HELP [a-z_]\w* .+|TYPE ([a-z_]\w*) (?:counter|gauge|histogram|summary))$/.exec(line);
      const sample = /^([a-z_]\w*)(\{(?:\w+="(?:[^"\\]|\\.)*",?)*\})? (\S+)$/.exec(line);
      assert.ok(line === "" || comment !== null || sample !== null, line);
      if (comment?.[1] !== undefined) typed.add(comment[1]);
      if (sample === null) continue;
      assert.ok(!samples.has(`${sample[1]}${sample[2] ?? ""}`), `twice: ${line}`);
      assert.ok(sample[3] === "NaN" || sample[3] === "+Inf" || Number.isFinite(Number(sample[3])), line);
      assert.ok(
        typed.has((sample[1] as string).replace(/_(?:bucket|sum|count)$/, "")) || typed.has(sample[1] as string),
      );
      samples.set(`${sample[1]}${sample[2] ?? ""}`, Number(sample[3]));
    }
    const { json } = await shop.ask("/api/status");
    assert.equal(samples.get("millrace_ready"), 1);
    assert.equal(samples.get('millrace_rows_total{stream="orders",kind="input"}'), json.events);
    assert.equal(samples.get("millrace_dead_letters_total"), json.deadLetters);
    assert.equal(samples.get("millrace_epochs_total"), json.epoch);
  });

  test("GET /openapi.json is OpenAPI 3.1 in shape, and names the routes of the source", async () => {
    const { json: api } = await shop.ask("/openapi.json");
    assert.match(api.openapi, /^3\.1\.\d+$/);
    assert.ok(api.info.title !== "" && api.info.version !== "");
    for (const [path, methods] of Object.entries<Record<string, never>>(api.paths)) {
      assert.match(path, /^\//);
      for (const [method, operation] of Object.entries<{
        parameters: { name: string; in: string; required: boolean; schema: object }[];
        responses: Record<string, { description: string }>;
        requestBody?: { content: Record<string, { schema: object }> };
      }>(methods)) {
        assert.match(method, /^(?:get|post|put|delete)$/);
        assert.ok(Object.values(operation.responses).every(({ description }) => typeof description === "string"));
        const names = operation.parameters.map((parameter) => `${parameter.in} ${parameter.name}`);
        assert.equal(new Set(names).size, names.length, `${path}: ${names}`);
        for (const parameter of operation.parameters) {
          assert.match(parameter.in, /^(?:path|query)$/);
          assert.equal(typeof parameter.schema, "object");
          if (parameter.in === "path") assert.equal(parameter.required, true);
        }
        const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => `path ${name}`);
        assert.deepEqual(names.filter((name) => name.startsWith("path ")).sort(), inPath.sort(), path);
        if (method === "post") assert.ok(Object.keys(operation.requestBody?.content ?? {}).length > 0, path);
      }
    }
    const { schemas } = api.components;
    for (const [, ref] of JSON.stringify(api).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g))
      assert.ok(schemas[ref as string], ref);
    for (const [method, url] of routesOfSource())
      assert.ok(api.paths[url.replace(/:(\w+)/g, "{$1}")]?.[method], `${method} ${url}`);
    assert.ok(api.paths["/ingest/orders"].post);
  });

  const REFUSED: readonly (readonly [string, string, Parameters<ServedShop["ask"]>[1], [number, string, RegExp]])[] = [
    ["an unknown stream", "/api/streams/oders", {}, [404, "NAME", /no stream "oders"/]],
    ["rows for it", "/api/streams/oders", { method: "POST", headers: NDJSON, body: "{}" }, [404, "NAME", /"oders"/]],
    [
      "rows for an output",
      "/api/streams/large",
      { method: "POST", headers: NDJSON, body: "{}" },
      [404, "NAME", /"large"/],
    ],
    ["an unknown view", "/api/views/total", {}, [404, "NAME", /no view "total"/]],
    ["its changes", "/api/views/total/changes", {}, [404, "NAME", /no view "total"/]],
    ["an unknown tail", "/api/streams/oders/tail", {}, [404, "NAME", /no stream/]],
    ["an unknown address", "/api/nothing", {}, [404, "NAME", /nothing at \/api\/nothing/]],
    ["an unknown page file", "/console/no.js", {}, [404, "NAME", /no page file/]],
    ["another method", "/api/status", { method: "POST", headers: JSON_TYPE, body: "{}" }, [405, "REQUEST", /POST/]],
    ["DELETE", "/api/views/totals", { method: "DELETE" }, [405, "REQUEST", /DELETE/]],
    ["a key column without a name", "/api/views/totals?=x", {}, [400, "REQUEST", /is not a key column/]],
    ["a partition that is not there", "/api/streams/orders?partition=2", {}, [404, "NAME", /no partition 2/]],
    [
      "rows for it",
      "/api/streams/orders?partition=2",
      { method: "POST", headers: NDJSON, body: "{}" },
      [400, "REQUEST", /partition/],
    ],
    ["a partition that is no number", "/api/streams/orders?partition=a", {}, [400, "REQUEST", /partition/]],
    ["a limit of nothing", "/api/views/totals?limit=0", {}, [400, "REQUEST", /limit/]],
    ["a limit too high", "/api/streams/orders?limit=10001", {}, [400, "REQUEST", /limit/]],
    ["a column that is no key", "/api/views/totals?total=1", {}, [400, "REQUEST", /"total" is not a key column/]],
    ["a gap in the key", "/api/views/minutes?windowStart=2026-01-01T00:00:00Z", {}, [400, "REQUEST", /key/]],
    ["a value of another type", "/api/views/minutes?region=eu&windowStart=noon", {}, [400, "REQUEST", /"noon"/]],
    ["no cursor", "/api/views/totals?cursor=%3F", {}, [400, "REQUEST", /cursor/]],
    ["a word not understood", "/api/streams/orders?sort=up", {}, [400, "REQUEST", /"sort"/]],
    [
      "a form",
      "/api/streams/orders",
      { method: "POST", headers: { "content-type": "application/x-www-form-urlencoded" }, body: "a=1" },
      [415, "REQUEST", /NDJSON/],
    ],
    ["no type", "/api/streams/orders", { method: "POST", body: "{}" }, [415, "REQUEST", /NDJSON/]],
    [
      "brotli",
      "/api/streams/orders",
      { method: "POST", headers: { ...NDJSON, "content-encoding": "br" }, body: "x" },
      [415, "REQUEST", /"br"/],
    ],
    [
      "what is not gzip",
      "/api/streams/orders",
      { method: "POST", headers: { ...NDJSON, "content-encoding": "gzip" }, body: "x" },
      [400, "DECODE", /gzip/],
    ],
    [
      "SQL as text",
      "/api/sql",
      { method: "POST", headers: { "content-type": "text/plain" }, body: "select 1" },
      [415, "REQUEST", /JSON/],
    ],
    ["SQL as half JSON", "/api/sql", { method: "POST", headers: JSON_TYPE, body: '{"sql":' }, [400, "REQUEST", /./]],
    ["no SQL", "/api/sql", { method: "POST", headers: JSON_TYPE, body: "{}" }, [400, "REQUEST", /sql/]],
    ["an empty body", "/api/sql", { method: "POST", headers: JSON_TYPE, body: "" }, [400, "REQUEST", /./]],
  ];
  for (const [what, path, question, expected] of REFUSED)
    test(`${what} is refused with ${expected[0]}`, async () => assertError(await shop.ask(path, question), expected));
});

/** Routes as the source registers them, with their methods. */
function routesOfSource(): (readonly [string, string])[] {
  const folder = fileURLToPath(new URL(".", import.meta.url));
  const files = ["server.js", ...readdirSync(join(folder, "routes")).map((name) => join("routes", name))];
  const found = files
    .filter((name) => name.endsWith(".js"))
    .flatMap((name) => [
      ...readFileSync(join(folder, name), "utf8").matchAll(/server\.(get|post|put|delete)\(\s*"([^"]+)"/g),
    ])
    .map(([, method, url]) => [method as string, url as string] as const)
    // The page is for people.
    .filter(([, url]) => url !== "/" && !url.startsWith("/console/"));
  assert.ok(found.length >= 12, `${found.length} routes`);
  return found;
}

test("POST /api/streams takes Arrow, and says what does not fit", async (context) => {
  const shop = await ServedShop.start({});
  context.after(() => shop.close());
  const schema = schemaOf({ at: t.timestamp(), region: t.string(), amount: t.float64() });
  const rows = [1, 2].map((amount) => ({ at: Date.UTC(2026, 0, 1), region: "arrow", amount }));
  const post = (body: Uint8Array, type = "application/vnd.apache.arrow.stream") =>
    shop.ask("/api/streams/orders", { method: "POST", headers: { "content-type": type }, body });
  const { json, status } = await post(toArrowIpc([batchOf(schema, rows)], schema));
  assert.deepEqual([status, json.rows, json.refused], [200, 2, 0]);
  await shop.settled();
  assert.deepEqual((await shop.ask("/api/views/totals?region=arrow")).json, [{ region: "arrow", orders: 2, total: 3 }]);
  const other = schemaOf({ at: t.timestamp(), region: t.string() });
  assertError(await post(toArrowIpc([batchOf(other, [])], other)), [400, "DECODE", /column "amount" is missing/]);
  assertError(await post(Buffer.from("Obj"), "application/avro"), [400, "DECODE", /container/]);
});
