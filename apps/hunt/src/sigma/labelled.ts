/**
 * Rules of log sources that no kind of event is known for: they look at events that their sender has labelled
 * `logsource.…`, and at nothing else. Without labels they never match, which has to be said.
 */
import { LABELS, variantsOf } from "./logsource.js";
import type { LogSource } from "./parse.js";

/** Lines that say how many rules wait for labels, by log source, the most first; none where no rule does. */
export function tellLabelled(rules: readonly { readonly logsource: LogSource }[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { logsource } of rules) {
    if (variantsOf(logsource).some(({ name }) => name !== LABELS)) continue;
    const source = Object.entries(logsource).flatMap(([part, value]) => (value === null ? [] : [`${part} ${value}`]));
    counts.set(source.join(", "), (counts.get(source.join(", ")) ?? 0) + 1);
  }
  if (counts.size === 0) return [];
  const waiting = [...counts.values()].reduce((sum, n) => sum + n, 0);
  const ordered = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return [
    `${counted(waiting, "rule")} of ${counted(rules.length, "rule")} match only events that their sender labels logsource.product, .category, .service: nothing else tells the events of these log sources`,
    ...ordered.map(([source, n]) => `  ${source}: ${counted(n, "rule")}`),
  ];
}

function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
