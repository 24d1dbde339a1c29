/** Streams and their partitions: how much, how fast, how late, and where their event time is. */
import type { PartitionStatus, StreamStatus } from "millrace/client";
import type { ReactElement } from "react";
import { Fragment } from "react";
import { link } from "../../app/place.js";
import type { Live } from "../../client/live.js";
import { rateOf } from "../../client/rates.js";
import { ENDED, furthestOf } from "../../client/watermarks.js";
import { classes, Tag } from "../../ui/controls.js";
import { count, rate, span } from "../../ui/format.js";
import { Moment } from "../../ui/moment.js";
import table from "../../ui/table.module.css";
import styles from "./overview.module.css";

/** Partitions shown one by one; of more, those that are furthest behind. */
const PARTITIONS_SHOWN = 8;

export function StreamTable({
  live,
  withViews = false,
}: {
  readonly live: Live;
  readonly withViews?: boolean;
}): ReactElement {
  const streams = (live.numbers?.status.streams ?? []).filter(({ kind }) => kind !== "dead_letters");
  return (
    <table className={table.table}>
      <thead>
        <tr>
          <th scope="col">stream</th>
          <th scope="col">kind</th>
          <th scope="col" className={table.end}>
            rows
          </th>
          <th scope="col" className={table.end}>
            rate
          </th>
          <th scope="col" className={table.end}>
            late
          </th>
          <th scope="col" className={table.end}>
            waiting
          </th>
          <th scope="col">watermark (UTC)</th>
        </tr>
      </thead>
      <tbody>
        {streams.map((stream) => (
          <Fragment key={stream.name}>
            <StreamLine stream={stream} perSecond={rateOf(live.samples, (s) => s.streams[stream.name] ?? 0)} />
            {stream.kind === "input" && stream.partitions.length > 1
              ? slowestFirst(stream).map((partition) => (
                  <PartitionLine key={partition.partition} stream={stream} partition={partition} />
                ))
              : null}
          </Fragment>
        ))}
        {withViews ? live.numbers?.status.views.map((view) => <ViewLine key={view.name} {...view} />) : null}
      </tbody>
    </table>
  );
}

function ViewLine({ name, rows }: { readonly name: string; readonly rows: number }): ReactElement {
  return (
    <tr>
      <td>
        <a href={link(["views", name])}>{name}</a>
      </td>
      <td>
        <Tag>view</Tag>
      </td>
      <td className={table.end}>{count(rows)}</td>
      <td colSpan={4} />
    </tr>
  );
}

function StreamLine({
  stream,
  perSecond,
}: {
  readonly stream: StreamStatus;
  readonly perSecond: number;
}): ReactElement {
  const { name, kind, rows, late, partitions } = stream;
  const input = kind === "input";
  const only = partitions.length === 1 ? partitions[0] : undefined;
  const waiting = partitions.reduce((sum, { end, processed }) => sum + (processed === null ? 0 : end - processed), 0);
  return (
    <tr>
      <td>
        <a href={link(["streams", name])}>{name}</a>
      </td>
      <td>
        <Tag tone={input ? "accent" : undefined}>{kind}</Tag>
      </td>
      <td className={table.end}>{count(rows)}</td>
      <td className={table.end}>{rate(perSecond)}</td>
      <td className={classes(table.end, late > 0 ? "warn" : "quiet")}>{input ? count(late) : ""}</td>
      <td className={table.end}>{input ? count(waiting) : ""}</td>
      <td>
        {!input ? (
          ""
        ) : only === undefined ? (
          <span className="quiet">{partitions.length} partitions</span>
        ) : (
          <Mark stream={stream} partition={only} />
        )}
      </td>
    </tr>
  );
}

function PartitionLine({
  stream,
  partition,
}: {
  readonly stream: StreamStatus;
  readonly partition: PartitionStatus;
}): ReactElement {
  const { end, processed } = partition;
  return (
    <tr>
      <td className={table.sub}>partition {partition.partition}</td>
      <td />
      <td className={table.end}>{count(end)}</td>
      <td />
      <td />
      <td className={table.end}>{count(processed === null ? 0 : end - processed)}</td>
      <td>
        <Mark stream={stream} partition={partition} />
      </td>
    </tr>
  );
}

function Mark({
  stream,
  partition,
}: {
  readonly stream: StreamStatus;
  readonly partition: PartitionStatus;
}): ReactElement {
  const { watermark } = partition;
  if (watermark === null) return <span className={styles.behind}>nothing yet</span>;
  if (watermark >= ENDED) return <span className="quiet">input ended</span>;
  const furthest = furthestOf(stream);
  const late = furthest === null || furthest >= ENDED ? 0 : furthest - watermark;
  return (
    <>
      <Moment at={watermark} /> {late > 1000 ? <span className={styles.behind}>{span(late)} behind</span> : null}
    </>
  );
}

function slowestFirst({ partitions }: StreamStatus): readonly PartitionStatus[] {
  return [...partitions]
    .sort((a, b) => (a.watermark ?? Number.NEGATIVE_INFINITY) - (b.watermark ?? Number.NEGATIVE_INFINITY))
    .slice(0, PARTITIONS_SHOWN);
}
