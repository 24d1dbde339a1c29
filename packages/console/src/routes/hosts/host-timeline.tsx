/** Everything that happened on a host, in order of event time, with the alerts where they belong. */
import type { ReactElement } from "react";
import { useMemo, useState } from "react";
import type { Place } from "../../app/place.js";
import { go, link } from "../../app/place.js";
import type { Pages } from "../../client/pages.js";
import { usePages } from "../../client/pages.js";
import { useResource } from "../../client/resource.js";
import { alertsOfHost } from "../../hunt/alert-queries.js";
import type { Alert, LogPlace } from "../../hunt/alerts.js";
import { gravest } from "../../hunt/alerts.js";
import type { EventCategory } from "../../hunt/event-names.js";
import { placeFrom } from "../../hunt/events.js";
import type { EventKind, TimelineEvent, TimelineFilter } from "../../hunt/timeline.js";
import { countEvents, eventKinds, eventsOf, narrowed, positionOf } from "../../hunt/timeline.js";
import { waysFrom } from "../../hunt/ways.js";
import { LevelMark } from "../../ui/controls.js";
import type { Column } from "../../ui/data-grid.js";
import { DataGrid } from "../../ui/data-grid.js";
import { counted, instantAt, visible } from "../../ui/format.js";
import { Empty, Failure, Panel, Skeleton } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import { Ways } from "../../ui/ways.js";
import { HostTabs } from "./host-tabs.js";
import type { Looked } from "./span.js";
import { SpanControls, useSpan } from "./span.js";
import { TimelineFilters } from "./timeline-filters.js";
import { TimelineTimes } from "./timeline-times.js";

export function HostTimeline({ host, place }: { readonly host: string; readonly place: Place }): ReactElement {
  const { looked, error } = useSpan(host, place);
  return (
    <Panel
      title={visible(host)}
      tabs={<HostTabs host={host} place={place} current="timeline" />}
      className={split.main}
      actions={looked === null ? null : <SpanControls span={looked.span} />}
    >
      {error !== null ? (
        <Failure error={error} />
      ) : looked === null ? (
        <Skeleton lines={16} />
      ) : (
        <Timeline looked={looked} place={place} />
      )}
    </Panel>
  );
}

interface Shown extends TimelineFilter {
  /** Names the list. */
  readonly key: string;
  readonly kinds: readonly EventKind[];
  readonly alerts: readonly Alert[];
  /** The filter as a condition; null while it is not known. */
  readonly also: string | null;
  readonly total: number | undefined;
  readonly pages: Pages<TimelineEvent>;
  /** Where the event one comes from is in the list. */
  readonly position: number | null;
  readonly error: unknown;
  readonly retry: () => void;
}

function useTimeline({ span, columns }: Looked, query: URLSearchParams): Shown {
  const categories = (query.get("kind") ?? "").split(" ").filter((one) => one !== "") as EventCategory[];
  const text = query.get("q") ?? "";
  const of = `${span.stream} ${span.host} ${span.from} ${span.to}`;
  const kinds = useResource(`kinds ${of}`, (signal) => eventKinds(span, columns, signal), { keep: true });
  const alerts = useResource(`alerts ${of}`, (signal) => alertsOfHost(span.host, span.from, span.to, signal), {
    keep: true,
  });
  // Without a choice of kinds the list need not wait for what kinds there are.
  const also =
    categories.length > 0 && kinds.data === undefined
      ? null
      : narrowed({ categories, text }, kinds.data ?? [], columns);
  const key = `${of} ${also}`;
  const found = useResource(
    also === null || text === "" ? null : `count ${key}`,
    (signal) => countEvents(span, columns, also as string, signal),
    { keep: true },
  );
  const pages = usePages(key, (from, limit, signal) => eventsOf(span, columns, also ?? "false", from, limit, signal));
  // Asked for before it is known how many there are.
  if (also !== null) pages.row(0);
  const focus = placeFrom(query.get("e"));
  const position = useResource(
    focus === null || focus.stream !== span.stream || also === null ? null : `position ${key} ${query.get("e")}`,
    (signal) => positionOf(span, columns, also as string, focus as LogPlace, signal),
  );
  return {
    ...{ categories, text, key, also, pages },
    kinds: kinds.data ?? NO_KINDS,
    alerts: alerts.data ?? NO_ALERTS,
    total: text === "" ? sumOf(kinds.data, categories) : found.data,
    position: position.data ?? null,
    error: kinds.error ?? found.error ?? pages.error,
    retry: () => {
      kinds.reload();
      found.reload();
      pages.retry();
    },
  };
}

const NO_KINDS: readonly EventKind[] = [];
const NO_ALERTS: readonly Alert[] = [];

function Timeline({ looked, place }: { readonly looked: Looked; readonly place: Place }): ReactElement {
  const { span } = looked;
  const shown = useTimeline(looked, place.query);
  const { kinds, categories, text, also, alerts, total, pages } = shown;
  const byPlace = useMemo(() => alertsByPlace(alerts), [alerts]);
  const oneDay = instantAt(span.from)?.slice(0, 10) === instantAt(span.to - 1)?.slice(0, 10);
  const rowColumns = useMemo(() => columnsWith(byPlace, oneDay), [byPlace, oneDay]);
  const [moved, setSelected] = useState<number | null>(null);
  const selected = moved ?? shown.position ?? -1;
  const chosen = selected >= 0 ? pages.peek(selected) : undefined;
  const ways = chosen === undefined ? [] : waysFrom(subjectOf(chosen, byPlace), "Timeline");
  return (
    <>
      <TimelineFilters kinds={kinds} categories={categories} text={text} />
      <TimelineTimes
        looked={looked}
        also={also}
        alerts={alerts}
        note={total === undefined ? "" : counted(total, "event")}
        ways={<Ways ways={ways} />}
      />
      {shown.error !== null ? (
        <Failure error={shown.error} retry={shown.retry} />
      ) : (
        <DataGrid
          label={`Events of ${span.host}`}
          columns={rowColumns}
          count={total ?? 0}
          row={(index) => pages.row(index)}
          selected={selected}
          onSelect={setSelected}
          onOpen={(index) => {
            const event = pages.peek(index);
            if (event !== undefined)
              go(link(["events", event.place.stream, event.place.partition, event.place.offset]));
          }}
          primary
          listKey={shown.key}
          minWidth={700}
          empty={
            total === undefined ? null : (
              <Empty title="Nothing happened there">
                No event of this host {text !== "" || categories.length > 0 ? "fits" : "is in that span of time"}.
              </Empty>
            )
          }
        />
      )}
    </>
  );
}

function sumOf(kinds: readonly EventKind[] | undefined, categories: readonly EventCategory[]): number | undefined {
  return kinds?.reduce(
    (sum, { category, events }) => (categories.length === 0 || categories.includes(category) ? sum + events : sum),
    0,
  );
}

function subjectOf(
  event: TimelineEvent,
  alerts: ReadonlyMap<string, readonly Alert[]>,
): Parameters<typeof waysFrom>[0] {
  const own = alerts.get(keyOf(event.place)) ?? [];
  const rule = own[0]?.rule;
  return {
    event: event.place,
    host: event.host,
    at: event.at,
    techniques: own.flatMap(({ techniques }) => techniques),
    ...(rule === undefined ? {} : { rule }),
  };
}

function keyOf({
  stream,
  partition,
  offset,
}: {
  readonly stream: string;
  readonly partition: number;
  readonly offset: number;
}): string {
  return `${stream}/${partition}/${offset}`;
}

function alertsByPlace(alerts: readonly Alert[]): ReadonlyMap<string, readonly Alert[]> {
  const by = new Map<string, Alert[]>();
  for (const alert of alerts) {
    if (alert.event === null) continue;
    const key = keyOf(alert.event);
    by.set(key, [...(by.get(key) ?? []), alert]);
  }
  return by;
}

/** oneDay: the date says nothing. */
function columnsWith(alerts: ReadonlyMap<string, readonly Alert[]>, oneDay: boolean): readonly Column<TimelineEvent>[] {
  return [
    {
      id: "at",
      title: "time (UTC)",
      width: oneDay ? "112px" : "160px",
      quiet: true,
      cell: ({ at }) => instantAt(at)?.slice(oneDay ? 11 : 5) ?? "",
    },
    {
      id: "alert",
      title: "alert",
      width: "84px",
      cell: ({ place }) => {
        const own = alerts.get(keyOf(place));
        return own === undefined ? "" : <LevelMark level={gravest(own.map(({ level }) => level))} />;
      },
    },
    {
      id: "event",
      title: "event",
      width: "minmax(190px, 240px)",
      cell: ({ log, id, name }) => (
        <>
          <span className="quiet">
            {log} {id}
          </span>{" "}
          {name}
        </>
      ),
    },
    { id: "user", title: "user", width: "minmax(80px, 150px)", quiet: true, cell: ({ user }) => visible(user ?? "") },
    {
      id: "summary",
      title: "what happened",
      width: "minmax(240px, 1fr)",
      mono: true,
      cell: ({ summary }) => summary.slice(0, 400),
    },
  ];
}
