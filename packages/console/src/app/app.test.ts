/** Places, keys and the palette's ranking. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { keyName } from "./keys.js";
import { link, parsePlace } from "./place.js";
import { rankTargets } from "./rank.js";

test("a place and its link are the same, whatever is in it", () => {
  const path = ["hosts", "WS/01 #1?.mill.example", "100%"];
  const href = link(path, { from: 5, q: "a=b&c #?", none: null, empty: "" });
  const place = parsePlace(href);
  assert.deepEqual(place.path, path);
  assert.deepEqual(Object.fromEntries(place.query), { from: "5", q: "a=b&c #?" });
  assert.deepEqual(parsePlace("").path, []);
  assert.deepEqual(parsePlace("#/bad%zz").path, ["bad%zz"], "what is no link at all does not throw");
});

test("keys are named as they are written", () => {
  const key = (name: string, held: object = {}): string =>
    keyName({ key: name, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });
  assert.equal(key("j"), "j");
  assert.equal(key("?", { shiftKey: true }), "?");
  assert.equal(key("k", { ctrlKey: true }), "Ctrl K");
  assert.equal(key("k", { metaKey: true }), "Ctrl K");
  assert.equal(key("Escape"), "Esc");
  assert.equal(key("Enter", { shiftKey: true }), "Shift Enter");
});

test("the palette puts whole beginnings first, and wants every word", () => {
  const target = (title: string, kind = "view") => ({ id: title, title, kind, icon: "views" as const, run() {} });
  const targets = ["events_by_host", "hosts", "alerts_by_host", "alerts"].map((title) => target(title));
  const titles = (typed: string): string[] => rankTargets(targets, typed).map(({ title }) => title);
  assert.equal(titles("host")[0], "hosts");
  assert.deepEqual(titles("al host"), ["alerts_by_host"]);
  assert.deepEqual(titles("nothing"), []);
  assert.equal(titles("").length, 4);
});
