/** The newest rows of a stream as they are committed. */
import type { ReactElement } from "react";
import { useMemo, useState } from "react";
import { useKeys } from "../../app/keys.js";
import { getProgramSchema } from "../../client/program-schema.js";
import { useResource } from "../../client/resource.js";
import { useTail } from "../../client/tail.js";
import { securityAttributes } from "../../hunt/security-event.js";
import { Button } from "../../ui/controls.js";
import { DataGrid } from "../../ui/data-grid.js";
import { count, counted } from "../../ui/format.js";
import { Empty, Failure, Panel } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import type { ListedRow } from "./row-columns.js";
import { rowColumns } from "./row-columns.js";
import { RowDetail } from "./row-detail.js";
import type { StreamProps } from "./stream-rows.js";

export function StreamLive({ stream, tabs }: StreamProps): ReactElement {
  const [paused, setPaused] = useState(false);
  const [chosen, setChosen] = useState<ListedRow | null>(null);
  const tail = useTail(paused ? null : stream.name);
  const schema = useResource("schema", getProgramSchema).data?.get(`stream_${stream.name}`);
  const rows = useMemo(
    () =>
      tail.rows.map(({ partition, offset, row }) => ({
        place: { stream: stream.name, partition, offset },
        row,
        event: securityAttributes(row),
      })),
    [tail.rows, stream.name],
  );
  const asEvents = rows[0]?.event !== undefined && rows[0]?.event !== null;
  const columns = useMemo(() => rowColumns(schema ?? [], asEvents), [schema, asEvents]);
  const selected = chosen === null ? -1 : rows.findIndex((row) => samePlace(row, chosen));
  useKeys("Live", [
    { keys: "p", does: "Pause, go on", run: () => setPaused((was) => !was) },
    ...(chosen === null ? [] : [{ keys: "Esc", does: "Close the row", run: () => setChosen(null) }]),
  ]);
  return (
    <>
      <Panel
        title={stream.name}
        note={`${counted(tail.seen, "row")} seen${tail.skipped > 0 ? `, ${count(tail.skipped)} went by too fast to show` : ""}${paused ? ", paused" : ""}`}
        tabs={tabs}
        className={split.main}
        actions={
          <Button icon={paused ? "play" : "stop"} keys="p" onClick={() => setPaused(!paused)}>
            {paused ? "Go on" : "Pause"}
          </Button>
        }
      >
        {tail.error !== null && rows.length === 0 ? (
          <Failure error={tail.error} />
        ) : (
          <DataGrid
            label={`Newest rows of ${stream.name}`}
            columns={columns}
            count={rows.length}
            row={(index) => rows[index]}
            selected={selected}
            onSelect={(index) => setChosen(rows[index] ?? null)}
            primary
            minWidth={720}
            empty={<Empty title="Waiting for rows">They appear here as they are committed.</Empty>}
          />
        )}
      </Panel>
      {chosen === null ? null : (
        <RowDetail
          key={`${chosen.place.partition}/${chosen.place.offset}`}
          listed={chosen}
          onClose={() => setChosen(null)}
        />
      )}
    </>
  );
}

function samePlace({ place: a }: ListedRow, { place: b }: ListedRow): boolean {
  return a.partition === b.partition && a.offset === b.offset;
}
