/** Hosts by the weight of their alerts. */
import type { ReactElement } from "react";
import { useState } from "react";
import { go, link } from "../../app/place.js";
import { useLivePart } from "../../client/live.js";
import { useResource } from "../../client/resource.js";
import type { HostSummary } from "../../hunt/hosts.js";
import { hostSummaries } from "../../hunt/hosts.js";
import { AROUND_MS } from "../../hunt/ways.js";
import { LEVELS } from "../../ui/controls.js";
import type { Column } from "../../ui/data-grid.js";
import { DataGrid } from "../../ui/data-grid.js";
import { count, counted, visible } from "../../ui/format.js";
import { Moment } from "../../ui/moment.js";
import { Empty, Failure, Panel, Skeleton } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import styles from "./hosts.module.css";

/** While alerts pour in, the list is found again no more often. */
const STEP = 500;

export function HostList(): ReactElement {
  const head = useLivePart(({ numbers }) => {
    const alerts = numbers?.status.alerts ?? 0;
    return alerts < STEP ? alerts : Math.floor(alerts / STEP) * STEP;
  });
  const { data, error, reload } = useResource(
    head === 0 ? null : `hosts ${head}`,
    (signal) => hostSummaries(head, signal),
    {
      keep: true,
    },
  );
  const [selected, setSelected] = useState(-1);
  const open = (index: number): void => {
    const summary = data?.[index];
    if (summary !== undefined)
      go(link(["hosts", summary.host], { from: summary.first - AROUND_MS, to: summary.last + AROUND_MS }));
  };
  return (
    <Panel
      title="Hosts with alerts"
      note={data === undefined ? undefined : counted(data.length, "host")}
      className={split.main}
    >
      {error !== null ? (
        <Failure error={error} retry={reload} />
      ) : data === undefined && head > 0 ? (
        <Skeleton lines={12} />
      ) : (
        <DataGrid
          label="Hosts with alerts"
          columns={COLUMNS}
          count={data?.length ?? 0}
          row={(index) => data?.[index]}
          selected={selected}
          onSelect={setSelected}
          onOpen={open}
          primary
          minWidth={760}
          empty={<Empty title="No host has alerts" />}
        />
      )}
    </Panel>
  );
}

const number = (id: "alerts" | "rules" | "techniques" | "users"): Column<HostSummary> => ({
  id,
  title: id,
  width: "90px",
  end: true,
  cell: (row) => count(row[id]),
});

const COLUMNS: readonly Column<HostSummary>[] = [
  {
    id: "host",
    title: "host",
    width: "minmax(180px, 1fr)",
    cell: ({ host, first, last }) => (
      <a href={link(["hosts", host], { from: first - AROUND_MS, to: last + AROUND_MS })}>{visible(host)}</a>
    ),
  },
  {
    id: "levels",
    title: "by level",
    width: "minmax(200px, 1fr)",
    cell: ({ byLevel, alerts }) => (
      <span className={styles.levels}>
        {LEVELS.map((level) => {
          const n = byLevel.get(level) ?? 0;
          return n === 0 ? null : (
            <span
              key={level}
              className={styles.share}
              data-level={level}
              style={{ flexGrow: Math.sqrt(n / alerts) }}
              title={`${count(n)} ${level}`}
            >
              {count(n)}
            </span>
          );
        })}
      </span>
    ),
  },
  number("alerts"),
  number("rules"),
  number("techniques"),
  number("users"),
  { id: "first", title: "first (UTC)", width: "158px", quiet: true, cell: ({ first }) => <Moment at={first} /> },
  { id: "last", title: "last (UTC)", width: "158px", quiet: true, cell: ({ last }) => <Moment at={last} /> },
];
