/** The engine as a whole: how busy, what holds producers back, and the watermark of every source. */
import type { ReactElement } from "react";
import type { Live } from "../../client/live.js";
import { useLive } from "../../client/live.js";
import { rateOf, rateSpan, shareOf } from "../../client/rates.js";
import { classes } from "../../ui/controls.js";
import { bytes, count, percent, rate, span, took } from "../../ui/format.js";
import { Panel, Skeleton } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import styles from "./graph.module.css";
import { Watermarks } from "./watermarks.js";

export function EngineDetail(): ReactElement {
  const live = useLive();
  return (
    <Panel title="Engine" scroll className={split.side}>
      {live.numbers === null ? (
        <Skeleton lines={14} />
      ) : (
        <>
          <Work live={live} />
          <Backpressure live={live} />
          <Watermarks live={live} />
        </>
      )}
    </Panel>
  );
}

function Work({ live }: { readonly live: Live }): ReactElement {
  const { samples, numbers } = live;
  const spanned = rateSpan(samples);
  const epochs = spanned === null ? 0 : spanned[1].epochs - spanned[0].epochs;
  const work = spanned === null ? 0 : spanned[1].workMs - spanned[0].workMs;
  const tasks = numbers?.graph.tasks ?? [];
  return (
    <table className={styles.numbers}>
      <tbody>
        <tr>
          <th scope="row">busy</th>
          <td>{percent(shareOf(samples, (s) => s.workMs))}</td>
          <td>{percent(shareOf(samples, (s) => s.commitMs))} committing</td>
        </tr>
        <tr>
          <th scope="row">epochs</th>
          <td>{rate(rateOf(samples, (s) => s.epochs))}</td>
          <td>{epochs > 0 ? `${took(work / epochs)} each` : `${count(numbers?.status.epoch ?? 0)} so far`}</td>
        </tr>
        {tasks.map(({ runMs, waitMs }, k) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a task is its number
          <tr key={k}>
            <th scope="row">task {k}</th>
            <td>{span(runMs)}</td>
            <td>
              {tasks.length > 1 ? `${percent(runMs === 0 ? 0 : waitMs / runMs)} waiting for others` : "since the start"}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The log is the queue: what waits in it, and how near it is to the bounds at which producers are told to wait. */
function Backpressure({ live }: { readonly live: Live }): ReactElement | null {
  const { numbers, samples } = live;
  if (numbers === null) return null;
  const { intake, status } = numbers;
  const change = rateOf(samples, (s) => s.lag) - rateOf(samples, (s) => -s.lag);
  const trend =
    status.lag === 0
      ? "none wait"
      : change > 0
        ? `growing by ${rate(change)}`
        : change < 0
          ? `about ${span((1000 * status.lag) / -change)} to catch up`
          : "steady";
  return (
    <section className={styles.part} aria-label="Backpressure">
      <h3>Backpressure</h3>
      <Meter
        name="rows that wait"
        value={status.lag}
        max={intake.lagMax}
        text={`${count(status.lag)} of ${count(intake.lagMax)}`}
        note={trend}
      />
      <Meter
        name="bytes on their way in"
        value={intake.inFlightBytes}
        max={intake.inFlightBytesMax}
        text={`${bytes(intake.inFlightBytes)} of ${bytes(intake.inFlightBytesMax)}`}
        note={
          intake.heldBack === 0
            ? "no producer was told to wait"
            : `${count(intake.heldBack)} requests were told to wait`
        }
      />
    </section>
  );
}

interface MeterProps {
  readonly name: string;
  readonly value: number;
  readonly max: number;
  readonly text: string;
  readonly note: string;
}

function Meter({ name, value, max, text, note }: MeterProps): ReactElement {
  return (
    <div className={styles.meter}>
      <p>
        <span>{name}</span>
        <span className={classes(styles.amount, value > max / 2 && "warn")}>{text}</span>
      </p>
      <meter min={0} max={max} value={value} aria-label={`${name}: ${text}`} />
      <p className="quiet">{note}</p>
    </div>
  );
}
