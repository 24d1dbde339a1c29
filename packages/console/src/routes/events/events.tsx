/** One event whole: what happened, which rules it satisfied, every attribute, and the ways on. */
import type { ReactElement } from "react";
import { useMemo, useRef, useState } from "react";
import { useKeys } from "../../app/keys.js";
import { link } from "../../app/place.js";
import type { ScreenProps } from "../../app/screens.js";
import { useResource } from "../../client/resource.js";
import { alertsOfEvent } from "../../hunt/alert-queries.js";
import type { LogPlace } from "../../hunt/alerts.js";
import type { EventRow } from "../../hunt/events.js";
import { placeFrom, readEventAt } from "../../hunt/events.js";
import { attributesOf, eventTimeOf, readEvent } from "../../hunt/security-event.js";
import { waysFrom } from "../../hunt/ways.js";
import { LevelMark, SearchField } from "../../ui/controls.js";
import { Fields, fieldsOf } from "../../ui/fields.js";
import { count, counted, searchText, visible } from "../../ui/format.js";
import { Moment } from "../../ui/moment.js";
import { Empty, Failure, Panel, Skeleton } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import { Ways } from "../../ui/ways.js";
import styles from "./events.module.css";
import { KeyFacts } from "./key-facts.js";

export function Events({ place }: ScreenProps): ReactElement {
  const [, stream, partition, offset] = place.path;
  const at = useMemo(() => placeFrom(`${stream}/${partition}/${offset}`), [stream, partition, offset]);
  const { data, error, reload } = useResource(
    at === null ? null : `${at.stream}/${at.partition}/${at.offset}`,
    (signal) => readEventAt(at as LogPlace, signal),
  );
  if (at === null)
    return (
      <Panel title="Event" className={split.main}>
        <Empty title="That is no event's place">An event is named by its stream, partition and offset.</Empty>
      </Panel>
    );
  if (error !== null || data === null)
    return (
      <Panel title="Event" className={split.main}>
        {error !== null ? (
          <Failure error={error} retry={reload} />
        ) : (
          <Empty title="There is no row at that place">
            It has not come yet, or the retention of <a href={link(["streams", at.stream])}>{at.stream}</a> has let it
            go.
          </Empty>
        )}
      </Panel>
    );
  return <EventScreen at={at} event={data} />;
}

function EventScreen({ at, event }: { readonly at: LogPlace; readonly event: EventRow | undefined }): ReactElement {
  const said = event === undefined ? null : readEvent(attributesOf(event.attributes));
  const alerts = useResource(`alerts of ${at.stream}/${at.partition}/${at.offset}`, (signal) =>
    alertsOfEvent(at, signal),
  );
  const time = event === undefined ? Number.NaN : eventTimeOf(event.attributes);
  const techniques = alerts.data?.flatMap((alert) => alert.techniques) ?? [];
  const rule = alerts.data?.[0]?.rule;
  const ways =
    said === null
      ? []
      : waysFrom(
          { event: at, host: said.host, at: time, techniques, ...(rule === undefined ? {} : { rule }) },
          "Event",
        );
  return (
    <>
      <Panel
        title={said === null ? "Event" : `${said.log} ${said.id}: ${said.name}`}
        note={`${at.stream}/${at.partition}, offset ${count(at.offset)}`}
        className={styles.head}
        actions={<Ways ways={ways} />}
      >
        {event === undefined || said === null ? (
          <Skeleton lines={4} />
        ) : (
          <div className={styles.summary}>
            <p className={styles.who}>
              <Moment at={time} />
              <span>{visible(said.host ?? "no host")}</span>
              <span className="quiet">{visible(said.user ?? "no user")}</span>
            </p>
            <p className={styles.line}>{said.summary}</p>
          </div>
        )}
      </Panel>
      <div className={split.split}>
        <div className={styles.left}>
          <AlertsHere alerts={alerts} />
          <Panel title="What matters most" scroll className={split.main}>
            {event === undefined ? <Skeleton lines={8} /> : <KeyFacts event={event} />}
          </Panel>
        </div>
        <AllAttributes event={event} />
      </div>
    </>
  );
}

function AlertsHere({
  alerts,
}: {
  readonly alerts: ReturnType<typeof useResource<Awaited<ReturnType<typeof alertsOfEvent>>>>;
}): ReactElement {
  const { data, error, reload } = alerts;
  return (
    <Panel
      title="Rules it satisfied"
      note={data === undefined ? undefined : counted(data.length, "alert")}
      scroll
      className={styles.alerts}
    >
      {error !== null ? (
        <Failure error={error} retry={reload} />
      ) : data === undefined ? (
        <Skeleton lines={3} />
      ) : data.length === 0 ? (
        <Empty title="None">No rule has found this event.</Empty>
      ) : (
        <ul>
          {data.map((alert) => (
            <li key={alert.place.offset}>
              <a className={styles.alert} href={link(["alerts", alert.place.offset])}>
                <LevelMark level={alert.level} />
                <span className="clip">{visible(alert.title)}</span>
                <span className="quiet">{visible(alert.techniques.join(" "))}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}

function AllAttributes({ event }: { readonly event: EventRow | undefined }): ReactElement {
  const [typed, setTyped] = useState("");
  const field = useRef<HTMLInputElement>(null);
  useKeys("Attributes", [{ keys: "/", does: "Filter attributes", run: () => field.current?.select() }]);
  const fields = useMemo(() => (event === undefined ? [] : fieldsOf(event.attributes)), [event]);
  const words = typed.toLowerCase();
  const shown = fields.filter(({ name, value }) => `${name} ${searchText(value)}`.toLowerCase().includes(words));
  return (
    <Panel
      title="All attributes"
      note={typed === "" ? count(fields.length) : `${count(shown.length)} of ${count(fields.length)}`}
      scroll
      className={split.main}
      actions={
        <SearchField
          label="Filter attributes"
          placeholder="Filter"
          inputRef={field}
          value={typed}
          onChange={setTyped}
        />
      }
    >
      {event === undefined ? (
        <Skeleton lines={20} />
      ) : shown.length === 0 ? (
        <Empty title="No attribute says that" />
      ) : (
        <Fields fields={shown} />
      )}
    </Panel>
  );
}
