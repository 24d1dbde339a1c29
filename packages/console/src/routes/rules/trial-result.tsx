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
import { SILENCES } from "../../hunt/rule-template.js";
import { DataGrid } from "../../ui/data-grid.js";
import { count, counted, percent, took, visible } from "../../ui/format.js";
import { Empty, Panel, Skeleton } from "../../ui/panel.js";
import { alertColumns } from "../alerts/alert-columns.js";
import type { Doing } from "./doing.js";
import styles from "./rules.module.css";

interface ResultProps {
  readonly set: string;
  readonly doing: Doing;
  readonly problems: readonly RuleProblem[];
  /** A problem's line is looked for. */
  readonly onLine: (line: number) => void;
}

const HUNTS_EVERY_MS = 1000;

export function TrialResult({ set, doing, problems, onLine }: ResultProps): ReactElement {
  const { trial, error, what, said } = doing;
  return (
    <Panel
      title={set === SILENCES ? "Silence" : "On history"}
      note={what === "trying" ? "looking through the history …" : trial === null ? said : trialNote(doing)}
      className={styles.result}
    >
      {set === SILENCES ? null : <Hunts set={set} />}
      {error === null ? null : (
        <p className={styles.wrong} role="alert">
          {told(error).message} {told(error).hint ?? ""}
        </p>
      )}
      {problems.length > 0 ? (
        <ul className={styles.problems}>
          {problems.map(({ line, message }) => (
            <li key={`${line} ${message}`}>
              <button type="button" className={styles.line} onClick={() => onLine(line)}>
                line {line}
              </button>{" "}
              {visible(message)}
            </li>
          ))}
        </ul>
      ) : null}
      {what === "trying" ? (
        <Skeleton lines={5} />
      ) : trial === null ? (
        <Empty title={said ?? (set === SILENCES ? "It counts once it is saved" : "Try it before it counts")}>
          {set === SILENCES
            ? "An alert is judged once, when it is raised: those from then on that fit are marked and open no group."
            : "Ctrl+Enter runs the text as it stands over the recorded events; nothing of it stays."}
        </Empty>
      ) : (
        <Found trial={trial} />
      )}
    </Panel>
  );
}

/** Hunts that run, and what the last one found. */
function Hunts({ set }: { readonly set: string }): ReactElement {
  const { data } = useResource(`hunts ${set}`, (signal) => getHunts(set, signal), {
    keep: true,
    everyMs: HUNTS_EVERY_MS,
  });
  const hunts = data ?? [];
  const running = hunts.filter(({ state }) => state === "running");
  const [last] = hunts;
  return (
    <>
      {running.map((hunt) => (
        <Running key={hunt.change} hunt={hunt} />
      ))}
      {running.length === 0 && last !== undefined ? (
        <p className={styles.running}>
          <span className="quiet">
            Change {last.change} hunted back through {counted(last.scanned, "event")}:
          </span>
          <a href={link(["alerts"], { is: "retro" })}>{count(last.matched)} found</a>
        </p>
      ) : null}
    </>
  );
}

function Found({ trial }: { readonly trial: Trial }): ReactElement {
  const [selected, setSelected] = useState(-1);
  const alerts = useMemo(
    (): readonly Alert[] =>
      trial.rows.map(({ stream, row }, k) => ({
        // All of them are.
        ...alertFrom({ stream, partition: 0, offset: k }, row),
        retro: false,
      })),
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

function trialNote({ trial, tookMs }: Doing): string {
  if (trial === null) return "";
  const { scanned, total, matched, rows, complete } = trial;
  const of = total === undefined || complete ? "" : ` of ${count(total)}`;
  const shown = rows.length < matched ? `, the first ${count(rows.length)} shown` : "";
  return `${count(matched)} found in ${count(scanned)}${of} events in ${took(tookMs ?? 0)}${shown}${complete ? "" : "; time ran out"}`;
}
