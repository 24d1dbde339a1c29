/** The Sigma rules as a rule set of the engine, from the folders named in the module's URL (`?rules=DIR&rules=DIR`). */
import { rules, t } from "millrace";
import type { CompiledRule } from "./sigma/compile.js";
import { SigmaCompiler } from "./sigma/rule-set.js";

/** Rule folders of a module's URL; the project's own rules where it names none. */
export function ruleFolders(url: string): readonly string[] {
  const named = new URL(url).searchParams.getAll("rules");
  return named.length > 0 ? named : ["../rules"];
}

export function sigmaRules(url: string) {
  // When one file changes, the rules of the others stay the same objects, and what the engine made of them holds.
  const compiler = new SigmaCompiler();
  const known = new WeakMap<CompiledRule, ReturnType<typeof ruleOf>>();
  return rules("sigma", {
    from: ruleFolders(url),
    meta: {
      title: t.string(),
      level: t.string(),
      author: t.string(),
      techniques: t.list(t.string()),
      tactics: t.list(t.string()),
      path: t.string(),
    },
    compile(files) {
      const { rules: compiled, problems, unsupported } = compiler.compile(files);
      return {
        rules: compiled.map((rule) => {
          const made = known.get(rule) ?? ruleOf(rule);
          known.set(rule, made);
          return made;
        }),
        problems: [...problems, ...unsupported],
      };
    },
  });
}

function ruleOf({ id, when, meta }: CompiledRule) {
  const { title, level, author, techniques, tactics, path } = meta;
  return { id, when, file: path, meta: { title, level, author, techniques, tactics, path } };
}
