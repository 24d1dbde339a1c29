/** Ways to look at the same thing: links, so that each has an address. */
import type { ReactElement } from "react";
import { classes } from "./controls.js";
import styles from "./tabs.module.css";

export interface Tab {
  readonly id: string;
  readonly title: string;
  readonly href: string;
}

export function Tabs({
  label,
  tabs,
  current,
}: {
  readonly label: string;
  readonly tabs: readonly Tab[];
  readonly current: string;
}): ReactElement {
  return (
    <nav className={styles.tabs} aria-label={label}>
      {tabs.map(({ id, title, href }) => (
        <a
          key={id}
          href={href}
          className={classes(styles.tab, id === current && styles.current)}
          aria-current={id === current ? "true" : undefined}
        >
          {title}
        </a>
      ))}
    </nav>
  );
}
