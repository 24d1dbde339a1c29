import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo, Server } from "node:net";
import { createServer as createTcpServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { app } from "../../plan/app.js";
import { stream } from "../../plan/define.js";
import { t } from "../../schema/builder.js";
import type { SinkSpec } from "../../sink/spec.js";
import { appendTo, syslog, webhook } from "../../sink/spec.js";
import { harness } from "../../testing/harness.js";

interface Sent {
  readonly id: string;
  readonly row: { readonly user: string; readonly n: number };
}

function program(sink: SinkSpec, every?: "1m") {
  const clicks = stream("clicks", { at: t.timestamp(), user: t.string() }, { time: "at" });
  const perUser = clicks
    .by("user")
    .agg((a) => ({ n: a.count() }), { keep: "forever" })
    .view("per_user");
  const out = perUser.to("out", sink, every === undefined ? {} : { every });
  return { clicks, shop: app(import.meta, "deliveries", [perUser, out]) };
}

const at = "2026-01-01T00:00:00Z";
const row = (user: string) => ({ at, user });

/** A receiver that answers as it is told; each POST's deliveries, and a wait for the next. */
async function receiver(t: TestContext, answer: (deliveries: readonly Sent[], post: number) => number = () => 200) {
  const posts: { deliveries: Sent[]; headers: IncomingMessage["headers"] }[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { deliveries } = JSON.parse(Buffer.concat(parts).toString()) as { deliveries: Sent[] };
      posts.push({ deliveries, headers: request.headers });
      response.writeHead(answer(deliveries, posts.length)).end("said so");
      for (const done of waiting.splice(0)) done();
    });
  });
  const url = await listening(t, server);
  const sent = (): string[] => posts.flatMap(({ deliveries }) => deliveries.map(({ row: r }) => `${r.user} ${r.n}`));
  async function until(done: () => boolean): Promise<void> {
    while (!done()) await new Promise<void>((resolve) => waiting.push(resolve));
  }
  return { url: `http://127.0.0.1:${url}`, posts, sent, until };
}

async function listening(t: TestContext, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.close();
    (server as { closeAllConnections?: () => void }).closeAllConnections?.();
  });
  return (server.address() as AddressInfo).port;
}

/** Lets what was answered be noted. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test("rows of a view are posted as they change, each with an id of its own", async (t) => {
  const { url, posts, sent, until } = await receiver(t);
  const { clicks, shop } = program(webhook(url, { headers: { authorization: "Bearer x" } }));
  const h = await harness(shop);
  t.after(() => h.close());
  await h.push(clicks, [row("ada"), row("bob"), row("ada")]);
  await until(() => sent().length === 2);
  await h.push(clicks, [row("ada")]);
  await until(() => sent().length === 3);
  assert.deepEqual(sent().sort(), ["ada 2", "ada 3", "bob 1"]);
  assert.equal(posts[0]?.headers.authorization, "Bearer x");
  assert.equal(new Set(posts.flatMap(({ deliveries }) => deliveries.map(({ id }) => id))).size, 3);
  const [status] = h.program.runtime.sinks();
  assert.equal(status?.address, url);
  assert.equal(JSON.stringify(status).includes("Bearer"), false);
});

test("what was delivered is not delivered again after a crash; what was not, is", async (t) => {
  const { url, sent, until } = await receiver(t, (_deliveries, post) => (post === 2 ? 503 : 200));
  const { clicks, shop } = program(webhook(url));
  const h = await harness(shop);
  t.after(() => h.close());
  await h.push(clicks, [row("ada")]);
  await until(() => sent().length === 1);
  await settled();
  await h.push(clicks, [row("bob")]);
  await until(() => sent().length === 2);
  await h.crash();
  await until(() => sent().length === 3);
  await settled();
  assert.deepEqual(sent(), ["ada 1", "bob 1", "bob 1"]);
  await h.crash();
  await settled();
  assert.deepEqual(sent(), ["ada 1", "bob 1", "bob 1"]);
});

test("a receiver that is down gets it later, under the same id", async (t) => {
  const { url, posts, until } = await receiver(t, (_deliveries, post) => (post < 3 ? 503 : 200));
  const { clicks, shop } = program(webhook(url));
  const h = await harness(shop);
  t.after(() => h.close());
  await h.push(clicks, [row("ada")]);
  await until(() => posts.length === 1);
  await settled();
  assert.match(h.program.runtime.sinks()[0]?.failing?.reason ?? "", /answered 503: said so/);
  for (let post = 2; post <= 3; post++) {
    await h.advance("1m");
    await until(() => posts.length === post);
    await settled();
  }
  assert.equal(h.program.runtime.sinks()[0]?.failing, null);
  assert.equal(new Set(posts.flatMap(({ deliveries }) => deliveries.map(({ id }) => id))).size, 1);
});

test("a row that is refused becomes a dead letter, and the others go on", async (t) => {
  const { url, sent, until } = await receiver(t, (deliveries) =>
    deliveries.some(({ row: r }) => r.user === "bad") ? 422 : 200,
  );
  const { clicks, shop } = program(webhook(url));
  const h = await harness(shop);
  t.after(() => h.close());
  await h.push(clicks, [row("ada"), row("bad"), row("bob")]);
  await until(() => sent().length === 6);
  await settled();
  const [letter, ...more] = await h.deadLetters();
  assert.equal(more.length, 0);
  assert.deepEqual([letter?.source, letter?.stream, letter?.reason], ["sink out", "out", "it answered 422: said so"]);
  assert.match(Buffer.from(letter?.bytes ?? []).toString(), /"user":"bad"/);
});

test("every: a key is delivered once, and then with what became of it", async (t) => {
  const { url, sent, until } = await receiver(t);
  const { clicks, shop } = program(webhook(url), "1m");
  const h = await harness(shop);
  t.after(() => h.close());
  await h.push(clicks, [row("ada")]);
  await until(() => sent().length === 1);
  await settled();
  for (let k = 0; k < 5; k++) await h.push(clicks, [row("ada")]);
  await settled();
  assert.deepEqual(sent(), ["ada 1"]);
  await h.advance("1m");
  await until(() => sent().length === 2);
  assert.deepEqual(sent(), ["ada 1", "ada 6"]);
});

test("a file gets a line for each, behind what is there", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "millrace-sink-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, "out.ndjson");
  await writeFile(path, '{"a line that a crash cut');
  const { clicks, shop } = program(appendTo(path));
  const h = await harness(shop);
  await h.push(clicks, [row("ada"), row("bob")]);
  while (h.program.runtime.sinks()[0]?.delivered !== 2) await settled();
  await h.close();
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n");
  assert.equal(lines.length, 3);
  assert.deepEqual(
    lines
      .slice(1)
      .map((line) => (JSON.parse(line) as { user: string }).user)
      .sort(),
    ["ada", "bob"],
  );
});

test("syslog over TCP and UDP carries RFC 5424 messages", async (t) => {
  const texts: string[] = [];
  const server = createTcpServer((socket) => socket.on("data", (data) => texts.push(data.toString())));
  const port = await listening(t, server);
  const udp = createSocket("udp4");
  await new Promise<void>((resolve) => udp.bind(0, "127.0.0.1", resolve));
  t.after(() => udp.close());
  udp.on("message", (data) => texts.push(data.toString()));
  for (const address of [`tcp://127.0.0.1:${port}`, `udp://127.0.0.1:${udp.address().port}`]) {
    const { clicks, shop } = program(syslog(address, { facility: 10, severity: "user" }));
    const h = await harness(shop);
    await h.push(clicks, [row("critical")]);
    while (!texts.join("").includes("}")) await settled();
    await h.close();
    const text = texts.splice(0).join("");
    const message = address.startsWith("tcp") ? text.slice(text.indexOf(" ") + 1) : text;
    if (address.startsWith("tcp")) assert.equal(Number(text.split(" ")[0]), Buffer.byteLength(message));
    assert.match(
      message,
      /^<82>1 2026-01-01T00:00:00\.000Z \S+ millrace \d+ out \[delivery@32473 id="[0-9a-f]{32}"\] \{/,
    );
    assert.deepEqual(JSON.parse(message.slice(message.indexOf("{"))), { user: "critical", n: 1 });
  }
});

test("sinks are checked when they are written", () => {
  assert.throws(() => webhook("file:///etc/passwd"), /http or https/);
  assert.throws(() => syslog("http://x"), /udp:/);
  assert.throws(() => syslog("udp://x:514", { facility: 24 }), /facility/);
  assert.throws(() => appendTo(""), /path/);
});
