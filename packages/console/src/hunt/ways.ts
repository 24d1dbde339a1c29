/** From one thing a hunter looks at to the next: the same keys everywhere. */
import { link } from "../app/place.js";
import type { IconName } from "../ui/icon.js";
import type { LogPlace } from "./alerts.js";

export interface Way {
  readonly keys: string;
  readonly title: string;
  readonly icon: IconName;
  readonly href: string;
}

export interface Subject {
  readonly event: LogPlace | null;
  readonly host: string | null;
  /** Event time, epoch ms. */
  readonly at: number;
  readonly techniques?: readonly string[];
  readonly rule?: string;
}

export const AROUND_MS = 15 * 60_000;

/** Ways that make sense for it; `here` is left out. */
export function waysFrom({ event, host, at, techniques = [], rule }: Subject, here?: string): readonly Way[] {
  const place = event === null ? null : `${event.stream}/${event.partition}/${event.offset}`;
  const ways: Way[] = [];
  if (event !== null)
    ways.push({
      keys: "e",
      title: "Event",
      icon: "event",
      href: link(["events", event.stream, event.partition, event.offset]),
    });
  if (host !== null && host !== "") {
    const stream = event?.stream ?? null;
    ways.push({
      keys: "p",
      title: "Process tree",
      icon: "tree",
      href: link(["hosts", host, "tree"], { s: stream, at, e: place }),
    });
    ways.push({
      keys: "t",
      title: "Timeline",
      icon: "timeline",
      href: link(["hosts", host], { s: stream, from: at - AROUND_MS, to: at + AROUND_MS, e: place }),
    });
  }
  ways.push({ keys: "m", title: "Matrix", icon: "attack", href: link(["attack"], { technique: techniques[0], host }) });
  if (rule !== undefined && rule !== "")
    ways.push({ keys: "r", title: "Rule", icon: "rules", href: link(["rules"], { id: rule }) });
  return ways.filter(({ title }) => title !== here);
}
