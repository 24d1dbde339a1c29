/** What the styles promise without a browser: readable text, and no class that is named on one side only. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SRC = fileURLToPath(new URL("../../src/", import.meta.url));
const files = readdirSync(SRC, { recursive: true, encoding: "utf8" });
const read = (name: string): string => readFileSync(join(SRC, name), "utf8");

test("text has a contrast of at least 4.5 on its grounds, edges 3, dark and light", () => {
  const pairs = [...read("ui/tokens.css").matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)];
  assert.ok(pairs.length > 25);
  for (const [theme, side] of [
    ["light", 2],
    ["dark", 3],
  ] as const) {
    const colours = new Map(pairs.map((pair) => [pair[1] as string, pair[side] as string]));
    const check = (ink: string, ground: string, least: number): void => {
      const ratio = contrast(colours.get(ink) as string, colours.get(ground) as string);
      assert.ok(ratio >= least, `${theme}: ${ink} on ${ground} is ${ratio.toFixed(2)}`);
    };
    for (const ground of ["ground", "field", "panel", "raised", "select", "accent-ground"]) check("text", ground, 4.5);
    for (const ground of ["ground", "field", "panel", "raised"]) check("quiet", ground, 4.5);
    for (const ink of ["accent", "good", "warn", "bad"]) check(ink, "panel", 4.5);
    for (const ink of ["accent", "warn"]) check(ink, "raised", 4.5);
    check("panel", "accent", 4.5);
    for (const ink of ["accent", "good"]) check(ink, "accent-ground", 4.5);
    for (const ink of ["warn", "bad"]) check(ink, `${ink}-ground`, 4.5);
    check("text", "warn-ground", 4.5);
    for (const level of ["critical", "high", "medium", "low", "informational"]) check(level, `${level}-ground`, 4.5);
    for (const level of ["critical", "high", "medium", "low", "informational"]) check(`${level}-mark`, "panel", 3);
    for (const ground of ["panel", "field"]) check("edge", ground, 3);
    for (let series = 1; series <= 6; series++) check(`series-${series}`, "panel", 3);
  }
});

test("every class a component names is in its style sheet, and every class there is named", () => {
  const named = new Map<string, Set<string>>();
  for (const file of files.filter((name) => name.endsWith(".tsx"))) {
    const text = read(file).replace(/^import[^\n]*$/gm, (line) => (line.includes(".module.css") ? "" : line));
    const imports = read(file);
    for (const [, as, path] of imports.matchAll(/import (\w+) from "([^"]+\.module\.css)"/g)) {
      const sheet = join(dirname(file), path as string);
      const classes = named.get(sheet) ?? new Set();
      for (const [, one] of text.matchAll(new RegExp(`\\b${as}\\.(\\w+)`, "g"))) classes.add(one as string);
      if (text.includes(`${as}[`)) classes.add("*");
      named.set(sheet, classes);
    }
  }
  for (const sheet of files.filter((name) => name.endsWith(".module.css"))) {
    const css = read(sheet)
      .replace(/\/\*[\s\S]*?\*\//g, "")
      .replace(/:global\([^)]*\)/g, "");
    const there = new Set(
      [...css.replace(/\{[^{}]*\}/g, "{}").matchAll(/\.([a-z]\w*)/gi)].map(([, one]) => one as string),
    );
    const wanted = named.get(sheet) ?? new Set();
    for (const one of wanted) if (one !== "*") assert.ok(there.has(one), `${sheet} has no .${one}`);
    if (!wanted.has("*")) for (const one of there) assert.ok(wanted.has(one), `${sheet}: .${one} is used by nothing`);
  }
});

test("rows only ever become text", () => {
  for (const file of files.filter((name) => /\.tsx?$/.test(name) && basename(name) !== "styles.test.ts"))
    assert.doesNotMatch(
      read(file),
      /dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcDoc/,
      file,
    );
});

/** WCAG 2.1, relative luminance. */
function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5]
    .map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
