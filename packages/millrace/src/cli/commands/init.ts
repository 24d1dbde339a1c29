/** `millrace init`: a small program with data, to begin from. */
import { existsSync, readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { MillraceError } from "../../base/errors.js";
import { diskError } from "../../base/node-disk.js";
import { parse } from "../arguments.js";

export const INIT_HELP = `millrace init [DIR]
  Writes a first program, its data, a package.json and a tsconfig.json.

  Programs run as they are, types unchecked; npm run typecheck checks them.`;

const APP = `import { app, files, stream, t, tumble } from "millrace";

// What comes in: a CSV file has these columns; other sources may push the same rows.
const orders = stream(
  "orders",
  { at: t.timestamp(), region: t.string(), amount: t.float64() },
  { time: "at", delay: "5s", from: files("orders/*.csv") },
);

// What goes out: for each region and minute the number of orders and their sum.
const perRegion = orders
  .by("region")
  .window(tumble("1m"))
  .agg((a) => ({ orders: a.count(), total: a.sum("amount") }))
  .view("per_region");

export default app(import.meta, "shop", [perRegion]);
`;

const ORDERS = `at,region,amount
2026-01-01T00:00:05Z,eu,3.5
2026-01-01T00:00:31Z,us,20
2026-01-01T00:00:59Z,eu,4.25
2026-01-01T00:01:12Z,eu,1
2026-01-01T00:02:40Z,us,7.5
2026-01-01T00:04:00Z,eu,12
`;

const TSCONFIG = `{
  "compilerOptions": {
    "target": "es2023",
    "module": "nodenext",
    "strict": true,
    "noEmit": true,
    "skipLibCheck": true,
    "types": []
  },
  "include": ["**/*.ts"]
}
`;

/** What checks types; a test holds it against what this package itself is built with. */
const TYPESCRIPT = "^7.0.2";

export async function initCommand(args: readonly string[]): Promise<number> {
  const parsed = parse(args, { verbose: { type: "boolean" } });
  for (const word of parsed.words.slice(1)) parsed.unexpected(word);
  const folder = resolve(parsed.words[0] ?? ".");
  const dependencies = ownDependencies();
  const files: readonly (readonly [string, string])[] = [
    ["app.ts", APP],
    [join("orders", "first.csv"), ORDERS],
    ["package.json", packageText(dependencies)],
    ["tsconfig.json", TSCONFIG],
  ];
  const hasPackage = existsSync(join(folder, "package.json"));
  const there = files
    .map(([name]) => join(folder, name))
    .find((path) => existsSync(path) && !/(?:package|tsconfig)\.json$/.test(path));
  if (there !== undefined)
    throw new MillraceError("USAGE", `${there} is there already`, {
      hint: "millrace init DIR writes into another folder.",
    });
  try {
    await mkdir(join(folder, "orders"), { recursive: true });
    for (const [name, text] of files) if (!existsSync(join(folder, name))) await writeFile(join(folder, name), text);
  } catch (error) {
    throw diskError(folder, error);
  }
  const found = isInstalled(folder, "millrace");
  const steps = [
    ...(parsed.words[0] === undefined ? [] : [`cd ${parsed.words[0]}`]),
    ...(found ? [] : [hasPackage ? `npm install ${installed(dependencies)}` : "npm install"]),
    "npx millrace run app.ts --once",
    'npx millrace sql "select * from per_region"',
    !hasPackage && (!found || isInstalled(folder, "typescript"))
      ? "npm run typecheck"
      : `npx --package typescript@${TYPESCRIPT} tsc`,
  ];
  process.stdout.write(`Wrote app.ts and orders/first.csv. Next:\n${steps.map((step) => `  ${step}\n`).join("")}`);
  return 0;
}

const PACKAGE = fileURLToPath(new URL("../../../", import.meta.url));

type Dependencies = Readonly<Record<string, string>>;

/**
 * This very package: by its folder where it is a checkout; where it was installed, as the package there asked for it,
 * its console too where both came as files, or by its version.
 */
function ownDependencies(): Dependencies {
  const modules = PACKAGE.lastIndexOf(`${sep}node_modules${sep}`);
  if (modules < 0) return { millrace: `file:${PACKAGE.replace(/[/\\]$/, "")}` };
  const home = PACKAGE.slice(0, modules);
  const asked = packageOf(home).dependencies ?? {};
  const files = Object.entries(asked).flatMap(([name, spec]) =>
    /^millrace(?:-console)?$/.test(name) && spec.startsWith("file:")
      ? [[name, `file:${resolve(home, spec.slice("file:".length))}`] as const]
      : [],
  );
  return files.length > 0 ? Object.fromEntries(files) : { millrace: `^${packageOf(PACKAGE).version}` };
}

function packageOf(folder: string): { readonly version?: string; readonly dependencies?: Dependencies } {
  const path = join(folder, "package.json");
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {};
}

function installed(dependencies: Dependencies): string {
  return Object.entries(dependencies)
    .map(([name, spec]) => `${name}@${spec}`)
    .join(" ");
}

function packageText(dependencies: Dependencies): string {
  const text = {
    name: "shop",
    private: true,
    type: "module",
    scripts: { start: "millrace run app.ts", typecheck: "tsc" },
    dependencies,
    devDependencies: { typescript: TYPESCRIPT },
  };
  return `${JSON.stringify(text, null, 2)}\n`;
}

/** Whether npx finds the package's commands there, without asking anybody for it. */
function isInstalled(folder: string, name: string): boolean {
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, "node_modules", name))) return true;
    if (at === dirname(at)) return false;
  }
}
