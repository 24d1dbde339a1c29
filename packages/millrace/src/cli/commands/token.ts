/** `millrace token`: who may speak to a served program. */
import { randomBytes } from "node:crypto";
import { systemClock } from "../../base/clock.js";
import { MillraceError, suggest } from "../../base/errors.js";
import type { Duration } from "../../base/time.js";
import { durationMs, formatInstant } from "../../base/time.js";
import { digestOf, ROLES } from "../../server/roles.js";
import { parse } from "../arguments.js";
import { TokenFile } from "../token-file.js";

export const TOKEN_HELP = `millrace token add NAME --role ROLE | list | remove NAME
  Tokens of a data directory, each with a role. A running program takes notice at once.

  --role ROLE      read, ingest, operate (reads, ingests, changes rules, replays), admin
  --expires TIME   after so long it is refused: 90d, 12h; default never
  --data DIR       default .millrace in this folder

  add shows the token once; only its digest is kept.`;

const NAME = /^[\w.@-]{1,64}$/;

export async function tokenCommand(args: readonly string[]): Promise<number> {
  const parsed = parse(args, { role: { type: "string" }, expires: { type: "string" }, data: { type: "string" } });
  const [action = "list", name = "", extra] = parsed.words;
  if (extra !== undefined) parsed.unexpected(extra);
  const file = new TokenFile(parsed.text("data") ?? ".millrace");
  switch (action) {
    case "list":
      for (const { name: own, role, expires } of file.entries())
        process.stdout.write(`${own}  ${role}${expires === null ? "" : `  until ${formatInstant(expires)}`}\n`);
      return 0;
    case "add":
      return add(file, name, parsed.oneOf("role", ROLES, "read"), parsed.text("expires"));
    case "remove": {
      const kept = file.entries().filter((entry) => entry.name !== name);
      if (kept.length === file.entries().length)
        throw new MillraceError("NAME", `there is no token "${name}"`, {
          hint: suggest(
            name,
            kept.map((entry) => entry.name),
          ),
        });
      file.write(kept);
      process.stdout.write(`"${name}" is refused from now on.\n`);
      return 0;
    }
    default:
      throw new MillraceError("USAGE", `millrace token takes add, list or remove, not "${action}"`);
  }
}

function add(file: TokenFile, name: string, role: (typeof ROLES)[number], expires: string | undefined): number {
  if (!NAME.test(name))
    throw new MillraceError("USAGE", "a token has a name", { hint: "millrace token add collector-7 --role ingest" });
  if (file.entries().some((entry) => entry.name === name))
    throw new MillraceError("NAME", `there is a token "${name}" already`, { hint: `millrace token remove ${name}` });
  const token = `mr_${randomBytes(24).toString("base64url")}`;
  const until = expires === undefined ? null : systemClock.now() + durationMs(expires as Duration);
  file.write([...file.entries(), { name, role, sha256: digestOf(token), expires: until }]);
  process.stdout.write(`${token}\n`);
  process.stderr.write(`Role ${role}. It is not shown again.\n`);
  return 0;
}
