/** Ways to look at a host; the span of time goes along. */
import type { ReactElement } from "react";
import type { Place } from "../../app/place.js";
import { link } from "../../app/place.js";
import { Tabs } from "../../ui/tabs.js";

interface HostTabsProps {
  readonly host: string;
  readonly place: Place;
  readonly current: "timeline" | "tree";
}

export function HostTabs({ host, place, current }: HostTabsProps): ReactElement {
  const words = Object.fromEntries(["s", "from", "to", "at", "e"].map((word) => [word, place.query.get(word)]));
  return (
    <Tabs
      label={`Ways to look at ${host}`}
      current={current}
      tabs={[
        { id: "timeline", title: "Timeline", href: link(["hosts", host], words) },
        { id: "tree", title: "Process tree", href: link(["hosts", host, "tree"], words) },
        { id: "alerts", title: "Alerts", href: link(["alerts"], { host }) },
      ]}
    />
  );
}
