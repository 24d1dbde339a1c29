/** Lines over time, or bars over names. Drawn by uPlot, which is loaded when the first chart is shown. */
import type { ReactElement } from "react";
import { useEffect, useRef } from "react";
import type uPlot from "uplot";
import { useTheme } from "../app/theme.js";
import styles from "./chart.module.css";

export interface Series {
  readonly label: string;
  /** Number of the colour, from 1. */
  readonly color: number;
  readonly values: readonly (number | null)[];
  readonly area?: boolean;
  readonly bars?: boolean;
  /** Has an axis of its own, at the right. */
  readonly right?: boolean;
}

interface ChartProps {
  readonly label: string;
  /** Epoch seconds, or plain numbers (see `names`), ascending. */
  readonly x: readonly number[];
  readonly series: readonly Series[];
  /** How a value of the left axis is written. */
  readonly format: (value: number) => string;
  readonly formatRight?: (value: number) => string;
  /** x counts these; without it x is time, in UTC. */
  readonly names?: readonly string[];
  /** The least the left axis reaches up to: a flat line near 0 shall not look like a mountain. */
  readonly topMin?: number;
  /** The least span of time along the bottom, seconds: what is known ends at the right. */
  readonly spanMin?: number;
}

export function Chart(props: ChartProps): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const theme = useTheme();
  const shape = JSON.stringify([props.series.map(({ values: _, ...own }) => own), props.names?.length, theme]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: made anew when its shape is another
  useEffect(() => {
    const parent = box.current as HTMLDivElement;
    let gone = false;
    let stop = (): void => {};
    void import("./plot.js").then(({ makePlot }) => {
      if (gone) return;
      const made = makePlot(parent, latest);
      plot.current = made.plot;
      stop = made.stop;
    });
    return () => {
      gone = true;
      plot.current = null;
      stop();
    };
  }, [shape]);

  const { x, series } = props;
  useEffect(() => {
    plot.current?.setData([x as number[], ...series.map(({ values }) => values as number[])]);
  }, [x, series]);

  const last = series.map(({ label, values }) => `${label} ${props.format(values.at(-1) ?? 0)}`).join(", ");
  return (
    <figure className={styles.chart} aria-label={`${props.label}: ${last}`}>
      <div ref={box} className={styles.plot} aria-hidden="true" />
    </figure>
  );
}

export type { ChartProps };
