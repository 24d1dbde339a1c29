/** Alerts: the newest first, narrowed by what one looks for, one of them whole beside; or in groups. */
import type { ReactElement } from "react";
import { useEffect, useMemo, useRef, useState } from "react";
import type { Binding } from "../../app/keys.js";
import { useKeys } from "../../app/keys.js";
import { go, link } from "../../app/place.js";
import type { ScreenProps } from "../../app/screens.js";
import { useResource } from "../../client/resource.js";
import { filterFrom, isWhole } from "../../hunt/alert-filter.js";
import type { GroupBy } from "../../hunt/alert-queries.js";
import { alertsByOffset } from "../../hunt/alert-queries.js";
import { Button } from "../../ui/controls.js";
import { DataGrid } from "../../ui/data-grid.js";
import { count } from "../../ui/format.js";
import { Empty, Failure, Panel } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import { Tabs } from "../../ui/tabs.js";
import { alertColumns } from "./alert-columns.js";
import { AlertDetail } from "./alert-detail.js";
import { AlertSums } from "./alert-sums.js";
import { AlertTimes } from "./alert-times.js";
import styles from "./alerts.module.css";
import { FilterBar } from "./filter-bar.js";
import type { AlertList } from "./lists.js";
import { useAlertList, useHead } from "./lists.js";

const BY = ["rule", "host", "time"] as const;

export function Alerts({ place }: ScreenProps): ReactElement {
  const { query } = place;
  const filter = useMemo(() => filterFrom(query), [query]);
  const by = BY.find((one) => one === query.get("by")) ?? null;
  const chosen = offsetIn(place.path[1]);
  const head = useHead(isWhole(filter) && by === null);
  const words = Object.fromEntries(query);
  return (
    <div className={split.split}>
      <Panel
        title="Alerts"
        tabs={<Views by={by} words={words} />}
        className={split.main}
        actions={
          head.fresh > 0 ? (
            <Button icon="up" keys="n" onClick={head.follow}>
              {count(head.fresh)} new
            </Button>
          ) : null
        }
      >
        <FilterBar filter={filter} head={head.end} />
        <AlertTimes filter={filter} head={head.end} />
        {by === null ? (
          <AlertRows head={head} filter={filter} chosen={chosen} words={words} />
        ) : (
          <AlertSums filter={filter} head={head.end} by={by} words={words} />
        )}
      </Panel>
      {chosen === null ? null : <ChosenAlert offset={chosen} words={words} />}
    </div>
  );
}

interface RowsProps {
  readonly head: ReturnType<typeof useHead>;
  readonly filter: ReturnType<typeof filterFrom>;
  readonly chosen: number | null;
  readonly words: Readonly<Record<string, string>>;
}

function AlertRows({ head, filter, chosen, words }: RowsProps): ReactElement {
  const list = useAlertList(filter, head);
  const [selected, setSelected] = useSelected(list, chosen, (offset) =>
    go(link(["alerts", offset], words), { replace: true }),
  );
  const select = (index: number): void => {
    head.hold();
    setSelected(index);
  };
  const open = (index: number): void => {
    const event = list.row(index)?.event;
    if (event !== undefined && event !== null)
      go(link(["events", event.stream, event.partition, event.offset], { alert: list.row(index)?.place.offset }));
  };
  const bindings: Binding[] = [{ keys: "n", does: "Show new alerts", run: head.follow }];
  if (chosen !== null)
    bindings.push({ keys: "Esc", does: "Close the alert", run: () => go(link(["alerts"], words), { replace: true }) });
  useKeys("Alerts", bindings);
  if (list.error !== null) return <Failure error={list.error} retry={list.retry} />;
  return (
    <DataGrid
      label="Alerts"
      columns={alertColumns}
      count={list.count}
      row={(index) => list.row(index) ?? undefined}
      selected={selected}
      onSelect={select}
      onOpen={open}
      primary
      listKey={list.key}
      onTop={head.setAtTop}
      minWidth={640}
      empty={
        isWhole(filter) ? (
          <Empty title="No alerts">No event has satisfied a rule so far. They appear here as they are raised.</Empty>
        ) : (
          <Empty title="No alert fits">
            <a href={link(["alerts"])}>All alerts</a>
          </Empty>
        )
      }
    />
  );
}

/**
 * The chosen alert's place in the list; it moves down as new ones come above it. A row that is chosen before it is here
 * is told of once it is.
 */
function useSelected(
  list: AlertList,
  chosen: number | null,
  tell: (offset: number) => void,
): [number, (index: number) => void] {
  const near = useRef(-1);
  const [wanted, setWanted] = useState(-1);
  const known = chosen === null ? -1 : list.indexOf(chosen, near.current);
  if (known >= 0) near.current = known;
  const arrived = wanted >= 0 ? list.row(wanted)?.place.offset : undefined;
  useEffect(() => {
    if (arrived === undefined) return;
    near.current = wanted;
    setWanted(-1);
    tell(arrived);
  });
  return [wanted >= 0 ? wanted : chosen === null ? -1 : near.current, setWanted];
}

function ChosenAlert({
  offset,
  words,
}: {
  readonly offset: number;
  readonly words: Readonly<Record<string, string>>;
}): ReactElement {
  const { data, error, reload } = useResource(
    `alert ${offset}`,
    async (signal) => (await alertsByOffset(offset, 1, signal))[0] ?? null,
    { keep: true },
  );
  return (
    <AlertDetail
      alert={data}
      error={error}
      retry={reload}
      onClose={() => go(link(["alerts"], words), { replace: true })}
    />
  );
}

function Views({
  by,
  words,
}: {
  readonly by: GroupBy | null;
  readonly words: Readonly<Record<string, string>>;
}): ReactElement {
  const to = (one: string | null): string => link(["alerts"], { ...words, by: one });
  return (
    <span className={styles.tabs}>
      <Tabs
        label="Alerts as"
        current={by ?? "list"}
        tabs={[
          { id: "list", title: "List", href: to(null) },
          { id: "rule", title: "By rule", href: to("rule") },
          { id: "host", title: "By host", href: to("host") },
          { id: "time", title: "By time", href: to("time") },
        ]}
      />
    </span>
  );
}

function offsetIn(part: string | undefined): number | null {
  return part !== undefined && /^\d{1,15}$/.test(part) ? Number(part) : null;
}
