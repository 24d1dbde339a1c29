/** Events of the span by kind, with marks where alerts are. */
import type { ReactElement, ReactNode } from "react";
import { goQuery } from "../../app/place.js";
import { useResource } from "../../client/resource.js";
import type { Alert } from "../../hunt/alerts.js";
import { gravest } from "../../hunt/alerts.js";
import { eventTimes } from "../../hunt/timeline.js";
import { Bars } from "../../ui/bars.js";
import { CATEGORIES } from "./categories.js";
import styles from "./hosts.module.css";
import type { Looked } from "./span.js";

const BUCKETS = 120;

interface TimesProps {
  readonly looked: Looked;
  /** The condition of the filters; null while it is not known. */
  readonly also: string | null;
  readonly alerts: readonly Alert[];
  readonly note: string;
  readonly ways: ReactNode;
}

export function TimelineTimes({ looked, also, alerts, note, ways }: TimesProps): ReactElement {
  const { span, columns } = looked;
  const key = `${span.stream} ${span.host} ${span.from} ${span.to} ${also}`;
  const { data } = useResource(
    also === null ? null : `times ${key}`,
    (signal) => eventTimes(span, columns, also as string, BUCKETS, signal),
    { keep: true },
  );
  return (
    <div className={styles.over}>
      <AlertMarks alerts={alerts} from={span.from} to={span.to} />
      <div className={styles.bars}>
        {data === undefined ? null : (
          <Bars
            label={`Events of ${span.host} over time`}
            from={span.from}
            to={span.to}
            bars={data.map((bucket) => CATEGORIES.map(({ id, color }) => ({ color, value: bucket.get(id) ?? 0 })))}
            onChoose={(from, to) => goQuery({ from: Math.floor(from), to: Math.ceil(to), at: null }, {})}
          />
        )}
      </div>
      <div className={styles.ways}>
        <span className="quiet">{note}</span>
        {ways}
      </div>
    </div>
  );
}

/** One mark for each place that has alerts, in the gravest's colour. */
function AlertMarks({
  alerts,
  from,
  to,
}: {
  readonly alerts: readonly Alert[];
  readonly from: number;
  readonly to: number;
}): ReactElement {
  const marks = new Map<number, string[]>();
  for (const { at, level } of alerts) {
    const place = Math.round(((at - from) / (to - from)) * 2 * BUCKETS);
    marks.set(place, [...(marks.get(place) ?? []), level]);
  }
  return (
    <svg className={styles.marks} viewBox={`0 0 ${2 * BUCKETS} 8`} preserveAspectRatio="none" role="img">
      <title>{`${alerts.length} alerts in this span`}</title>
      {[...marks].map(([place, levels]) => (
        <rect
          key={place}
          x={place - 0.4}
          y={0}
          width={0.8}
          height={8}
          style={{ fill: `var(--${gravest(levels)}-mark)` }}
        />
      ))}
    </svg>
  );
}
