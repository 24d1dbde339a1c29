/** The processes of a host as a tree: who started whom, with the alerts of each. */
import type { ReactElement } from "react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useKeys } from "../../app/keys.js";
import type { Place } from "../../app/place.js";
import { go, link } from "../../app/place.js";
import { useResource } from "../../client/resource.js";
import type { Alert } from "../../hunt/alerts.js";
import { placeFrom } from "../../hunt/events.js";
import type { ProcessHistory } from "../../hunt/process-history.js";
import { processHistory } from "../../hunt/process-history.js";
import { STARTS_MAX } from "../../hunt/process-queries.js";
import type { ProcessNode, TreeLine } from "../../hunt/process-tree.js";
import { linesOf, pathsTo } from "../../hunt/process-tree.js";
import { waysFrom } from "../../hunt/ways.js";
import { Button } from "../../ui/controls.js";
import { DataGrid } from "../../ui/data-grid.js";
import { count, counted, visible } from "../../ui/format.js";
import { Empty, Failure, Panel, Skeleton } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import { Ways } from "../../ui/ways.js";
import { HostTabs } from "./host-tabs.js";
import styles from "./hosts.module.css";
import type { Looked } from "./span.js";
import { SpanControls, useSpan } from "./span.js";
import { treeColumns } from "./tree-columns.js";

export function HostTree({ host, place }: { readonly host: string; readonly place: Place }): ReactElement {
  const { looked, error } = useSpan(host, place);
  return (
    <Panel
      title={visible(host)}
      tabs={<HostTabs host={host} place={place} current="tree" />}
      className={split.main}
      actions={looked === null ? null : <SpanControls span={looked.span} />}
    >
      {error !== null ? (
        <Failure error={error} />
      ) : looked === null ? (
        <Skeleton lines={16} />
      ) : (
        <Tree looked={looked} focus={place.query.get("e")} />
      )}
    </Panel>
  );
}

function Tree({ looked, focus }: { readonly looked: Looked; readonly focus: string | null }): ReactElement {
  const { span, columns } = looked;
  const { data, error, reload } = useResource(
    `tree ${span.stream} ${span.host} ${span.from} ${span.to} ${focus}`,
    (signal) => processHistory(span, columns, placeFrom(focus), signal),
    { keep: true },
  );
  if (error !== null) return <Failure error={error} retry={reload} />;
  if (data === undefined) return <Skeleton lines={16} />;
  return <Lines loaded={data} looked={looked} />;
}

function Lines({ loaded, looked }: { readonly loaded: ProcessHistory; readonly looked: Looked }): ReactElement {
  const { roots, alerts, focus, starts } = loaded;
  const begun = useMemo(() => opened(loaded), [loaded]);
  const [open, setOpen] = useState(begun);
  const [chosen, setChosen] = useState<string | null>(focus?.id ?? null);
  useEffect(() => {
    setOpen(begun);
    setChosen(focus?.id ?? null);
  }, [begun, focus]);
  const lines = useMemo(() => linesOf(roots, open), [roots, open]);
  const selected = lines.findIndex(({ node }) => node.id === chosen);
  const line = lines[selected];
  const turn = useCallback((node: ProcessNode, to: boolean): void => {
    setOpen((was) => new Set(to ? [...was, node.id] : [...was].filter((id) => id !== node.id)));
  }, []);
  useTreeKeys(line, lines, turn, setChosen);
  const columns = useMemo(() => treeColumns(alerts, turn), [alerts, turn]);
  const ways =
    line === undefined || line.node.places[0] === undefined
      ? []
      : waysFrom(subjectOf(line.node, looked, alerts), "Process tree");
  return (
    <>
      <div className={styles.ways}>
        <span className="quiet">
          {counted(starts, "start")}
          {starts === STARTS_MAX ? `, the first ${count(STARTS_MAX)} of the span` : ""}
          {alerts.size > 0 ? `, alerts at ${counted(alerts.size, "process").replace("processs", "processes")}` : ""}
        </span>
        <Button look="quiet" onClick={() => setOpen(pathsTo(roots, () => true))}>
          open all
        </Button>
        <Button look="quiet" onClick={() => setOpen(begun)}>
          what matters
        </Button>
        <Ways ways={ways} />
      </div>
      <DataGrid
        label={`Processes of ${looked.span.host}`}
        columns={columns}
        count={lines.length}
        row={(index) => lines[index]}
        selected={selected}
        onSelect={(index) => setChosen(lines[index]?.node.id ?? null)}
        onOpen={(index) => {
          const place = lines[index]?.node.places[0];
          if (place !== undefined) go(link(["events", place.stream, place.partition, place.offset]));
        }}
        primary
        minWidth={760}
        empty={<Empty title="No process was seen to start">None was logged for this host in that span of time.</Empty>}
      />
    </>
  );
}

/** What is open at first: the ways to the process asked for and to alerts; without any, all of it while it is small. */
function opened({ roots, alerts, focus, starts }: ProcessHistory): ReadonlySet<string> {
  if (focus === null && alerts.size === 0) return starts < 300 ? pathsTo(roots, () => true) : new Set();
  const open = pathsTo(roots, ({ id }) => id === focus?.id || alerts.has(id));
  return open;
}

function subjectOf(
  node: ProcessNode,
  { span }: Looked,
  alerts: ReadonlyMap<string, readonly Alert[]>,
): Parameters<typeof waysFrom>[0] {
  const own = alerts.get(node.id) ?? [];
  const rule = own[0]?.rule;
  return {
    event: node.places[0] ?? null,
    host: span.host,
    at: node.at ?? span.from,
    techniques: own.flatMap(({ techniques }) => techniques),
    ...(rule === undefined ? {} : { rule }),
  };
}

function useTreeKeys(
  line: TreeLine | undefined,
  lines: readonly TreeLine[],
  turn: (node: ProcessNode, to: boolean) => void,
  choose: (id: string) => void,
): void {
  const close = (): void => {
    if (line === undefined) return;
    if (line.open && line.node.children.length > 0) turn(line.node, false);
    else {
      const above = lines.slice(0, lines.indexOf(line)).findLast(({ depth }) => depth === line.depth - 1);
      if (above !== undefined) choose(above.node.id);
    }
  };
  const openIt = (): void => {
    if (line !== undefined && !line.open) turn(line.node, true);
  };
  useKeys("Tree", [
    { keys: "h", does: "Close, or to the parent", run: close },
    { keys: "ArrowLeft", run: close },
    { keys: "l", does: "Open", run: openIt },
    { keys: "ArrowRight", run: openIt },
  ]);
}
