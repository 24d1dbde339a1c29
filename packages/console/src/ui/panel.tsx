/** The frame everything stands in, and what stands there instead of content: nothing yet, nothing at all, or an error. */
import type { ReactElement, ReactNode } from "react";
import { useId } from "react";
import { told } from "../client/http.js";
import { Button, classes } from "./controls.js";
import styles from "./panel.module.css";

interface PanelProps {
  readonly title: ReactNode;
  /** Beside the title, quiet: a count, a time. */
  readonly note?: ReactNode;
  /** Behind the title: ways to look at the same thing. */
  readonly tabs?: ReactNode;
  /** At the bar's end. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
  readonly className?: string | undefined;
  /** The body scrolls by itself; without it the content sees to that. */
  readonly scroll?: boolean;
}

export function Panel({ title, note, tabs, actions, children, className, scroll = false }: PanelProps): ReactElement {
  const id = useId();
  return (
    <section className={classes(styles.panel, className)} aria-labelledby={id}>
      <div className={styles.bar}>
        <h2 id={id} className="clip">
          {title}
        </h2>
        {tabs}
        {note === undefined ? null : <p className={classes(styles.note, "clip")}>{note}</p>}
        <div className={styles.actions}>{actions}</div>
      </div>
      {scroll ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <div className={styles.scroll} role="group" tabIndex={0} aria-labelledby={id}>
          {children}
        </div>
      ) : (
        <div className={styles.body}>{children}</div>
      )}
    </section>
  );
}

/** Nothing is there, and that is fine: says why, and what to do. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }): ReactElement {
  return (
    <div className={styles.state}>
      <p className={styles.stateTitle}>{title}</p>
      {children === undefined ? null : <p className={styles.stateText}>{children}</p>}
    </div>
  );
}

export function Failure({ error, retry }: { readonly error: unknown; readonly retry?: () => void }): ReactElement {
  const { message, hint } = told(error);
  return (
    <div className={styles.state} role="alert">
      <p className={classes(styles.stateTitle, "bad")}>{message}</p>
      {hint === null ? null : <p className={styles.stateText}>{hint}</p>}
      {retry === undefined ? null : (
        <Button icon="reload" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}

/** Lines of the content's height while it is on its way. */
export function Skeleton({ lines }: { readonly lines: number }): ReactElement {
  return (
    <div className={styles.skeleton} aria-hidden="true">
      {Array.from({ length: lines }, (_, k) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all the same
        <span key={k} className={styles.line} data-width={(k * 7) % 5} />
      ))}
    </div>
  );
}
