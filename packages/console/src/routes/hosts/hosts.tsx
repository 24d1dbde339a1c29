/** Hosts: all that have alerts; or one, as a timeline or as a tree of its processes. */
import type { ReactElement } from "react";
import type { ScreenProps } from "../../app/screens.js";
import { HostList } from "./host-list.js";
import { HostTimeline } from "./host-timeline.js";
import { HostTree } from "./host-tree.js";

export function Hosts({ place }: ScreenProps): ReactElement {
  const [, host, view] = place.path;
  if (host === undefined) return <HostList />;
  return view === "tree" ? (
    <HostTree key={host} host={host} place={place} />
  ) : (
    <HostTimeline key={host} host={host} place={place} />
  );
}
