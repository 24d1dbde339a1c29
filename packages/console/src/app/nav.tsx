/** The screens, at the left; on a narrow page icons alone. */
import type { StatusAnswer } from "millrace/client";
import type { ReactElement } from "react";
import { useLivePart } from "../client/live.js";
import { OPEN_ALERTS } from "../hunt/alert-groups.js";
import { classes } from "../ui/controls.js";
import { short } from "../ui/format.js";
import { Icon } from "../ui/icon.js";
import styles from "./nav.module.css";
import { link } from "./place.js";
import { useGroups, useHunts } from "./program.js";
import type { Screen } from "./screens.js";
import { SCREENS } from "./screens.js";
import { switchTheme, useTheme } from "./theme.js";

interface NavProps {
  readonly current: string | null;
  readonly onKeys: () => void;
}

export function Nav({ current, onKeys }: NavProps): ReactElement {
  const hunts = useHunts();
  const app = useLivePart(({ numbers }) => numbers?.status.app ?? "");
  const theme = useTheme();
  const grouped = useGroups();
  const parts = ["Engine", "Hunt"].filter((group) => group === "Engine" || hunts);
  return (
    <nav className={styles.nav} aria-label="Screens">
      <a className={styles.home} href={link(["overview"])} title="Overview">
        <img src="/console/icon.svg" alt="" width={22} height={22} />
        <span className={classes(styles.label, "clip")}>{app === "" ? "Millrace" : app}</span>
      </a>
      {parts.map((group) => (
        <div key={group} role="group" aria-label={group}>
          <p className={styles.group} aria-hidden="true">
            {group}
          </p>
          <ul>
            {SCREENS.filter((screen) => screen.group === group && (screen.id !== "triage" || grouped)).map((screen) => (
              <NavItem key={screen.id} screen={screen} current={screen.id === current} />
            ))}
          </ul>
        </div>
      ))}
      <div className={styles.foot}>
        <button type="button" className={styles.item} onClick={switchTheme} title="Dark or light (g t)">
          <Icon name={theme === "dark" ? "moon" : "sun"} />
          <span className={styles.label}>{theme === "dark" ? "Dark" : "Light"}</span>
        </button>
        <button type="button" className={styles.item} onClick={onKeys} title="Keys (?)">
          <Icon name="keys" />
          <span className={styles.label}>Keys</span>
          <kbd className={styles.hint}>?</kbd>
        </button>
      </div>
    </nav>
  );
}

/** What waits there to be looked at. */
function numberOf(id: string, { alerts, deadLetters, views }: StatusAnswer): number {
  if (id === "alerts") return alerts;
  if (id === "triage") return views.find(({ name }) => name === OPEN_ALERTS)?.rows ?? 0;
  return id === "dead-letters" ? deadLetters : 0;
}

function NavItem({ screen, current }: { readonly screen: Screen; readonly current: boolean }): ReactElement {
  const { id, title, icon, keys } = screen;
  const number = useLivePart(({ numbers }) => (numbers === null ? 0 : numberOf(id, numbers.status)));
  return (
    <li>
      <a
        className={styles.item}
        href={link([id])}
        aria-current={current ? "page" : undefined}
        title={`${title} (${keys})`}
      >
        <Icon name={icon} />
        <span className={styles.label}>{title}</span>
        {number > 0 ? (
          <span className={classes(styles.number, id === "dead-letters" && styles.warn)}>{short(number)}</span>
        ) : (
          <kbd className={styles.hint} aria-hidden="true">
            {keys}
          </kbd>
        )}
      </a>
    </li>
  );
}
