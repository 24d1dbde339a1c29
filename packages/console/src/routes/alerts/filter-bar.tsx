/** What the list is narrowed by: levels with their numbers, words, and whatever was chosen elsewhere. */
import type { ReactElement } from "react";
import { FilterField } from "../../app/filter-field.js";
import { goQuery } from "../../app/place.js";
import { useResource } from "../../client/resource.js";
import type { AlertFilter } from "../../hunt/alert-filter.js";
import { MARKS } from "../../hunt/alert-filter.js";
import { countLevels } from "../../hunt/alert-queries.js";
import { shortHost } from "../../hunt/alerts.js";
import { techniqueName } from "../../hunt/attack.js";
import { LEVELS, Toggle } from "../../ui/controls.js";
import { instantAt, short, visible } from "../../ui/format.js";
import { Icon } from "../../ui/icon.js";
import styles from "./alerts.module.css";

export function FilterBar({ filter, head }: { readonly filter: AlertFilter; readonly head: number }): ReactElement {
  const { levels: _, ...beside } = filter;
  const { data } = useResource(
    head === 0 ? null : `levels ${JSON.stringify(beside)}@${head}`,
    (signal) => countLevels(filter, head, signal),
    { keep: true },
  );
  const toggle = (level: string, on: boolean): void => {
    const next = on ? [...filter.levels, level] : filter.levels.filter((one) => one !== level);
    goQuery({ level: next.join(" ") || null });
  };
  return (
    <search className={styles.filters} aria-label="Narrow the alerts">
      {LEVELS.map((level) => (
        <Toggle
          key={level}
          on={filter.levels.includes(level)}
          onChange={(on) => toggle(level, on)}
          className={styles.level}
        >
          <span className={styles.dot} data-level={level} aria-hidden="true" />
          {level === "informational" ? "info" : level}
          <span className={styles.number}>{data === undefined ? "" : short(data.get(level) ?? 0)}</span>
        </Toggle>
      ))}
      <Chosen filter={filter} />
      {MARKS.map((mark) => (
        <Toggle
          key={mark}
          on={filter.marks.includes(mark)}
          title={mark === "retro" ? "Found by rules that came after the event" : "A silence fits them"}
          onChange={(on) =>
            goQuery({ is: MARKS.filter((one) => (one === mark ? on : filter.marks.includes(one))).join(" ") })
          }
          className={styles.mark}
        >
          {mark}
        </Toggle>
      ))}
      <FilterField
        label="Filter alerts by words in rule, host, user or process"
        placeholder="Filter by words"
        className={styles.words}
        text={filter.text}
        onFilter={filterBy}
      />
    </search>
  );
}

/** Chosen elsewhere; a click takes it away. */
function Chosen({ filter }: { readonly filter: AlertFilter }): ReactElement {
  const { rule, host, user, technique, from, to } = filter;
  const chosen: (readonly [words: readonly string[], shown: string])[] = [];
  if (rule !== null) chosen.push([["rule"], `rule ${rule.slice(0, 8)}`]);
  if (host !== null) chosen.push([["host"], shortHost(host)]);
  if (user !== null) chosen.push([["user"], user]);
  if (technique !== null) chosen.push([["technique"], `${technique} ${techniqueName(technique) ?? ""}`.trim()]);
  if (from !== null || to !== null) chosen.push([["from", "to"], `${timeText(from)} to ${timeText(to)}`]);
  return (
    <>
      {chosen.map(([words, shown]) => (
        <button
          key={words[0]}
          type="button"
          className={styles.chosen}
          title="Take this away"
          onClick={() => goQuery(Object.fromEntries(words.map((word) => [word, null])))}
        >
          <span className="clip">{visible(shown)}</span>
          <Icon name="close" size={12} />
        </button>
      ))}
    </>
  );
}

function filterBy(text: string): void {
  goQuery({ q: text });
}

function timeText(ms: number | null): string {
  return ms === null ? "…" : (instantAt(ms)?.slice(5, 19) ?? "");
}
