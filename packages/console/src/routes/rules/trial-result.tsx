/** Below the editor: what is wrong, what the rule would have found, and how far hunts through history are. */
import type { ReactElement } from "react";
import { useMemo, useState } from "react";
import { go, link } from "../../app/place.js";
import { told } from "../../client/http.js";
import { useResource } from "../../client/resource.js";
import type { Hunt, RuleProblem, Trial } from "../../client/rules-api.js";
import { getHunts } from "../../client/rules-api.js";
import type { Alert } from "../../hunt/alerts.js";
import { alertFrom } from "../../hunt/alerts.js";
import { DataGrid } from "../../ui/data-grid.js";
import { count, percent, visible } from "../../ui/format.js";
import { Empty, Panel } from "../../ui/panel.js";
import { alertColumns } from "../alerts/alert-columns.js";
import type { Doing } from "./rule-editor.js";
import styles from "./rules.module.css";

interface ResultProps {
  readonly set: string;
  readonly doing: Doing;
  readonly problems: readonly RuleProblem[];
}

export function TrialResult({ set, doing, problems }: ResultProps): ReactElement {
  const { trial, error, what, said } = doing;
  const hunts = useResource(`hunts ${set}`, (signal) => getHunts(set, signal), { keep: true, everyMs: 1000 });
  const running = (hunts.data ?? []).filter(({ state }) => state === "running");
  return (
    <Panel
      title="On history"
      note={what === "trying" ? "looking through the history …" : trial === null ? said : trialNote(trial)}
      className={styles.result}
    >
      {running.map((hunt) => (
        <Running key={hunt.change} hunt={hunt} />
      ))}
      {error === null ? null : (
        <p className={styles.wrong} role="alert">
          {told(error).message} {told(error).hint ?? ""}
        </p>
      )}
      {problems.length > 0 ? (
        <ul className={styles.problems}>
          {problems.map(({ line, message }) => (
            <li key={`${line} ${message}`}>
              <span className="bad">line {line}</span> {visible(message)}
            </li>
          ))}
        </ul>
      ) : null}
      {trial === null ? (
        <Empty title={said ?? "Try it before it counts"}>
          Ctrl+Enter runs the text as it stands over the recorded events; nothing of it stays.
        </Empty>
      ) : (
        <Found trial={trial} />
      )}
    </Panel>
  );
}

function Found({ trial }: { readonly trial: Trial }): ReactElement {
  const [selected, setSelected] = useState(-1);
  const alerts = useMemo(
    (): readonly Alert[] => trial.rows.map(({ stream, row }, k) => alertFrom({ stream, partition: 0, offset: k }, row)),
    [trial],
  );
  return (
    <DataGrid
      label="What it would have found"
      columns={alertColumns}
      count={alerts.length}
      row={(index) => alerts[index]}
      selected={selected}
      onSelect={setSelected}
      onOpen={(index) => {
        const event = alerts[index]?.event;
        if (event !== null && event !== undefined) go(link(["events", event.stream, event.partition, event.offset]));
      }}
      minWidth={620}
      empty={<Empty title="Nothing in the history satisfies it" />}
    />
  );
}

function Running({ hunt }: { readonly hunt: Hunt }): ReactElement {
  const { change, scanned, total, matched } = hunt;
  const share = total === 0 ? 1 : scanned / total;
  return (
    <p className={styles.running}>
      <span>Change {change} hunts back</span>
      <progress max={1} value={share} aria-label={`Change ${change} hunts back`} />
      <span className="quiet">
        {percent(share)}, {count(matched)} found
      </span>
    </p>
  );
}

function trialNote({ scanned, total, matched, rows, complete }: Trial): string {
  const of = total === undefined || complete ? "" : ` of ${count(total)}`;
  const shown = rows.length < matched ? `, the first ${count(rows.length)} shown` : "";
  return `${count(matched)} found in ${count(scanned)}${of} events${shown}${complete ? "" : "; time ran out"}`;
}
