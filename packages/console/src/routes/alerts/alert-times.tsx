/** When the alerts were, by level. */
import type { ReactElement } from "react";
import { goQuery } from "../../app/place.js";
import { useResource } from "../../client/resource.js";
import type { AlertFilter } from "../../hunt/alert-filter.js";
import { alertHistogram } from "../../hunt/alert-queries.js";
import { Bars } from "../../ui/bars.js";
import { LEVELS } from "../../ui/controls.js";
import styles from "./alerts.module.css";

const BUCKETS = 96;

export function AlertTimes({ filter, head }: { readonly filter: AlertFilter; readonly head: number }): ReactElement {
  const { data } = useResource(
    head === 0 ? null : `times ${JSON.stringify(filter)}@${head}`,
    (signal) => alertHistogram(filter, head, BUCKETS, signal),
    { keep: true },
  );
  return (
    <div className={styles.times}>
      {data === undefined || data === null ? null : (
        <Bars
          label="Alerts over event time"
          from={data.from}
          to={data.to}
          bars={data.buckets.map((bucket) =>
            [...LEVELS].reverse().map((level) => ({ color: `${level}-mark`, value: bucket.get(level) ?? 0 })),
          )}
          onChoose={(from, to) => goQuery({ from: Math.floor(from), to: Math.ceil(to) + 1 }, {})}
        />
      )}
    </div>
  );
}
