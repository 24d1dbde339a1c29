/** Command lines: node's parser, with errors that say what to write instead. */
import type { ParseArgsConfig } from "node:util";
import { parseArgs } from "node:util";
import { MillraceError, suggest } from "../base/errors.js";

type Options = NonNullable<ParseArgsConfig["options"]>;

export interface Parsed {
  readonly words: readonly string[];
  text(name: string): string | undefined;
  all(name: string): readonly string[];
  flag(name: string): boolean;
  /** Throws `USAGE`: the command takes no such word. */
  unexpected(word: string): never;
  /** One of the given words; throws `USAGE` with a suggestion for another. */
  oneOf<W extends string>(name: string, words: readonly W[], fallback: W): W;
  /** A whole number from `min` on; throws `USAGE` for anything else. */
  whole(name: string, min: number, max: number): number | undefined;
}

/** Throws `USAGE` for an unknown option, or a value too many or too few. */
export function parse(args: readonly string[], options: Options): Parsed {
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw notUnderstood(error as Error, options);
  }
  const value = (name: string): unknown => parsed.values[name];
  const text = (name: string): string | undefined => value(name) as string | undefined;
  return {
    words: parsed.positionals,
    text,
    all: (name) => (value(name) ?? []) as readonly string[],
    flag: (name) => value(name) === true,
    oneOf(name, words, fallback) {
      const given = text(name);
      const found = given === undefined ? fallback : words.find((word) => word === given);
      if (found !== undefined) return found;
      throw new MillraceError("USAGE", `--${name} can't be "${given}"`, { hint: suggest(given as string, words) });
    },
    unexpected(word) {
      throw new MillraceError("USAGE", `"${word}" is one word too many`);
    },
    whole(name, min, max) {
      const given = text(name);
      if (given === undefined) return undefined;
      const number = Number(given);
      if (!/^\d+$/.test(given) || number < min || number > max)
        throw new MillraceError("USAGE", `--${name} is a whole number from ${min} to ${max}, not "${given}"`);
      return number;
    },
  };
}

/** What node's parser says, in our words. */
function notUnderstood({ message }: Error, options: Options): MillraceError {
  const [, dashes = "--", name = ""] = /'(-{1,2})([^'\s=]+)/.exec(message) ?? [];
  const option = dashes + name;
  if (/argument missing|is ambiguous/.test(message))
    return new MillraceError("USAGE", `${option} needs a value`, {
      hint: `A value that begins with a dash is written ${option}=-…`,
    });
  if (message.includes("does not take an argument")) return new MillraceError("USAGE", `${option} takes no value`);
  return new MillraceError("USAGE", `there is no option ${option}`, {
    hint: suggest(name, Object.keys(options), "--"),
  });
}
