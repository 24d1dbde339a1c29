/** A program with a hot rule set, for tests: one "field: text" a line is a rule. Its folder is the module's `?rules=`. */
import { app } from "../plan/app.js";
import { rules, stream } from "../plan/define.js";
import type { RuleFile } from "../plan/rules/rule-set.js";
import { x } from "../plan/rules/x.js";
import { t } from "../schema/builder.js";

const folder = new URL(import.meta.url).searchParams.get("rules") as string;

function compile(files: readonly RuleFile[]) {
  const lines = files.flatMap(({ path, text }) =>
    text
      .trim()
      .split("\n")
      .map((line, k) => ({ path, line: k + 1, parts: /^(\w+): (\w+)$/.exec(line) })),
  );
  return {
    rules: lines.flatMap(({ path, parts }) =>
      parts === null
        ? []
        : [
            {
              id: `${path}/${parts[2]}`,
              meta: { word: parts[2] as string },
              when: x.field(parts[1] as string).contains(parts[2] as string),
              file: path,
            },
          ],
    ),
    problems: lines.flatMap(({ path, line, parts }) =>
      parts === null ? [{ path, line, reason: 'a rule is "field: text"' }] : [],
    ),
  };
}

const words = rules("words", { from: folder, meta: { word: t.string() }, compile });
const lines = stream("lines", { at: t.timestamp(), text: t.string() }, { time: "at", partitions: 2 });
const found = lines
  .match(words, (e, rule, place) => ({ text: e.text, word: rule.word, retro: place.retro }))
  .stream("found");

export default app(import.meta, "words", [found]);
