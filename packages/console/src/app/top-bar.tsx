/** Where one is, the way to anything, and how the program is: live or not, how fast, how far behind. */
import type { ReactElement } from "react";
import { useMemo } from "react";
import type { Live } from "../client/live.js";
import { useLive } from "../client/live.js";
import { rateOf, rateSeries } from "../client/rates.js";
import { classes, Kbd } from "../ui/controls.js";
import { baseName, count, percent, rate, short } from "../ui/format.js";
import { Icon } from "../ui/icon.js";
import { Spark } from "../ui/spark.js";
import type { Place } from "./place.js";
import { link } from "./place.js";
import type { Screen } from "./screens.js";
import styles from "./top-bar.module.css";

interface TopBarProps {
  readonly place: Place;
  readonly screen: Screen | null;
  readonly onPalette: () => void;
}

export function TopBar({ place, screen, onPalette }: TopBarProps): ReactElement {
  return (
    <header className={styles.top}>
      <Trail place={place} screen={screen} />
      <button type="button" className={styles.jump} onClick={onPalette}>
        <Icon name="search" size={14} />
        <span className={styles.word}>Jump to …</span>
        <Kbd keys="Ctrl K" />
      </button>
      <Numbers />
    </header>
  );
}

/** Overview / Streams / windows: each part leads there. */
function Trail({ place, screen }: { readonly place: Place; readonly screen: Screen | null }): ReactElement {
  const parts = place.path.slice(1, 4);
  return (
    <h1 className={styles.trail}>
      {parts.length === 0 ? (
        <span>{screen?.title ?? "Nowhere"}</span>
      ) : (
        <a href={link([screen?.id ?? ""])}>{screen?.title ?? "Nowhere"}</a>
      )}
      {parts.map((part, k) => (
        <span key={place.path.slice(0, k + 2).join("/")} className={classes(styles.part, "clip")}>
          {part}
        </span>
      ))}
    </h1>
  );
}

function Numbers(): ReactElement {
  const live = useLive();
  const { numbers, samples } = live;
  const events = rateOf(samples, (sample) => sample.events);
  const line = useMemo(() => rateSeries(samples, (sample) => sample.events)[1], [samples]);
  const lag = numbers?.status.lag ?? 0;
  return (
    <div className={styles.numbers}>
      <Reading live={live} />
      <span className={styles.figure} title="Events processed a second">
        <Spark values={line} width={72} height={18} />
        <span className={styles.value}>{rate(events)}</span>
      </span>
      <span className={styles.figure} title={`${count(lag)} rows wait to be processed`}>
        <span className={styles.name}>lag</span>
        <span className={classes(styles.value, styles.lag, lag > 100_000 && "warn")}>{short(lag)}</span>
      </span>
      <State live={live} />
    </div>
  );
}

/** How far a file has been read, while one is. */
function Reading({ live }: { readonly live: Live }): ReactElement | null {
  const progress = live.numbers?.status.progress ?? null;
  if (progress === null) return null;
  const { file, bytesRead, bytesTotal } = progress;
  const share = bytesTotal === null || bytesTotal === 0 ? null : Math.min(1, bytesRead / bytesTotal);
  return (
    <span className={styles.figure} title={file}>
      <span className={styles.name}>reading {baseName(file)}</span>
      <progress
        className={styles.bar}
        max={1}
        {...(share === null ? {} : { value: share })}
        aria-label="History read"
      />
      <span>{share === null ? "" : percent(share)}</span>
    </span>
  );
}

function State({ live }: { readonly live: Live }): ReactElement {
  const { state, reason, numbers } = live;
  const failure = numbers?.status.failure ?? null;
  const [tone, text, title] =
    state === "lost"
      ? (["bad", "offline", reason ?? ""] as const)
      : state === "connecting" || numbers === null
        ? (["wait", "connecting", ""] as const)
        : failure !== null
          ? (["bad", "stopped", failure] as const)
          : numbers.status.ready
            ? (["good", "live", `epoch ${count(numbers.status.epoch)}`] as const)
            : (["wait", "starting", ""] as const);
  return (
    <span className={styles.state} data-tone={tone} title={title} role="status">
      <span className={styles.dot} aria-hidden="true" />
      {text}
    </span>
  );
}
