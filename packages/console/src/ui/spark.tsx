/** A line of the last values, without axes: how something has been going. */
import type { ReactElement } from "react";
import styles from "./spark.module.css";

interface SparkProps {
  readonly values: readonly number[];
  readonly width?: number;
  readonly height?: number;
  /** How many values fill the width; fewer begin at the right. */
  readonly slots?: number;
}

export function Spark({ values, width = 96, height = 20, slots = 60 }: SparkProps): ReactElement {
  const shown = values.slice(-slots);
  const top = Math.max(1e-9, ...shown);
  const step = width / (slots - 1);
  const from = slots - shown.length;
  const points = shown.map(
    (value, k) => `${((from + k) * step).toFixed(1)},${(height - 1 - (value / top) * (height - 2)).toFixed(1)}`,
  );
  return (
    <svg className={styles.spark} width={width} height={height} aria-hidden="true">
      <polyline points={points.join(" ")} />
    </svg>
  );
}
