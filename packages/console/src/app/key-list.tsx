/** The keys that do something just here. */
import type { ReactElement } from "react";
import { Fragment, useState } from "react";
import { Kbd } from "../ui/controls.js";
import { Dialog } from "./dialog.js";
import styles from "./key-list.module.css";
import { boundKeys, useKeys } from "./keys.js";

export function KeyList({ onClose }: { readonly onClose: () => void }): ReactElement {
  const [groups] = useState(() =>
    boundKeys()
      .map(({ title, bindings }) => ({ title, bindings: bindings.filter(({ does }) => does !== undefined) }))
      .filter(({ bindings }) => bindings.length > 0),
  );
  useKeys("Keys", [{ keys: "?", run: onClose }], true);
  return (
    <Dialog label="Keys" onClose={onClose}>
      <h2 className={styles.title}>Keys</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <div className={styles.list} role="group" tabIndex={0} aria-label="List of keys">
        {groups.map(({ title, bindings }) => (
          <section key={title}>
            <h3 className={styles.group}>{title}</h3>
            <dl className={styles.keys}>
              {bindings.map(({ keys, does }) => (
                <Fragment key={keys}>
                  <dt>
                    {keys.split(" ").map((key) => (
                      <Kbd key={key} keys={key} />
                    ))}
                    <span className="visually-hidden">{keys}</span>
                  </dt>
                  <dd>{does}</dd>
                </Fragment>
              ))}
            </dl>
          </section>
        ))}
        <section>
          <h3 className={styles.group}>In lists and fields</h3>
          <dl className={styles.keys}>
            <dt>
              <Kbd keys="Esc" />
            </dt>
            <dd>Empties a filter, closes what is open</dd>
          </dl>
        </section>
      </div>
    </Dialog>
  );
}
