/** Names and values under one another. Values are text, whatever is in them. */
import type { ReactElement, ReactNode } from "react";
import { Fragment, useState } from "react";
import styles from "./fields.module.css";
import { count, instant, text, visible } from "./format.js";

/** Longer values are cut until asked for. */
const VALUE_MAX = 2000;

export interface Field {
  readonly name: string;
  readonly value: unknown;
  /** Instead of the plain value. */
  readonly shown?: ReactNode;
}

export function Fields({ fields }: { readonly fields: readonly Field[] }): ReactElement {
  return (
    <dl className={styles.fields}>
      {fields.map(({ name, value, shown }) => (
        <Fragment key={name}>
          <dt className={styles.name} title={visible(name)}>
            {visible(name)}
          </dt>
          <dd className={styles.value}>{shown ?? <Value value={value} />}</dd>
        </Fragment>
      ))}
    </dl>
  );
}

function Value({ value }: { readonly value: unknown }): ReactElement {
  const [all, setAll] = useState(false);
  if (value === null || value === undefined) return <span className="quiet">null</span>;
  if (value === "") return <span className="quiet">empty</span>;
  const whole = text(value);
  if (instant(value) !== null) return <span>{whole} UTC</span>;
  if (all || whole.length <= VALUE_MAX) return <span className={styles.text}>{whole}</span>;
  return (
    <span className={styles.text}>
      {whole.slice(0, VALUE_MAX)}…{" "}
      <button type="button" className={styles.more} onClick={() => setAll(true)}>
        all {count(whole.length)} characters
      </button>
    </span>
  );
}

/** A row's values as fields: those of structs under their path, so that nothing is folded away. */
export function fieldsOf(row: Readonly<Record<string, unknown>>, path = ""): Field[] {
  return Object.entries(row).flatMap(([name, value]) =>
    value !== null && typeof value === "object" && !Array.isArray(value) && Object.keys(value).length > 0
      ? fieldsOf(value as Readonly<Record<string, unknown>>, `${path}${name}.`)
      : [{ name: `${path}${name}`, value }],
  );
}
