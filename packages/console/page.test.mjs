/** What the page promises without a browser: it is whole, its policy holds, and its text can be read. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { consoleFolder } from "./index.js";
import { EventParser } from "./page/event-parser.js";
import { ago, baseName, searchText, span, sqlName, text, visible } from "./page/format.js";

const names = readdirSync(consoleFolder);
const read = (/** @type {string} */ name) => readFileSync(join(consoleFolder, name), "utf8");
const scripts = names.filter((name) => name.endsWith(".js"));

test("every file has a flat name that the server serves, and every file named is there", () => {
  for (const name of names) assert.match(name, /^[a-z][a-z0-9.-]*\.[a-z0-9]+$/);
  const named = [...read("index.html").matchAll(/(?:href|src)="\/console\/([^"]+)"/g)].map(([, name]) => String(name));
  for (const script of scripts)
    named.push(...[...read(script).matchAll(/from "\.\/([^"]+)"/g)].map(([, name]) => String(name)));
  for (const name of named) assert.ok(names.includes(name), name);
  for (const name of names) assert.ok(name === "index.html" || named.includes(name), `${name} is used by nothing`);
});

test("every id that a script asks for is in the page", () => {
  const ids = new Set([...read("index.html").matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
  for (const script of scripts)
    for (const [, id] of read(script).matchAll(/\$\("([^"]+)"\)/g)) assert.ok(ids.has(id), `${script}: #${id}`);
});

test("nothing inline, nothing from elsewhere, and rows only ever become text", () => {
  const page = read("index.html");
  assert.doesNotMatch(page, /<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)/);
  for (const name of names.filter((file) => !file.endsWith(".svg")))
    assert.doesNotMatch(read(name), /https?:\/\//, `${name} names another server`);
  for (const script of scripts)
    assert.doesNotMatch(
      read(script),
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc/,
      script,
    );
});

test("text has a contrast of at least 4.5 on its ground, dark and light", () => {
  const [, dark = "", light = ""] = /:root \{(.*?)\n\}.*?:root \{(.*?)\n {2}\}/s.exec(read("style.css")) ?? [];
  for (const [theme, block] of [
    ["dark", dark],
    ["light", light],
  ]) {
    const colours = new Map([...String(block).matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, n, c]) => [n, c]));
    const pairs = ["ground", "field", "panel", "raised", "accent-ground"].flatMap((ground) =>
      ["text", "quiet"].map((colour) => [colour, ground]),
    );
    pairs.push(["accent", "panel"], ["accent", "accent-ground"], ["warn", "panel"], ["bad", "panel"]);
    for (const level of ["critical", "high", "medium", "low", "informational"]) pairs.push([level, `${level}-ground`]);
    for (const [colour, ground] of pairs) {
      const ratio = contrast(String(colours.get(colour)), String(colours.get(ground)));
      assert.ok(ratio >= 4.5, `${theme}: ${colour} on ${ground} is ${ratio.toFixed(2)}`);
    }
  }
});

/** WCAG 2.1, relative luminance. @param {string} a @param {string} b */
function contrast(a, b) {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

/** @param {string} hex */
function luminance(hex) {
  const parts = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255);
  const [r, g, b] = parts.map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * Number(r) + 0.7152 * Number(g) + 0.0722 * Number(b);
}

test("an event stream reads the same in whatever pieces it comes", () => {
  const whole = ': open\n\nevent: row\nid: 0:1\ndata: {"a":"x: y"}\n\ndata:one\r\ndata: two\r\n\r\nevent: end\n\n';
  const expected = [
    { name: "row", data: '{"a":"x: y"}' },
    { name: "message", data: "one\ntwo" },
  ];
  for (let size = 1; size <= whole.length; size++) {
    /** @type {unknown[]} */
    const seen = [];
    const parser = new EventParser((event) => seen.push(event));
    for (let at = 0; at < whole.length; at += size) parser.push(whole.slice(at, at + size));
    assert.deepEqual(seen, expected, `pieces of ${size}`);
  }
});

test("values as text", () => {
  assert.equal(text("2025-03-11T14:54:41.000Z"), "2025-03-11 14:54:41");
  assert.equal(text(["T1059", "T1486"]), "T1059, T1486");
  assert.equal(text({ a: null }), '{"a":null}');
  assert.equal(visible("\u202egnp.exe\u0007"), "\\u{202e}gnp.exe\\u{7}");
  assert.equal(baseName("C:\\Windows\\cmd.exe"), "cmd.exe");
  assert.equal(baseName("/usr/bin/sh"), "sh");
  assert.equal(span(4200), "4 s");
  assert.equal(ago(0, 3 * 3_600_000), "3 h ago");
  assert.equal(sqlName("EventID"), '"EventID"');
  assert.ok(searchText({ user: "MILL\\Bob", deep: { list: [7] } }).includes("mill\\bob"));
});
