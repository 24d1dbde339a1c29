import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { App } from "../plan/api.js";
import { startServer } from "../server/server.js";
import { openProgram } from "./open.js";
import type { ServeOptions } from "./serve.js";
import { serve } from "./serve.js";
import { TokenFile } from "./token-file.js";

const MILLRACE = fileURLToPath(new URL("../../bin/millrace.js", import.meta.url));
const run = promisify(execFile);

async function program(t: TestContext) {
  const root = await mkdtemp(join(tmpdir(), "millrace-access-"));
  const ends: (() => Promise<void>)[] = [() => rm(root, { recursive: true, force: true })];
  t.after(async () => {
    for (const end of ends.reverse()) await end();
  });
  await mkdir(join(root, "rules"));
  const url = new URL("./rules.test.module.js", import.meta.url);
  url.searchParams.set("rules", join(root, "rules"));
  return { root, app: ((await import(url.href)) as { default: App }).default, ends };
}

async function open(t: TestContext, options: ServeOptions = {}) {
  const { root, app, ends } = await program(t);
  const data = join(root, "data");
  const served = await serve(app, { port: 0, data, ...options });
  ends.push(() => served.close());
  const token = async (...args: string[]): Promise<string> =>
    (await run(process.execPath, [MILLRACE, "token", ...args, "--data", data])).stdout.trim();
  const ask = async (path: string, token?: string, init: RequestInit = {}): Promise<number> => {
    const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const response = await fetch(served.url + path, { ...init, headers: { ...init.headers, ...authorization } });
    await response.body?.cancel();
    return response.status;
  };
  return { data, served, token, ask };
}

const rows: RequestInit = {
  method: "POST",
  headers: { "content-type": "application/x-ndjson" },
  body: '{"at":"2026-01-01T00:00:00Z","text":"a"}',
};
const sql: RequestInit = {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: '{"sql":"select count(*) from lines"}',
};
const rule: RequestInit = { method: "PUT", headers: { "content-type": "text/plain" }, body: "text: a" };

test("each role may do what is its own, and nothing else", async (t) => {
  const { served, token, ask } = await open(t);
  const tokens = new Map<string, string>();
  for (const role of ["read", "ingest", "operate", "admin"])
    tokens.set(role, await token("add", `a-${role}`, "--role", role));
  const may = async (path: string, init?: RequestInit): Promise<string[]> => {
    const allowed: string[] = [];
    for (const [role, own] of tokens) {
      const status = await ask(path, own, init);
      assert.ok(status === 200 || status === 403, `${role} ${path} ${status}`);
      if (status === 200) allowed.push(role);
    }
    assert.equal(await ask(path, undefined, init), 401);
    assert.equal(await ask(path, "mr_wrong", init), 401);
    return allowed;
  };
  const readers = ["read", "operate", "admin"];
  for (const path of ["/api/status", "/api/streams/lines", "/metrics", "/api/rules", "/api/plan"])
    assert.deepEqual(await may(path), readers, path);
  assert.deepEqual(await may("/api/sql", sql), readers);
  for (const [role, own] of tokens) {
    const response = await fetch(`${served.url}/api/access`, { headers: { authorization: `Bearer ${own}` } });
    const { name, may: grants } = (await response.json()) as { name: string; may: string[] };
    if (response.ok) assert.deepEqual([name, grants.includes("operate")], [`a-${role}`, role !== "read"], role);
  }
  assert.deepEqual(await may("/api/streams/lines", rows), ["ingest", "operate", "admin"]);
  assert.deepEqual(await may("/api/rules/words/files/a.yml", rule), ["operate", "admin"]);
});

test("a token that is removed or out of date is refused at once, and the last one leaves the door shut", async (t) => {
  const { token, ask } = await open(t);
  assert.equal(await ask("/api/status"), 200);
  const own = await token("add", "kim", "--role", "read", "--expires", "1h");
  assert.equal(await ask("/api/status", own), 200);
  assert.match(await token("list"), /^kim {2}read {2}until 2\d{3}-/);
  await token("remove", "kim");
  assert.equal(await ask("/api/status", own), 401);
  assert.equal(await ask("/api/status"), 401);
});

test("the list holds digests, is its owner's alone, and a broken one lets nobody in", async (t) => {
  const { token, ask, data } = await open(t);
  const own = await token("add", "kim", "--role", "admin");
  const path = join(data, "access.json");
  const text = await readFile(path, "utf8");
  assert.ok(!text.includes(own) && !text.includes(own.slice(3)));
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  await writeFile(path, '{"tokens": [{"name": "kim", "role": "god"}]}');
  assert.equal(await ask("/api/status", own), 503);
  assert.throws(() => new TokenFile(data), /no list of tokens/);
});

test("a client that asks too often is told when to come again", async (t) => {
  const { served } = await open(t, { rate: 5 });
  const answers = await Promise.all(Array.from({ length: 12 }, () => fetch(`${served.url}/api/status`)));
  const refused = answers.find(({ status }) => status === 429);
  assert.ok(refused !== undefined);
  assert.equal(refused.headers.get("retry-after"), "1");
  const { error } = (await refused.json()) as { error: { code: string; message: string } };
  assert.equal(error.code, "LIMIT");
});

test("with a certificate it speaks HTTPS, and nothing older than TLS 1.2", async (t) => {
  const { root, app, ends } = await program(t);
  const key = join(root, "key.pem");
  const cert = join(root, "cert.pem");
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"];
  await run("openssl", [
    "req",
    "-x509",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:prime256v1",
    "-nodes",
    "-keyout",
    key,
    "-out",
    cert,
    ...subject,
  ]);
  const tls = { cert: await readFile(cert, "utf8"), key: await readFile(key, "utf8") };
  const served = await serve(app, { port: 0, tls, token: "t" });
  ends.push(() => served.close());
  assert.match(served.url, /^https:/);
  const get = (options: object): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const headers = { authorization: "Bearer t" };
      httpsRequest(`${served.url}/api/status`, { ca: tls.cert, headers, agent: false, ...options }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .on("error", reject)
        .end();
    });
  assert.equal(await get({}), 200);
  await assert.rejects(get({ maxVersion: "TLSv1.1", minVersion: "TLSv1" }));
  await assert.rejects(get({ ca: [] }));
});

test("no token is in the log of requests", async (t) => {
  const { app } = await program(t);
  const opened = await openProgram(app, {});
  const written: string[] = [];
  const real = process.stderr.write;
  process.stderr.write = ((text: string) => written.push(String(text)) > 0) as typeof real;
  try {
    const server = await startServer(opened, { port: 0, token: "hush-hush", verbose: true });
    for (const path of ["/api/status", "/api/nothing", "/api/streams/none"])
      await fetch(server.url + path, { headers: { authorization: "Bearer hush-hush", cookie: "hush-hush" } });
    await fetch(`${server.url}/api/status`, { headers: { authorization: "Bearer hush-wrong" } });
    await server.close();
  } finally {
    process.stderr.write = real;
    await opened.close();
  }
  const log = written.join("");
  assert.match(log, /\/api\/status/);
  assert.ok(!log.includes("hush"), log);
});
