/** The newest alerts, as they come. */
import type { ReactElement } from "react";
import { link } from "../../app/place.js";
import { useLivePart } from "../../client/live.js";
import { useResource } from "../../client/resource.js";
import { foldRuns, newestAlerts, shortHost } from "../../hunt/alerts.js";
import { classes, LevelMark } from "../../ui/controls.js";
import { count, visible } from "../../ui/format.js";
import { Moment } from "../../ui/moment.js";
import { Empty, Failure, Panel, Skeleton } from "../../ui/panel.js";
import styles from "./overview.module.css";

/** What the list is folded from. */
const READ = 400;

export function LatestAlerts(): ReactElement {
  const end = useLivePart(({ numbers }) => numbers?.status.alerts ?? 0);
  const { data, error, reload } = useResource(`latest ${end}`, (signal) => newestAlerts(end, READ, signal), {
    keep: true,
  });
  return (
    <Panel title="Newest alerts" className={styles.latest} scroll actions={<a href={link(["alerts"])}>All alerts</a>}>
      {data === undefined ? (
        error === null ? (
          <Skeleton lines={8} />
        ) : (
          <Failure error={error} retry={reload} />
        )
      ) : data.length === 0 ? (
        <Empty title="No alerts">No event has satisfied a rule so far.</Empty>
      ) : (
        <ul>
          {foldRuns(data).map(({ newest: { place, title, level, host, at }, alerts }) => (
            <li key={place.offset}>
              <a className={styles.alert} href={link(["alerts", place.offset])}>
                <LevelMark level={level} />
                <span className="clip">
                  {visible(title)} {alerts > 1 ? <span className={styles.times}>×{count(alerts)}</span> : null}
                </span>
                <span className={classes(styles.host, "clip")} title={visible(host ?? "")}>
                  {visible(shortHost(host))}
                </span>
                <span className="quiet">
                  <Moment at={at} short />
                </span>
              </a>
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
