/** One row whole. What the list has may be a part of it: the rest is read from the log. */
import type { ReactElement } from "react";
import { link } from "../../app/place.js";
import { getRows } from "../../client/api.js";
import { useResource } from "../../client/resource.js";
import { Button, LinkButton } from "../../ui/controls.js";
import { Fields, fieldsOf } from "../../ui/fields.js";
import { count } from "../../ui/format.js";
import { Empty, Failure, Panel, Skeleton } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import type { ListedRow } from "./row-columns.js";

interface DetailProps {
  readonly listed: ListedRow;
  readonly onClose: () => void;
}

export function RowDetail({ listed, onClose }: DetailProps): ReactElement {
  const { stream, partition, offset } = listed.place;
  const { data, error, reload } = useResource(`${stream}/${partition}/${offset}`, async (signal) => {
    const [found] = await getRows(stream, partition, offset, 1, signal);
    return found?.offset === offset ? found.row : null;
  });
  return (
    <Panel
      title={`Offset ${count(offset)}`}
      note={partition > 0 ? `partition ${partition}` : undefined}
      scroll
      className={split.side}
      actions={
        <>
          {listed.event === null ? null : (
            <LinkButton href={link(["events", stream, partition, offset])} icon="event">
              Event
            </LinkButton>
          )}
          <Button look="quiet" icon="close" aria-label="Close" onClick={onClose} />
        </>
      }
    >
      {error !== null ? (
        <Failure error={error} retry={reload} />
      ) : data === undefined ? (
        <Skeleton lines={14} />
      ) : data === null ? (
        <Empty title="That row is not in the stream any more">The stream's retention has let it go.</Empty>
      ) : (
        <Fields fields={fieldsOf(data)} />
      )}
    </Panel>
  );
}
