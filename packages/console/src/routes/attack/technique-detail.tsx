/** One technique: where it was seen, by which rules, since when. */
import type { ReactElement } from "react";
import { link } from "../../app/place.js";
import { parentOf, techniqueName } from "../../hunt/attack.js";
import type { Cell } from "../../hunt/matrix.js";
import { AROUND_MS } from "../../hunt/ways.js";
import { Button, LevelMark, LinkButton } from "../../ui/controls.js";
import { Fields } from "../../ui/fields.js";
import { count, visible } from "../../ui/format.js";
import { Moment } from "../../ui/moment.js";
import { Panel } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import styles from "./attack.module.css";

interface TechniqueProps {
  readonly cell: Cell;
  /** The host the matrix is narrowed to. */
  readonly host: string | null;
  readonly onClose: () => void;
}

export function TechniqueDetail({ cell, host, onClose }: TechniqueProps): ReactElement {
  const { technique, alerts, level, hosts, rules, first, last } = cell;
  return (
    <Panel
      title={technique}
      scroll
      className={split.side}
      actions={
        <>
          <LinkButton href={link(["alerts"], { technique, host })} icon="alerts" keys="↵">
            Alerts
          </LinkButton>
          <Button look="quiet" icon="close" aria-label="Close" onClick={onClose} />
        </>
      }
    >
      <h3 className={styles.full}>{fullName(technique)}</h3>
      <Fields
        fields={[
          { name: "alerts", value: count(alerts) },
          { name: "gravest", value: level, shown: <LevelMark level={level} /> },
          { name: "first", value: first, shown: <Moment at={first} /> },
          { name: "last", value: last, shown: <Moment at={last} /> },
        ]}
      />
      <h3 className={styles.full}>Hosts</h3>
      <ul className={styles.list}>
        {hosts.map((one) => (
          <li key={one}>
            <a href={link(["hosts", one], { from: first - AROUND_MS, to: last + AROUND_MS })}>{visible(one)}</a>
          </li>
        ))}
      </ul>
      <h3 className={styles.full}>Rules</h3>
      <ul className={styles.list}>
        {rules.map((title) => (
          <li key={title}>
            <a href={link(["alerts"], { technique, q: title, host })}>{visible(title)}</a>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function fullName(technique: string): string {
  const own = techniqueName(technique);
  if (own === null) return "A technique this console has no name for";
  const parent = parentOf(technique);
  return parent === technique ? own : `${techniqueName(parent) ?? parent}: ${own}`;
}
