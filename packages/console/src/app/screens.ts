/** The screens: where each is, what it is called, the keys that lead there, and the code that is loaded for it. */
import type { ComponentType, LazyExoticComponent } from "react";
import { lazy } from "react";
import type { IconName } from "../ui/icon.js";
import type { Place } from "./place.js";

export interface ScreenProps {
  readonly place: Place;
}

export interface Screen {
  /** First part of the path. */
  readonly id: string;
  readonly title: string;
  readonly icon: IconName;
  readonly keys: string;
  /** Undefined: it is not in the list of screens, one comes to it from others. */
  readonly group?: "Engine" | "Hunt";
  readonly component: LazyExoticComponent<ComponentType<ScreenProps>>;
  readonly load: () => Promise<unknown>;
}

type Load = () => Promise<ComponentType<ScreenProps>>;

function screen(own: Omit<Screen, "component" | "load">, load: Load): Screen {
  return { ...own, load, component: lazy(async () => ({ default: await load() })) };
}

export const SCREENS: readonly Screen[] = [
  screen(
    { id: "overview", title: "Overview", icon: "overview", keys: "g o", group: "Engine" },
    async () => (await import("../routes/overview/overview.js")).Overview,
  ),
  screen(
    { id: "graph", title: "Graph", icon: "graph", keys: "g f", group: "Engine" },
    async () => (await import("../routes/graph/graph.js")).Graph,
  ),
  screen(
    { id: "streams", title: "Streams", icon: "streams", keys: "g s", group: "Engine" },
    async () => (await import("../routes/streams/streams.js")).Streams,
  ),
  screen(
    { id: "dead-letters", title: "Dead letters", icon: "dead", keys: "g d", group: "Engine" },
    async () => (await import("../routes/dead-letters/dead-letters.js")).DeadLetters,
  ),
  screen(
    { id: "views", title: "Views", icon: "views", keys: "g v", group: "Engine" },
    async () => (await import("../routes/views/views.js")).Views,
  ),
  screen(
    { id: "sql", title: "SQL", icon: "sql", keys: "g q", group: "Engine" },
    async () => (await import("../routes/sql/sql.js")).SqlScreen,
  ),
  screen(
    { id: "triage", title: "Triage", icon: "check", keys: "g i", group: "Hunt" },
    async () => (await import("../routes/triage/triage.js")).Triage,
  ),
  screen(
    { id: "alerts", title: "Alerts", icon: "alerts", keys: "g a", group: "Hunt" },
    async () => (await import("../routes/alerts/alerts.js")).Alerts,
  ),
  screen(
    { id: "hosts", title: "Hosts", icon: "hosts", keys: "g h", group: "Hunt" },
    async () => (await import("../routes/hosts/hosts.js")).Hosts,
  ),
  screen(
    { id: "attack", title: "ATT&CK", icon: "attack", keys: "g m", group: "Hunt" },
    async () => (await import("../routes/attack/attack.js")).AttackMatrix,
  ),
  screen(
    { id: "rules", title: "Rules", icon: "rules", keys: "g r", group: "Hunt" },
    async () => (await import("../routes/rules/rules.js")).Rules,
  ),
  screen(
    { id: "events", title: "Event", icon: "event", keys: "" },
    async () => (await import("../routes/events/events.js")).Events,
  ),
];

export function screenOf({ path }: Place): Screen | null {
  return SCREENS.find(({ id }) => id === (path[0] ?? "overview")) ?? null;
}
