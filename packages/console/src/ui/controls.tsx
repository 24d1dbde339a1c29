/** Buttons, fields and small marks, the same on every screen. */
import type { ButtonHTMLAttributes, InputHTMLAttributes, ReactElement, ReactNode, Ref } from "react";
import styles from "./controls.module.css";
import type { IconName } from "./icon.js";
import { Icon } from "./icon.js";

export function classes(...names: readonly (string | false | null | undefined)[]): string {
  return names.filter((name) => name).join(" ");
}

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  readonly icon?: IconName;
  readonly keys?: string;
  readonly look?: "plain" | "primary" | "quiet" | "danger";
}

export function Button({ icon, keys, look = "plain", children, className, ...rest }: ButtonProps): ReactElement {
  return (
    <button type="button" {...rest} className={classes(styles.button, styles[look], className)}>
      {icon === undefined ? null : <Icon name={icon} size={14} />}
      {children}
      {keys === undefined ? null : <Kbd keys={keys} />}
    </button>
  );
}

interface LinkButtonProps {
  readonly href: string;
  readonly icon?: IconName;
  readonly keys?: string;
  readonly children: ReactNode;
  readonly title?: string;
}

/** A link that looks like a button: it leads to another place. */
export function LinkButton({ href, icon, keys, children, title }: LinkButtonProps): ReactElement {
  return (
    <a className={styles.button} href={href} title={title}>
      {icon === undefined ? null : <Icon name={icon} size={14} />}
      {children}
      {keys === undefined ? null : <Kbd keys={keys} />}
    </a>
  );
}

export function Kbd({ keys }: { readonly keys: string }): ReactElement {
  return (
    <kbd className={styles.kbd} aria-hidden="true">
      {keys}
    </kbd>
  );
}

interface SearchProps extends Omit<InputHTMLAttributes<HTMLInputElement>, "onChange"> {
  readonly label: string;
  readonly onChange: (value: string) => void;
  readonly inputRef?: Ref<HTMLInputElement>;
}

/** A one-line filter. Esc empties it, and once empty gives the focus back. */
export function SearchField({ label, onChange, inputRef, className, ...rest }: SearchProps): ReactElement {
  return (
    <span className={classes(styles.search, className)}>
      <Icon name="search" size={14} />
      <input
        {...rest}
        ref={inputRef}
        type="search"
        aria-label={label}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.preventDefault();
          event.stopPropagation();
          if (event.currentTarget.value === "") event.currentTarget.blur();
          else onChange("");
        }}
      />
    </span>
  );
}

interface ToggleProps {
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
  readonly children: ReactNode;
  readonly title?: string;
  readonly className?: string | undefined;
}

export function Toggle({ on, onChange, children, title, className }: ToggleProps): ReactElement {
  return (
    <button
      type="button"
      aria-pressed={on}
      title={title}
      className={classes(styles.toggle, className)}
      onClick={() => onChange(!on)}
    >
      {children}
    </button>
  );
}

/** A word in a frame: a kind, a state. */
export function Tag({
  tone,
  children,
  title,
}: {
  readonly tone?: "good" | "warn" | "bad" | "accent" | undefined;
  readonly children: ReactNode;
  readonly title?: string;
}): ReactElement {
  return (
    <span className={classes(styles.tag, tone !== undefined && styles[tone])} title={title}>
      {children}
    </span>
  );
}

const LEVELS = ["critical", "high", "medium", "low", "informational"] as const;
export type Level = (typeof LEVELS)[number];
export { LEVELS };

export function levelOf(value: unknown): Level {
  return LEVELS.find((level) => level === value) ?? "informational";
}

/** A level by colour and word. */
export function LevelMark({ level }: { readonly level: unknown }): ReactElement {
  const known = levelOf(level);
  return (
    <span className={styles.level} data-level={known}>
      {known === "informational" ? "info" : known}
    </span>
  );
}
