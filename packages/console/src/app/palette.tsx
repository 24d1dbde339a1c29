/** Jump to anything by typing a part of its name. */
import type { ReactElement } from "react";
import { useEffect, useId, useMemo, useRef, useState } from "react";
import { classes, Kbd } from "../ui/controls.js";
import { Icon } from "../ui/icon.js";
import { Dialog } from "./dialog.js";
import { useKeys } from "./keys.js";
import styles from "./palette.module.css";
import type { Target } from "./rank.js";
import { rankTargets } from "./rank.js";
import { useTargets } from "./targets.js";

const SHOWN_MAX = 60;

export function Palette({ onClose }: { readonly onClose: () => void }): ReactElement {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const targets = useTargets(typed);
  const found = useMemo(() => rankTargets(targets, typed).slice(0, SHOWN_MAX), [targets, typed]);
  const id = useId();
  const list = useRef<HTMLDivElement>(null);
  const current = Math.min(at, Math.max(0, found.length - 1));
  const choose = (target: Target | undefined): void => {
    if (target === undefined) return;
    onClose();
    target.run();
  };
  useKeys("Palette", [], true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the chosen one is kept in sight
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest" });
  }, [current, found]);
  return (
    <Dialog label="Jump to" onClose={onClose}>
      <div className={styles.field}>
        <Icon name="search" />
        <input
          autoFocus
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={found.length > 0 ? `${id}-${current}` : undefined}
          aria-label="Jump to"
          placeholder="A screen, stream, view, host, rule, technique …"
          value={typed}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => {
            setTyped(event.target.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
            if (step !== undefined) setAt((current + step + found.length) % Math.max(1, found.length));
            else if (event.key === "Enter") choose(found[current]);
            else return;
            event.preventDefault();
          }}
        />
      </div>
      <div ref={list} id={id} role="listbox" aria-label="Places" className={styles.list}>
        {found.map((target, k) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
          <div
            key={target.id}
            id={`${id}-${k}`}
            role="option"
            aria-selected={k === current}
            className={classes(styles.option, k === current && styles.current)}
            onClick={() => choose(target)}
            onMouseMove={() => setAt(k)}
          >
            <Icon name={target.icon} />
            <span className="clip">{target.title}</span>
            <span className={classes(styles.kind, "clip")}>{target.kind}</span>
            {target.keys === undefined ? null : <Kbd keys={target.keys} />}
          </div>
        ))}
        {found.length === 0 ? <p className={styles.none}>Nothing has that name.</p> : null}
      </div>
    </Dialog>
  );
}
