/** How the program is, at a glance. */
import type { ReactElement } from "react";
import { useMemo } from "react";
import { link } from "../../app/place.js";
import { isAlerts } from "../../app/program.js";
import type { Live } from "../../client/live.js";
import { useLive } from "../../client/live.js";
import { rateOf, rateSeries, shareOf } from "../../client/rates.js";
import { Chart } from "../../ui/chart.js";
import { classes } from "../../ui/controls.js";
import { count, percent, rate, short } from "../../ui/format.js";
import { Empty, Panel, Skeleton } from "../../ui/panel.js";
import { concernsOf } from "./attention.js";
import { LatestAlerts } from "./latest-alerts.js";
import styles from "./overview.module.css";
import { StreamTable } from "./stream-table.js";

export function Overview(): ReactElement {
  const live = useLive();
  const hunts = live.numbers?.status.streams.some(isAlerts) ?? false;
  return (
    <div className={classes(styles.screen, hunts && styles.hunts)}>
      <Figures live={live} />
      <RateChart live={live} />
      <Attention live={live} />
      <Panel title="Streams and views" scroll className={styles.streams}>
        {live.numbers === null ? <Skeleton lines={6} /> : <StreamTable live={live} withViews />}
      </Panel>
      {hunts ? <LatestAlerts /> : null}
    </div>
  );
}

function Figures({ live }: { readonly live: Live }): ReactElement {
  const { numbers, samples } = live;
  const status = numbers?.status;
  const alerts = status?.streams.some(isAlerts) ?? false;
  const busy = shareOf(samples, (sample) => sample.workMs);
  const figures: [name: string, value: string, note: string, href: string][] = [
    ["Events", count(status?.events ?? 0), rate(rateOf(samples, (s) => s.events)), link(["streams"])],
    ...(alerts
      ? [
          ["Alerts", count(status?.alerts ?? 0), rate(rateOf(samples, (s) => s.alerts)), link(["alerts"])] as [
            string,
            string,
            string,
            string,
          ],
        ]
      : []),
    ["Waiting", count(status?.lag ?? 0), "rows not processed yet", link(["graph"])],
    ["Engine busy", percent(busy), `${percent(shareOf(samples, (s) => s.commitMs))} of it committing`, link(["graph"])],
    ["Epochs", count(status?.epoch ?? 0), `${rate(rateOf(samples, (s) => s.epochs))} just now`, link(["graph"])],
    ["Dead letters", count(status?.deadLetters ?? 0), "rows not taken", link(["dead-letters"])],
  ];
  return (
    <section className={styles.figures} aria-label="Figures">
      {figures.map(([name, value, note, href]) => (
        <a key={name} className={styles.figure} href={href}>
          <span className={styles.name}>{name}</span>
          <span className={styles.value}>{numbers === null ? "–" : value}</span>
          <span className={classes(styles.note, "clip")}>{numbers === null ? "" : note}</span>
        </a>
      ))}
    </section>
  );
}

function RateChart({ live }: { readonly live: Live }): ReactElement {
  const { samples } = live;
  const [x, series] = useMemo(() => {
    const [times, events] = rateSeries(samples, (sample) => sample.events);
    const lag = samples.slice(samples.length - times.length).map((sample) => sample.lag);
    return [
      times,
      [
        { label: "events/s", color: 1, values: events, area: true },
        { label: "waiting rows", color: 3, values: lag, right: true },
      ],
    ] as const;
  }, [samples]);
  return (
    <Panel title="Events a second" note="and rows that wait, the last 10 minutes" className={styles.chart}>
      <Chart
        label="Events a second"
        x={x}
        series={series}
        format={short}
        formatRight={short}
        topMin={10}
        spanMin={120}
      />
    </Panel>
  );
}

function Attention({ live }: { readonly live: Live }): ReactElement {
  const { numbers, samples } = live;
  const concerns = numbers === null ? [] : concernsOf(numbers, samples);
  return (
    <Panel title="Worth a look" note={concerns.length === 0 ? undefined : count(concerns.length)} scroll>
      {numbers === null ? (
        <Skeleton lines={3} />
      ) : concerns.length === 0 ? (
        <Empty title="Nothing stands out">All rows were taken, none wait, and no partition holds time back.</Empty>
      ) : (
        <ul>
          {concerns.map(({ id, tone, title, detail, href }) => (
            <li key={id}>
              <a className={styles.concern} data-tone={tone} href={href}>
                <span className={styles.concernTitle}>{title}</span>
                <span className={styles.concernText}>{detail}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
