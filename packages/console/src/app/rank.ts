/** Which places fit what was typed, the best first. */
import type { IconName } from "../ui/icon.js";

export interface Target {
  readonly id: string;
  readonly title: string;
  readonly kind: string;
  readonly icon: IconName;
  readonly keys?: string;
  readonly run: () => void;
  /** Comes behind all others, however well it fits. */
  readonly last?: boolean;
}

/** Those that have all the typed words, the best first: whole beginnings before beginnings of words before the rest. */
export function rankTargets(targets: readonly Target[], typed: string): readonly Target[] {
  const words = typed
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return targets;
  return targets
    .map((target) => ({
      target,
      score: target.last === true ? 1e-9 : scoreOf(`${target.title} ${target.kind}`.toLowerCase(), words),
    }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .map(({ target }) => target);
}

function scoreOf(text: string, words: readonly string[]): number {
  let score = 0;
  for (const word of words) {
    const found = text.indexOf(word);
    if (found < 0) return 0;
    score += found === 0 ? 4 : /[^a-z0-9]/.test(text[found - 1] as string) ? 2 : 1;
  }
  return score + 1 / text.length;
}
