/** Which kinds of events, and words in them. */
import type { ReactElement } from "react";
import { FilterField } from "../../app/filter-field.js";
import { goQuery } from "../../app/place.js";
import type { EventCategory } from "../../hunt/event-names.js";
import type { EventKind } from "../../hunt/timeline.js";
import { Toggle } from "../../ui/controls.js";
import { short } from "../../ui/format.js";
import { CATEGORIES } from "./categories.js";
import styles from "./hosts.module.css";

interface FiltersProps {
  readonly kinds: readonly EventKind[];
  readonly categories: readonly EventCategory[];
  readonly text: string;
}

export function TimelineFilters({ kinds, categories, text }: FiltersProps): ReactElement {
  const counts = new Map<EventCategory, number>();
  for (const { category, events } of kinds) counts.set(category, (counts.get(category) ?? 0) + events);
  const there = CATEGORIES.filter(({ id }) => (counts.get(id) ?? 0) > 0 || categories.includes(id));
  return (
    <search className={styles.filters} aria-label="Narrow the timeline">
      <span className={styles.kinds}>
        {there.map(({ id, title, color }) => (
          <Toggle
            key={id}
            on={categories.includes(id)}
            onChange={(on) => {
              const next = on ? [...categories, id] : categories.filter((one) => one !== id);
              goQuery({ kind: next.join(" ") || null });
            }}
          >
            <span className={styles.dot} style={{ background: `var(--${color})` }} aria-hidden="true" />
            {title}
            <span className={styles.number}>{short(counts.get(id) ?? 0)}</span>
          </Toggle>
        ))}
      </span>
      <FilterField
        label="Filter events by words"
        placeholder="Filter by words"
        className={styles.words}
        text={text}
        onFilter={filterBy}
      />
    </search>
  );
}

function filterBy(text: string): void {
  goQuery({ q: text });
}
