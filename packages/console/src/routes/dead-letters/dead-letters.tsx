/** What could not be taken, the newest first: why, and where it came from; and taking it after all. */
import type { DeadLetterAnswer } from "millrace/client";
import type { ReactElement } from "react";
import { useState } from "react";
import { useKeys } from "../../app/keys.js";
import { go, link } from "../../app/place.js";
import type { ScreenProps } from "../../app/screens.js";
import { getDeadLetters } from "../../client/api.js";
import { useLivePart } from "../../client/live.js";
import { usePages } from "../../client/pages.js";
import { useResource } from "../../client/resource.js";
import { Button } from "../../ui/controls.js";
import { DataGrid } from "../../ui/data-grid.js";
import { count, counted } from "../../ui/format.js";
import { Empty, Failure, Panel, Skeleton } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import { Tabs } from "../../ui/tabs.js";
import { letterColumns } from "./letter-columns.js";
import { EDGE, LetterDetail } from "./letter-detail.js";

const STREAM = "dead_letters";
const OPERATORS = 1;

export function DeadLetters({ place }: ScreenProps): ReactElement {
  const partition = place.path[1] === "operators" ? OPERATORS : EDGE;
  const chosen = /^\d{1,15}$/.test(place.path[2] ?? "") ? Number(place.path[2]) : null;
  const [end, start] = useBounds(partition);
  if (end === null)
    return (
      <Panel title="Dead letters" className={split.main}>
        <Skeleton lines={12} />
      </Panel>
    );
  return <Letters key={partition} {...{ partition, chosen, end, start }} />;
}

interface LettersProps {
  readonly partition: number;
  readonly chosen: number | null;
  /** Letters there are: [start, end). */
  readonly start: number;
  readonly end: number;
}

function Letters({ partition, chosen, start, end: newest }: LettersProps): ReactElement {
  // The list's end stays where it is while one reads.
  const [held, setHeld] = useState(newest);
  const end = held === 0 ? newest : held;
  const [version, setVersion] = useState(0);
  const total = end - start;
  const pages = usePages(`${partition}@${end} ${version}`, async (from, limit, signal) =>
    total === 0 ? [] : getDeadLetters(partition, end - from, Math.min(limit, total - from), signal),
  );
  const follow = (): void => setHeld(newest);
  const close = (): void => go(place(partition, null), { replace: true });
  useKeys("Dead letters", [
    ...(newest > end ? [{ keys: "n", does: "Show new letters", run: follow }] : []),
    ...(chosen === null ? [] : [{ keys: "Esc", does: "Close the letter", run: close }]),
  ]);
  return (
    <div className={split.split}>
      <Panel
        title="Dead letters"
        tabs={<Parts partition={partition} />}
        note={counted(total, "letter")}
        className={split.main}
        actions={
          newest > end ? (
            <Button icon="up" keys="n" onClick={follow}>
              {count(newest - end)} new
            </Button>
          ) : null
        }
      >
        {pages.error !== null ? (
          <Failure error={pages.error} retry={() => pages.retry()} />
        ) : (
          <DataGrid
            label="Dead letters"
            columns={letterColumns}
            count={total}
            row={(index) => pages.row(index)}
            selected={chosen === null ? -1 : end - 1 - chosen}
            onSelect={(index) => go(place(partition, end - 1 - index), { replace: true })}
            primary
            minWidth={820}
            empty={
              <Empty title="No dead letters">
                {partition === EDGE
                  ? "Every row that came was taken. What does not fit its event type is kept here, with its bytes and the reason."
                  : "No operator has refused a row."}
              </Empty>
            }
          />
        )}
      </Panel>
      {chosen === null ? null : (
        <ChosenLetter
          {...{ partition, version }}
          offset={chosen}
          onReplayed={() => setVersion((n) => n + 1)}
          onClose={close}
        />
      )}
    </div>
  );
}

interface ChosenProps {
  readonly partition: number;
  readonly offset: number;
  readonly version: number;
  readonly onReplayed: () => void;
  readonly onClose: () => void;
}

function ChosenLetter({ partition, offset, version, onReplayed, onClose }: ChosenProps): ReactElement {
  const { data, error, reload } = useResource(
    `letter ${partition}/${offset} ${version}`,
    async (signal): Promise<DeadLetterAnswer | null> => {
      const [letter] = await getDeadLetters(partition, offset + 1, 1, signal);
      return letter?.offset === offset ? letter : null;
    },
    { keep: true },
  );
  if (data !== undefined && data !== null)
    return (
      <LetterDetail key={`${data.partition}/${data.offset}`} letter={data} onReplayed={onReplayed} onClose={onClose} />
    );
  return (
    <Panel
      title={`Letter ${count(offset)}`}
      className={split.side}
      actions={<Button look="quiet" icon="close" aria-label="Close" onClick={onClose} />}
    >
      {error !== null ? (
        <Failure error={error} retry={reload} />
      ) : data === null ? (
        <Empty title="There is no letter at that offset" />
      ) : (
        <Skeleton lines={12} />
      )}
    </Panel>
  );
}

function Parts({ partition }: { readonly partition: number }): ReactElement {
  return (
    <Tabs
      label="Refused by whom"
      current={partition === EDGE ? "edge" : "operators"}
      tabs={[
        { id: "edge", title: "When they came", href: place(EDGE, null) },
        { id: "operators", title: "By operators", href: place(OPERATORS, null) },
      ]}
    />
  );
}

function place(partition: number, offset: number | null): string {
  const part = partition === EDGE ? "edge" : "operators";
  return link(offset === null ? ["dead-letters", part] : ["dead-letters", part, offset]);
}

/** Where the partition's letters end and begin; null while it is not known. */
function useBounds(partition: number): readonly [number | null, number] {
  const bounds = useLivePart(({ numbers }) => {
    const found = numbers?.status.streams.find(({ name }) => name === STREAM)?.partitions[partition];
    return found === undefined ? "" : `${found.end} ${found.start}`;
  });
  const [end, start] = bounds.split(" ");
  return end === "" || end === undefined ? [null, 0] : [Number(end), Number(start)];
}
