/** Where the server's rules can't be changed while it runs: the rules that have found something, to look at. */
import type { ReactElement } from "react";
import { useState } from "react";
import { go, link } from "../../app/place.js";
import { useLivePart } from "../../client/live.js";
import { useResource } from "../../client/resource.js";
import { ALL_ALERTS } from "../../hunt/alert-filter.js";
import type { AlertSum } from "../../hunt/alert-queries.js";
import { sumAlerts } from "../../hunt/alert-queries.js";
import { LevelMark } from "../../ui/controls.js";
import type { Column } from "../../ui/data-grid.js";
import { DataGrid } from "../../ui/data-grid.js";
import { count, counted, visible } from "../../ui/format.js";
import { Moment } from "../../ui/moment.js";
import { Empty, Failure, Panel, Skeleton } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import styles from "./rules.module.css";

export function ReadOnlyRules({ wanted }: { readonly wanted: string | null }): ReactElement {
  const head = useLivePart(({ numbers }) => numbers?.status.alerts ?? 0);
  const { data, error, reload } = useResource(
    head === 0 ? null : `rules that fired ${Math.floor(head / 100)}`,
    (signal) => sumAlerts(ALL_ALERTS, head, "rule", signal),
    { keep: true },
  );
  const [moved, setMoved] = useState<number | null>(null);
  const selected = moved ?? data?.findIndex(({ key }) => key === wanted) ?? -1;
  return (
    <Panel
      title="Rules that have found something"
      note={data === undefined ? undefined : counted(data.length, "rule")}
      className={split.main}
    >
      <p className={styles.notice}>
        Read only: this server's rules are fixed while it runs. Edit the files in its rule folders and start it again.
      </p>
      {error !== null ? (
        <Failure error={error} retry={reload} />
      ) : data === undefined && head > 0 ? (
        <Skeleton lines={12} />
      ) : (
        <DataGrid
          label="Rules that have found something"
          columns={COLUMNS}
          count={data?.length ?? 0}
          row={(index) => data?.[index]}
          selected={selected}
          onSelect={setMoved}
          onOpen={(index) => {
            const rule = data?.[index];
            if (rule !== undefined) go(link(["alerts"], { rule: rule.key }));
          }}
          primary
          minWidth={700}
          empty={<Empty title="No rule has found anything yet" />}
        />
      )}
    </Panel>
  );
}

const COLUMNS: readonly Column<AlertSum>[] = [
  { id: "level", title: "level", width: "82px", cell: ({ level }) => <LevelMark level={level} /> },
  {
    id: "title",
    title: "rule",
    width: "minmax(220px, 1fr)",
    cell: ({ title, key }) => <a href={link(["alerts"], { rule: key })}>{visible(title)}</a>,
  },
  { id: "alerts", title: "alerts", width: "84px", end: true, cell: ({ alerts }) => count(alerts) },
  { id: "hosts", title: "hosts", width: "76px", end: true, cell: ({ hosts }) => count(hosts) },
  { id: "last", title: "last (UTC)", width: "158px", quiet: true, cell: ({ last }) => <Moment at={last} /> },
  { id: "id", title: "id", width: "290px", mono: true, quiet: true, cell: ({ key }) => visible(key) },
];
