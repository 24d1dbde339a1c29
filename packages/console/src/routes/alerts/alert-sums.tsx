/** Alerts by rule, host or time: how many, how grave, since when. Opening a group shows its alerts. */
import type { ReactElement } from "react";
import { useMemo, useState } from "react";
import { go, link } from "../../app/place.js";
import { useResource } from "../../client/resource.js";
import type { AlertFilter } from "../../hunt/alert-filter.js";
import type { AlertSum, GroupBy } from "../../hunt/alert-queries.js";
import { sumAlerts } from "../../hunt/alert-queries.js";
import { LevelMark } from "../../ui/controls.js";
import type { Column } from "../../ui/data-grid.js";
import { DataGrid } from "../../ui/data-grid.js";
import { count, visible } from "../../ui/format.js";
import { Moment } from "../../ui/moment.js";
import { Empty, Failure, Skeleton } from "../../ui/panel.js";

interface SumsProps {
  readonly filter: AlertFilter;
  readonly head: number;
  readonly by: GroupBy;
  readonly words: Readonly<Record<string, string>>;
}

/** Groups by time are so long. */
const TIME_MS = 5 * 60_000;

export function AlertSums({ filter, head, by, words }: SumsProps): ReactElement {
  const { data, error, reload } = useResource(
    head === 0 ? null : `groups ${by} ${JSON.stringify(filter)}@${head}`,
    (signal) => sumAlerts(filter, head, by, signal),
    { keep: true },
  );
  const [selected, setSelected] = useState(-1);
  const columns = useMemo(() => columnsFor(by), [by]);
  const open = (index: number): void => {
    const group = data?.[index];
    if (group !== undefined) go(link(["alerts"], { ...words, by: null, ...wordsOf(group, by) }));
  };
  if (error !== null) return <Failure error={error} retry={reload} />;
  if (data === undefined && head > 0) return <Skeleton lines={12} />;
  return (
    <DataGrid
      label={`Alerts by ${by}`}
      columns={columns}
      count={data?.length ?? 0}
      row={(index) => data?.[index]}
      selected={selected}
      onSelect={setSelected}
      onOpen={open}
      primary
      listKey={by}
      minWidth={620}
      empty={<Empty title="No alert fits" />}
    />
  );
}

function wordsOf({ key }: AlertSum, by: GroupBy): Readonly<Record<string, string | number>> {
  if (by === "time") return { from: Number(key), to: Number(key) + TIME_MS };
  return { [by]: key };
}

function columnsFor(by: GroupBy): readonly Column<AlertSum>[] {
  const columns: Column<AlertSum>[] = [
    { id: "level", title: "gravest", width: "82px", cell: ({ level }) => <LevelMark level={level} /> },
    {
      id: "title",
      title: by === "time" ? "from (UTC)" : by,
      width: "minmax(200px, 1fr)",
      cell: ({ title }) => visible(title),
    },
    { id: "alerts", title: "alerts", width: "84px", end: true, cell: ({ alerts }) => count(alerts) },
  ];
  if (by !== "rule")
    columns.push({ id: "rules", title: "rules", width: "72px", end: true, cell: ({ rules }) => count(rules) });
  if (by !== "host")
    columns.push({ id: "hosts", title: "hosts", width: "72px", end: true, cell: ({ hosts }) => count(hosts) });
  columns.push(
    { id: "first", title: "first (UTC)", width: "158px", quiet: true, cell: ({ first }) => <Moment at={first} /> },
    { id: "last", title: "last (UTC)", width: "158px", quiet: true, cell: ({ last }) => <Moment at={last} /> },
  );
  return columns;
}
