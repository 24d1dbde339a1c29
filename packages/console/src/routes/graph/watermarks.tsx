/** Event time of every source partition: where it is, how far behind the furthest, since when it stands, whom it holds up. */
import type { Culprit, LiveNumbers, PartitionStatus } from "millrace/client";
import type { ReactElement } from "react";
import type { Live } from "../../client/live.js";
import { ENDED, furthestOf } from "../../client/watermarks.js";
import { classes } from "../../ui/controls.js";
import { count, span } from "../../ui/format.js";
import { Moment } from "../../ui/moment.js";
import table from "../../ui/table.module.css";
import styles from "./graph.module.css";

export function Watermarks({ live, only }: { readonly live: Live; readonly only?: string }): ReactElement | null {
  const { numbers } = live;
  if (numbers === null) return null;
  const inputs = numbers.status.streams.filter(
    ({ kind, name }) => kind === "input" && (only === undefined || name === only),
  );
  return (
    <section className={styles.part} aria-label="Watermarks">
      <h3>Watermarks</h3>
      <table className={classes(table.table, styles.marks)}>
        <thead>
          <tr>
            <th scope="col">source</th>
            <th scope="col">event time (UTC)</th>
            <th scope="col">moved</th>
            <th scope="col" className={table.end}>
              waiting
            </th>
          </tr>
        </thead>
        <tbody>
          {inputs.map((stream) =>
            stream.partitions.map((partition) => (
              <Line
                key={`${stream.name}/${partition.partition}`}
                name={stream.name}
                partition={partition}
                furthest={furthestOf(stream)}
                numbers={numbers}
              />
            )),
          )}
        </tbody>
      </table>
    </section>
  );
}

interface LineProps {
  readonly name: string;
  readonly partition: PartitionStatus;
  readonly furthest: number | null;
  readonly numbers: LiveNumbers;
}

function Line({ name, partition, furthest, numbers }: LineProps): ReactElement {
  const { watermark, end, processed } = partition;
  const key = `${name}/${partition.partition}`;
  const held = numbers.graph.culprits.filter((one) => one.stream === name && one.partition === partition.partition);
  const moved = numbers.graph.movedAt[key];
  const behind = watermark === null || furthest === null || furthest >= ENDED ? 0 : furthest - watermark;
  return (
    <>
      <tr>
        <td>{key}</td>
        <td>
          {watermark === null ? (
            <span className="quiet">nothing yet</span>
          ) : watermark >= ENDED ? (
            <span className="quiet">input ended</span>
          ) : (
            <Moment at={watermark} />
          )}
        </td>
        <td>
          {moved === undefined ? (
            <span className="quiet" title="Not since the program started">
              –
            </span>
          ) : (
            agoText(numbers.graph.at - moved)
          )}
        </td>
        <td className={table.end}>{count(processed === null ? 0 : end - processed)}</td>
      </tr>
      {held.length > 0 || behind > 1000 ? (
        <tr>
          <td colSpan={4} className={styles.held}>
            {behind > 1000 ? `${span(behind)} behind the furthest. ` : ""}
            {held.length > 0 ? heldText(held) : ""}
          </td>
        </tr>
      ) : null}
    </>
  );
}

function heldText(held: readonly Culprit[]): string {
  return `Windows of ${held.map(({ node }) => node).join(", ")} wait for it.`;
}

function agoText(ms: number): string {
  return ms < 1000 ? "now" : `${span(ms)} ago`;
}
