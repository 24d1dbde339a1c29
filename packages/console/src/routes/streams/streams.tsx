/** Streams: all of them, or one with its rows, its newest rows as they come, and its columns. */
import type { ReactElement } from "react";
import { link } from "../../app/place.js";
import type { ScreenProps } from "../../app/screens.js";
import { useLive } from "../../client/live.js";
import { classes, Tag } from "../../ui/controls.js";
import { count } from "../../ui/format.js";
import { Empty, Panel, Skeleton } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import { Tabs } from "../../ui/tabs.js";
import { StreamTable } from "../overview/stream-table.js";
import { StreamLive } from "./stream-live.js";
import { StreamRows } from "./stream-rows.js";
import { StreamSchema } from "./stream-schema.js";
import styles from "./streams.module.css";

export function Streams({ place }: ScreenProps): ReactElement {
  const live = useLive();
  const name = place.path[1];
  if (name === undefined)
    return (
      <Panel title="Streams" scroll className={split.main}>
        {live.numbers === null ? <Skeleton lines={6} /> : <StreamTable live={live} />}
      </Panel>
    );
  const stream = live.numbers?.status.streams.find((one) => one.name === name);
  if (live.numbers === null)
    return (
      <Panel title={name} className={split.main}>
        <Skeleton lines={12} />
      </Panel>
    );
  if (stream === undefined)
    return (
      <Panel title={name} className={split.main}>
        <Empty title={`There is no stream "${name}"`}>
          <a href={link(["streams"])}>All streams</a>
        </Empty>
      </Panel>
    );
  const tab = place.query.get("tab") ?? "rows";
  const tabs = (
    <Tabs
      label={`Ways to look at ${name}`}
      current={tab}
      tabs={[
        { id: "rows", title: "Rows", href: link(["streams", name]) },
        { id: "live", title: "Live", href: link(["streams", name], { tab: "live" }) },
        { id: "schema", title: "Columns", href: link(["streams", name], { tab: "schema" }) },
      ]}
    />
  );
  const props = { stream, tabs, place };
  return (
    <div className={split.split}>
      <StreamList current={name} />
      {tab === "live" ? (
        <StreamLive key={name} {...props} />
      ) : tab === "schema" ? (
        <StreamSchema {...props} />
      ) : (
        <StreamRows key={name} {...props} />
      )}
    </div>
  );
}

function StreamList({ current }: { readonly current: string }): ReactElement {
  const { numbers } = useLive();
  const streams = numbers?.status.streams.filter(({ kind }) => kind !== "dead_letters") ?? [];
  return (
    <Panel title="Streams" scroll className={classes(split.list, styles.list)}>
      <ul>
        {streams.map(({ name, kind, rows }) => (
          <li key={name}>
            <a
              className={styles.item}
              href={link(["streams", name])}
              aria-current={name === current ? "page" : undefined}
            >
              <span className="clip">{name}</span>
              <Tag tone={kind === "input" ? "accent" : undefined}>{kind === "input" ? "in" : "out"}</Tag>
              <span className={styles.rows}>{count(rows)}</span>
            </a>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
