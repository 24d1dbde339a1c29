/** The Sigma rules as a rule set of the engine, from the folders named in the module's URL (`?rules=DIR&rules=DIR`). */
import { rules, t } from "millrace";
import { compileSigma } from "./sigma/rule-set.js";

/** Rule folders of a module's URL; the project's own rules where it names none. */
export function ruleFolders(url: string): readonly string[] {
  const named = new URL(url).searchParams.getAll("rules");
  return named.length > 0 ? named : ["../rules"];
}

export function sigmaRules(url: string) {
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
      const { rules: compiled, problems, unsupported } = compileSigma(files);
      return {
        rules: compiled.map(({ id, when, meta: { title, level, author, techniques, tactics, path } }) => ({
          id,
          when,
          file: path,
          meta: { title, level, author, techniques, tactics, path },
        })),
        problems: [...problems, ...unsupported],
      };
    },
  });
}
