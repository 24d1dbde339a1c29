/** What the built page promises: files the server serves, nothing inline, nothing from elsewhere, and not too much of it. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { consoleFolder } from "./index.js";

/** All of it, and what is needed before anything is seen; bytes after gzip. */
const ALL_MAX = 500_000;
const FIRST_MAX = 150_000;

const names = readdirSync(consoleFolder);
const read = (/** @type {string} */ name) => readFileSync(join(consoleFolder, name));
const page = read("index.html").toString();

test("every file has a flat name that the server serves, and every file named is there", () => {
  for (const name of names) assert.match(name, /^[a-z][\w.-]*\.[a-z0-9]+$/);
  const named = [...page.matchAll(/(?:href|src)="\/console\/([^"]+)"/g)].map(([, name]) => String(name));
  assert.ok(named.length >= 3);
  for (const name of named) assert.ok(names.includes(name), name);
});

test("nothing inline, and nothing from elsewhere", () => {
  assert.doesNotMatch(page, /<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)/);
  assert.doesNotMatch(page, /(?:href|src)="(?!\/console\/)/);
  for (const name of names.filter((one) => one.endsWith(".css")))
    assert.doesNotMatch(read(name).toString(), /url\(["']?(?:https?:|\/\/|data:)|@import/, name);
});

test("it is small", (t) => {
  const size = (/** @type {string} */ name) => gzipSync(read(name)).length;
  const all = names.map(size).reduce((a, b) => a + b, 0);
  const first = names
    .filter((name) => page.includes(name))
    .map(size)
    .reduce((a, b) => a + b, 0);
  t.diagnostic(`gzipped: ${all} bytes, ${first} of them at first`);
  assert.ok(all < ALL_MAX, `${all} bytes`);
  assert.ok(first < FIRST_MAX, `${first} bytes at first`);
});
