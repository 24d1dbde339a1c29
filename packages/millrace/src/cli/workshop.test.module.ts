/** A folder with programs and files, and the command line in it as others drive it: a process of its own. */
import assert from "node:assert/strict";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = fileURLToPath(new URL("../../", import.meta.url));
export const BIN = join(PACKAGE, "bin", "millrace.js");

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** A process that may still run, with what it has written so far. */
export class Running {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<Ended>;
  out = "";
  err = "";
  readonly #looks = new Set<() => void>();

  constructor(child: ChildProcessWithoutNullStreams) {
    this.child = child;
    child.stdout.on("data", (part) => this.#wrote({ out: String(part) }));
    child.stderr.on("data", (part) => this.#wrote({ err: String(part) }));
    child.stdin.on("error", () => {});
    this.ended = new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => resolve({ code, signal, out: this.out, err: this.err }));
    });
  }

  /** The first group of the first match in what it has said on standard error. Rejects when it ends before. */
  async said(pattern: RegExp): Promise<string> {
    return await new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(this.err);
        if (found === null) return;
        this.#looks.delete(look);
        resolve(found[1] ?? found[0]);
      };
      this.#looks.add(look);
      void this.ended.then(({ err }) => reject(new assert.AssertionError({ message: `ended, and said: ${err}` })));
      look();
    });
  }

  #wrote({ out = "", err = "" }): void {
    this.out += out;
    this.err += err;
    for (const look of [...this.#looks]) look();
  }
}

export class Workshop {
  readonly folder = mkdtempSync(join(tmpdir(), "millrace-"));

  constructor(files: Readonly<Record<string, string | Uint8Array>> = {}) {
    mkdirSync(join(this.folder, "node_modules"));
    symlinkSync(PACKAGE, join(this.folder, "node_modules", "millrace"));
    this.write(files);
  }

  path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  write(files: Readonly<Record<string, string | Uint8Array>>): void {
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(this.path(name)), { recursive: true });
      writeFileSync(this.path(name), content);
    }
  }

  start(args: readonly string[], cwd = this.folder): Running {
    return new Running(spawn(process.execPath, [BIN, ...args], { cwd }));
  }

  /** `millrace ARGS`; a string is cut at spaces. */
  millrace(args: string | readonly string[], input = "", cwd = this.folder): Promise<Ended> {
    const running = this.start(typeof args === "string" ? args.split(" ") : args, cwd);
    running.child.stdin.end(input);
    return running.ended;
  }

  /** Runs to the end; fails the test when that fails. */
  async runOnce(args: string): Promise<Ended> {
    const ended = await this.millrace(`run ${args} --once`);
    assert.equal(ended.code, 0, ended.err);
    return ended;
  }

  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into by tests only
  async rows(data: string, sql: string): Promise<any[]> {
    const { code, out, err } = await this.millrace(["sql", "--data", data, "--format", "ndjson", sql]);
    assert.equal(code, 0, err);
    return out
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Every order must be there whatever the run: a keyed count, a windowed sum, a published stream. */
export const TILL = `import { app, stream, t, tumble } from "millrace";

const sales = stream(
  "sales",
  { at: t.timestamp(), id: t.int64(), shop: t.string(), amount: t.float64() },
  { time: "at", delay: "2s" },
);
const shops = sales
  .by("shop")
  .agg((a) => ({ sales: a.count(), total: a.sum("amount"), last: a.last("id") }), { keep: "forever" })
  .view("shops");
const minutes = sales
  .by("shop")
  .window(tumble("1m"))
  .agg((a) => ({ sales: a.count(), total: a.sum("amount") }))
  .view("minutes");
const large = sales
  .filter((e) => e.amount >= 900)
  .map((e) => ({ id: e.id, shop: e.shop, cents: e.amount * 100 }))
  .stream("large");

export default app(import.meta, "till", [shops, minutes, large]);
`;

export interface Sale {
  readonly at: string;
  readonly id: number;
  readonly shop: string;
  readonly amount: number;
}

/** Sales about a second apart, some behind the watermark. Amounts are quarters, so sums of floats are exact. */
export function salesOf(rows: number, seed: number, { late = true } = {}): Sale[] {
  return Array.from({ length: rows }, (_, i) => {
    const back = late && i % 97 === 96 ? 90_000 : late ? (i * 7919) % 3000 : 0;
    return {
      at: new Date(Date.UTC(2026, 0, 1) + i * 500 - back).toISOString(),
      id: seed * 1_000_000 + i,
      shop: `s${(i * 7 + seed) % 13}`,
      amount: ((i * 31 + seed * 17) % 4000) / 4,
    };
  });
}

export function ndjson(rows: readonly object[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join("");
}

/** All that a run of TILL answers, in an order of its own: a published stream counts as a set. */
export async function answersOf(workshop: Workshop, data: string): Promise<string> {
  const parts = [
    "select 'shops' as what, concat_ws('|', shop, sales, total, last) as row from shops",
    `select 'minutes', concat_ws('|', shop, "windowStart", "windowEnd", sales, total) from minutes`,
    "select 'large', concat_ws('|', id, shop, cents) from large",
    "select 'dead', concat_ws('|', stream, line, reason) from dead_letters",
  ];
  const sql = `${parts.join(" union all ")} order by all`;
  const { code, out, err } = await workshop.millrace(["sql", "--data", data, "--format", "csv", sql]);
  assert.equal(code, 0, err);
  return out;
}
