/** uPlot with the console's colours and sizes. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { ChartProps, Series } from "./chart.js";

export interface MadePlot {
  readonly plot: uPlot;
  readonly stop: () => void;
}

/** The plot fills `parent`, and follows its size. */
export function makePlot(parent: HTMLElement, latest: { readonly current: ChartProps }): MadePlot {
  const props = latest.current;
  const plot = new uPlot(
    optionsOf(parent, latest),
    [props.x as number[], ...props.series.map(({ values }) => values as number[])],
    parent,
  );
  const observer = new ResizeObserver(() => plot.setSize(sizeOf(parent)));
  observer.observe(parent);
  return {
    plot,
    stop: () => {
      observer.disconnect();
      plot.destroy();
    },
  };
}

/** The legend has a line of its own below. */
const LEGEND = 24;

function sizeOf(parent: HTMLElement): { width: number; height: number } {
  return { width: Math.max(60, parent.clientWidth), height: Math.max(40, parent.clientHeight - LEGEND) };
}

function optionsOf(parent: HTMLElement, latest: { readonly current: ChartProps }): uPlot.Options {
  const { series, names, formatRight, topMin = 0, spanMin = 0 } = latest.current;
  const color = colors(parent);
  const right = series.some((one) => one.right === true);
  const written = (value: number): string => latest.current.format(value);
  return {
    ...sizeOf(parent),
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
    padding: [10, right ? 4 : 14, 0, 4],
    cursor: { points: { size: 6 }, y: false },
    legend: { live: true, markers: { width: 0, fill: (_plot, k) => color(`--series-${series[k - 1]?.color ?? 1}`) } },
    scales: {
      x: {
        time: names === undefined,
        range: (_plot, min, max) => (names === undefined ? timeRange(min, max, spanMin) : [-0.6, max + 0.6]),
      },
      y: { range: (_plot, _min, max) => [0, Math.max(topMin, (max ?? 0) * 1.08) || 1] },
      ...(right
        ? { right: { range: (_plot: uPlot, _min: number, max: number) => [0, Math.max(10, (max ?? 0) * 1.08)] } }
        : {}),
    },
    axes: [
      axis(color, {
        size: 26,
        space: names === undefined ? 90 : 70,
        ...(names === undefined
          ? { values: (_plot, ticks, _axis, _space, step) => ticks.map((tick) => timeText(tick, step)) }
          : { values: (_plot, ticks) => ticks.map((tick) => latest.current.names?.[tick] ?? "") }),
      }),
      axis(color, { size: 58, values: (_plot, ticks) => ticks.map(written) }),
      ...(right
        ? [
            axis(color, {
              size: 52,
              scale: "right",
              side: 1,
              grid: { show: false },
              values: (_plot, ticks) => ticks.map(formatRight ?? written),
            }),
          ]
        : []),
    ],
    series: [
      {
        label: names === undefined ? "UTC" : "",
        value: (_plot, x) =>
          x === null || x === undefined
            ? "–"
            : (latest.current.names?.[x] ?? new Date(x * 1000).toISOString().slice(11, 19)),
      },
      ...series.map((one) => line(one, color, one.right === true ? (formatRight ?? written) : written)),
    ],
  };
}

/** Without values yet: the span that ends now. */
function timeRange(min: number | null, max: number | null, spanMin: number): [number, number] {
  const end = max ?? Date.now() / 1000;
  return [Math.min(min ?? end, end - spanMin), end];
}

function line(
  { label, color: number, area, bars, right }: Series,
  color: Colors,
  written: (v: number) => string,
): uPlot.Series {
  const stroke = color(`--series-${number}`);
  return {
    label,
    stroke,
    width: 1.5,
    scale: right === true ? "right" : "y",
    points: { show: false },
    ...(area === true || bars === true ? { fill: withAlpha(stroke, bars === true ? 0.55 : 0.14) } : {}),
    ...(bars === true && uPlot.paths.bars !== undefined ? { paths: uPlot.paths.bars({ size: [0.7, 60] }) } : {}),
    value: (_plot, value) => (value === null || value === undefined ? "–" : written(value)),
  };
}

function axis(color: Colors, own: Partial<uPlot.Axis>): uPlot.Axis {
  return {
    stroke: color("--quiet"),
    font: "11px system-ui, sans-serif",
    grid: { stroke: color("--line"), width: 1 },
    ticks: { show: false },
    ...own,
  };
}

/** As much of a time as tells ticks apart that are `step` seconds from one another. */
function timeText(seconds: number, step: number): string {
  const text = new Date(seconds * 1000).toISOString();
  if (step >= 86_400) return text.slice(5, 10);
  return step >= 60 ? text.slice(11, 16) : text.slice(11, 19);
}

type Colors = (token: string) => string;

/** Tokens as the canvas takes them: what the browser makes of them here and now. */
function colors(parent: HTMLElement): Colors {
  return (token) => {
    const probe = document.createElement("span");
    probe.style.color = `var(${token})`;
    parent.append(probe);
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  };
}

function withAlpha(color: string, alpha: number): string {
  return color.replace(/^rgb\((.*)\)$/, `rgba($1, ${alpha})`);
}
