/** One group: what was found, who has seen to it, and its newest alerts; and the ways on from the newest one. */
import type { ReactElement } from "react";
import { useMemo } from "react";
import { go, link } from "../../app/place.js";
import { useMay } from "../../client/access.js";
import { useResource } from "../../client/resource.js";
import { ALL_ALERTS } from "../../hunt/alert-filter.js";
import type { AlertGroup, GroupKey } from "../../hunt/alert-groups.js";
import { groupWord, hourText, readAlertGroup } from "../../hunt/alert-groups.js";
import { findAlerts } from "../../hunt/alert-queries.js";
import type { Alert } from "../../hunt/alerts.js";
import { silenceFile } from "../../hunt/rule-template.js";
import { waysFrom } from "../../hunt/ways.js";
import { Button, classes, LevelMark } from "../../ui/controls.js";
import type { Field } from "../../ui/fields.js";
import { Fields } from "../../ui/fields.js";
import { baseName, count, counted, visible } from "../../ui/format.js";
import { Marks } from "../../ui/marks.js";
import { Moment } from "../../ui/moment.js";
import { Empty, Failure, Panel, Skeleton } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import { Ways } from "../../ui/ways.js";
import alertStyles from "../alerts/alerts.module.css";
import { setDraft } from "../rules/drafts.js";
import styles from "./triage.module.css";

const ALERTS_SHOWN = 100;

interface DetailProps {
  readonly group: GroupKey;
  /** Changes when the group may have. */
  readonly version: string;
  readonly onAcknowledge: (group: AlertGroup) => void;
  readonly onClose: () => void;
}

export function GroupDetail({ group: key, version, onAcknowledge, onClose }: DetailProps): ReactElement {
  const word = groupWord(key);
  const group = useResource(`${word}@${version}`, (signal) => readAlertGroup(key, signal), { keep: true });
  const shown = group.data !== undefined && group.data !== null && groupWord(group.data) === word ? group.data : null;
  const mayAcknowledge = useMay("ingest");
  return (
    <Panel
      title="Group"
      scroll
      className={split.side}
      actions={
        <>
          {shown?.acknowledgedBy === null ? (
            <Button
              icon="check"
              look="primary"
              keys="a"
              disabled={!mayAcknowledge}
              title={mayAcknowledge ? undefined : "The token in use may not"}
              onClick={() => onAcknowledge(shown)}
            >
              Acknowledge
            </Button>
          ) : null}
          <Button look="quiet" icon="close" aria-label="Close" onClick={onClose} />
        </>
      }
    >
      {group.error !== null ? (
        <Failure error={group.error} retry={group.reload} />
      ) : shown !== null ? (
        <Content group={shown} version={version} />
      ) : group.data === null && !group.loading ? (
        <Empty title="There is no such group">
          <a href={link(["triage"])}>All groups</a>
        </Empty>
      ) : (
        <Skeleton lines={14} />
      )}
    </Panel>
  );
}

function Content({ group, version }: { readonly group: AlertGroup; readonly version: string }): ReactElement {
  const { rule, host, from, to } = group;
  const alerts = useResource(
    `alerts of ${groupWord(group)}@${version}`,
    (signal) => findAlerts({ ...ALL_ALERTS, rule, host, from, to }, Number.MAX_SAFE_INTEGER, 0, ALERTS_SHOWN, signal),
    { keep: true },
  );
  const newest = alerts.data?.[0];
  const { event = null, at = group.last, techniques = [] } = newest ?? {};
  const ways = useMemo(() => waysFrom({ event, host, at, techniques, rule }), [event, host, at, techniques, rule]);
  return (
    <>
      <div className={alertStyles.head}>
        <p className={alertStyles.title}>
          <LevelMark level={group.level} />
          <span className="wrap">{visible(group.title)}</span>
        </p>
        <div className={classes(alertStyles.ways, styles.ways)}>
          {/* Without the newest alert they would lead past its event. */}
          {alerts.data === undefined ? null : <Ways ways={ways} />}
        </div>
      </div>
      <div className={alertStyles.part}>
        <Fields fields={factsOf(group)} />
      </div>
      <section className={alertStyles.part} aria-label="Its alerts">
        <h3>
          {counted(group.alerts, "alert")}
          {group.alerts > ALERTS_SHOWN ? `, the newest ${count(ALERTS_SHOWN)}` : ""}
        </h3>
        {alerts.error !== null ? (
          <Failure error={alerts.error} retry={alerts.reload} />
        ) : alerts.data === undefined ? (
          <Skeleton lines={6} />
        ) : (
          <ul className={styles.alerts}>
            {alerts.data.map((alert) => (
              <AlertLine key={alert.place.offset} alert={alert} words={{ rule, host, from, to }} />
            ))}
          </ul>
        )}
      </section>
    </>
  );
}

function AlertLine({
  alert,
  words,
}: {
  readonly alert: Alert;
  readonly words: Readonly<Record<string, string | number | null>>;
}): ReactElement {
  const { at, user, process, place } = alert;
  return (
    <li>
      <a className={styles.alert} href={link(["alerts", place.offset], words)}>
        <Moment at={at} short />
        <span className="clip">
          {visible([user, process === null ? null : baseName(process)].filter(Boolean).join(", "))}
        </span>
        <Marks {...alert} />
      </a>
    </li>
  );
}

function factsOf(group: AlertGroup): Field[] {
  const { host, rule, from, first, last, alerts, silenced, acknowledgedBy, note } = group;
  return [
    {
      name: "host",
      value: host,
      ...(host === null ? {} : { shown: <a href={link(["hosts", host])}>{visible(host)}</a> }),
    },
    { name: "hour", value: `${hourText(from)} UTC` },
    { name: "first", value: first, shown: <Moment at={first} /> },
    { name: "last", value: last, shown: <Moment at={last} /> },
    { name: "rule", value: rule, shown: <a href={link(["rules"], { id: rule })}>{visible(rule)}</a> },
    ...(silenced > 0 ? [{ name: "silenced", value: `${count(silenced)} of ${count(alerts)}` }] : []),
    ...(acknowledgedBy === null
      ? []
      : [
          { name: "seen to by", value: acknowledgedBy },
          { name: "comment", value: note },
        ]),
  ];
}

/** A silence for alerts like the group's, begun in the workbench. */
export function beginSilence({ rule, host, title }: AlertGroup): void {
  const { set, file, text } = silenceFile(rule, host, title);
  setDraft(set, file, text);
  go(link(["rules", set, file]));
}
