/** Counts over time as stacked bars, small: where the mass is, and a click that asks for a part. */
import type { ReactElement } from "react";
import styles from "./bars.module.css";
import { count, instantAt } from "./format.js";

export interface BarPart {
  /** A colour token's name, or "series-1". */
  readonly color: string;
  readonly value: number;
}

interface BarsProps {
  readonly label: string;
  /** Epoch ms. */
  readonly from: number;
  readonly to: number;
  readonly bars: readonly (readonly BarPart[])[];
  /** Given the bar's span. */
  readonly onChoose?: (from: number, to: number) => void;
}

const HEIGHT = 100;

export function Bars({ label, from, to, bars, onChoose }: BarsProps): ReactElement {
  const totals = bars.map((parts) => parts.reduce((sum, { value }) => sum + value, 0));
  const top = Math.max(1, ...totals);
  const span = (to - from) / bars.length;
  return (
    <figure className={styles.figure}>
      <svg className={styles.bars} viewBox={`0 0 ${bars.length} ${HEIGHT}`} preserveAspectRatio="none" role="img">
        <title>{label}</title>
        {bars.map((parts, k) => (
          <Bar
            // biome-ignore lint/suspicious/noArrayIndexKey: a bar is its place
            key={k}
            x={k}
            parts={parts}
            scale={HEIGHT / heightOf(top)}
            title={`${instantAt(from + k * span)?.slice(0, 19)} UTC: ${count(totals[k] ?? 0)}`}
            onClick={onChoose === undefined ? undefined : () => onChoose(from + k * span, from + (k + 1) * span)}
          />
        ))}
      </svg>
      <figcaption className={styles.ends}>
        <span>{instantAt(from)?.slice(0, 19)}</span>
        <span>{instantAt(to)?.slice(0, 19)} UTC</span>
      </figcaption>
    </figure>
  );
}

/** One alert among thousands is still to be seen: heights grow with the root. */
function heightOf(value: number): number {
  return Math.sqrt(value);
}

interface BarProps {
  readonly x: number;
  readonly parts: readonly BarPart[];
  readonly scale: number;
  readonly title: string;
  readonly onClick: (() => void) | undefined;
}

function Bar({ x, parts, scale, title, onClick }: BarProps): ReactElement {
  const total = parts.reduce((sum, { value }) => sum + value, 0);
  const height = heightOf(total) * scale;
  let y = HEIGHT;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a short cut for the mouse; time can be chosen by keyboard elsewhere
    <g className={onClick === undefined ? undefined : styles.can} onClick={onClick}>
      <title>{title}</title>
      <rect x={x} y={0} width={1} height={HEIGHT} className={styles.ground} />
      {parts.map(({ color, value }) => {
        const own = total === 0 ? 0 : (value / total) * height;
        y -= own;
        return <rect key={color} x={x + 0.08} y={y} width={0.84} height={own} style={{ fill: `var(--${color})` }} />;
      })}
    </g>
  );
}
