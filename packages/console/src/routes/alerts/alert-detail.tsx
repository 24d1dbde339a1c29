/** One alert: what was found, about whom, and the event it was found in; and the ways on from here. */
import type { ReactElement } from "react";
import { useMemo } from "react";
import { link } from "../../app/place.js";
import { useResource } from "../../client/resource.js";
import type { Alert } from "../../hunt/alerts.js";
import { tacticName, techniqueName } from "../../hunt/attack.js";
import { readEventAt } from "../../hunt/events.js";
import { attributesOf, readEvent } from "../../hunt/security-event.js";
import { waysFrom } from "../../hunt/ways.js";
import { Button, LevelMark } from "../../ui/controls.js";
import { Fields, fieldsOf } from "../../ui/fields.js";
import { visible } from "../../ui/format.js";
import { Marks } from "../../ui/marks.js";
import { Moment } from "../../ui/moment.js";
import { Failure, Panel, Skeleton } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import { Ways } from "../../ui/ways.js";
import styles from "./alerts.module.css";

interface DetailProps {
  /** Undefined while it is on its way; null: there is none. */
  readonly alert: Alert | null | undefined;
  readonly error: unknown;
  readonly retry: () => void;
  readonly onClose: () => void;
}

export function AlertDetail({ alert, error, retry, onClose }: DetailProps): ReactElement {
  return (
    <Panel
      title={alert === null || alert === undefined ? "Alert" : `Alert ${alert.place.offset}`}
      scroll
      className={split.side}
      actions={<Button look="quiet" icon="close" aria-label="Close" onClick={onClose} />}
    >
      {error !== null ? (
        <Failure error={error} retry={retry} />
      ) : alert === undefined ? (
        <Skeleton lines={16} />
      ) : alert === null ? (
        <Failure error={new Error("there is no alert at that offset")} />
      ) : (
        <Content alert={alert} />
      )}
    </Panel>
  );
}

function Content({ alert }: { readonly alert: Alert }): ReactElement {
  const ways = useMemo(() => waysFrom(alert), [alert]);
  return (
    <>
      <div className={styles.head}>
        <p className={styles.title}>
          <LevelMark level={alert.level} />
          <span className="wrap">
            {visible(alert.title)}
            <Marks {...alert} />
          </span>
        </p>
        <div className={styles.ways}>
          <Ways ways={ways} />
        </div>
      </div>
      <AlertFacts alert={alert} />
      <EventPreview alert={alert} />
    </>
  );
}

function AlertFacts({ alert }: { readonly alert: Alert }): ReactElement {
  const { at, host, user, process, techniques, tactics, rule, author, silenced } = alert;
  const narrowed = (word: string, value: string): ReactElement => (
    <a href={link(["alerts"], { [word]: value })}>{visible(value)}</a>
  );
  return (
    <div className={styles.part}>
      <Fields
        fields={[
          { name: "time", value: at, shown: <Moment at={at} /> },
          { name: "host", value: host, ...(host === null ? {} : { shown: narrowed("host", host) }) },
          { name: "user", value: user, ...(user === null ? {} : { shown: narrowed("user", user) }) },
          { name: "process", value: process },
          {
            name: "techniques",
            value: "",
            shown:
              techniques.length === 0 ? (
                <span className="quiet">none named</span>
              ) : (
                <Techniques techniques={techniques} />
              ),
          },
          { name: "tactics", value: tactics.map(tacticName).join(", ") },
          { name: "rule", value: rule, shown: narrowed("rule", rule) },
          { name: "by", value: author },
          ...(silenced === null ? [] : [{ name: "silence", value: silenced }]),
        ]}
      />
    </div>
  );
}

function Techniques({ techniques }: { readonly techniques: readonly string[] }): ReactElement {
  return (
    <>
      {techniques.map((id) => (
        <a key={id} className={styles.technique} href={link(["attack"], { technique: id })}>
          {visible(id)} {techniqueName(id) ?? ""}
        </a>
      ))}
    </>
  );
}

/** The event's attributes, so that most questions need no other screen. */
function EventPreview({ alert }: { readonly alert: Alert }): ReactElement | null {
  const { event } = alert;
  const { data, error, reload } = useResource(
    event === null ? null : `${event.stream}/${event.partition}/${event.offset}`,
    (signal) => readEventAt(event as NonNullable<typeof event>, signal),
  );
  if (event === null) return null;
  if (error !== null) return <Failure error={error} retry={reload} />;
  if (data === undefined) return <Skeleton lines={12} />;
  if (data === null)
    return <p className={styles.event}>The event is not in the stream any more: retention has let it go.</p>;
  const said = readEvent(attributesOf(data.attributes));
  return (
    <section className={styles.part} aria-label="The event">
      <h3>
        {said.log} {said.id}, {said.name}
      </h3>
      <p className={styles.event}>{said.summary}</p>
      <Fields fields={fieldsOf(data.attributes)} />
    </section>
  );
}
