/**
 * The list of alerts as a window onto the server. Without a filter it is the stream itself, by offset; with one SQL
 * finds its pages. Either way it stands at a `head` while one reads: what comes later is announced, and taken in where
 * nothing is chosen and the list is at its top.
 */
import { useEffect, useRef, useState } from "react";
import { useLivePart } from "../../client/live.js";
import type { Pages } from "../../client/pages.js";
import { usePages } from "../../client/pages.js";
import { useResource } from "../../client/resource.js";
import type { AlertFilter } from "../../hunt/alert-filter.js";
import { isWhole } from "../../hunt/alert-filter.js";
import { alertsByOffset, countLevels, findAlerts } from "../../hunt/alert-queries.js";
import type { Alert } from "../../hunt/alerts.js";

export interface Head {
  /** The offset the list ends at. */
  readonly end: number;
  /** Alerts that came since. */
  readonly fresh: number;
  /** Takes them in. */
  readonly follow: () => void;
  /** Something was chosen: from now on new alerts wait. */
  readonly hold: () => void;
  readonly setAtTop: (top: boolean) => void;
}

/** How often a list that SQL finds is found again, while alerts come. */
const FIND_AGAIN_MS = 2500;

/** byOffset: moving on costs no more than the rows that are new. */
export function useHead(byOffset: boolean): Head {
  const newest = useLivePart(({ numbers }) => numbers?.status.alerts ?? 0);
  const [end, setEnd] = useState(newest);
  const [held, setHeld] = useState(false);
  const [atTop, setAtTop] = useState(true);
  const movedAt = useRef(0);
  const moves = (atTop && !held) || end === 0;
  useEffect(() => {
    if (!moves || newest <= end) return;
    const wait = byOffset || end === 0 ? 0 : Math.max(0, movedAt.current + FIND_AGAIN_MS - performance.now());
    const timer = setTimeout(() => {
      movedAt.current = performance.now();
      setEnd(newest);
    }, wait);
    return () => clearTimeout(timer);
  }, [moves, newest, end, byOffset]);
  return {
    end,
    fresh: newest - end,
    follow: () => {
      setHeld(false);
      setEnd(newest);
    },
    hold: () => setHeld(true),
    setAtTop,
  };
}

export interface AlertList {
  readonly key: string;
  readonly count: number;
  /** Undefined while on its way; null where there is no alert (a mark). */
  readonly row: (index: number) => Alert | null | undefined;
  /** Where the alert of that offset is; -1 where that is not known. `near`: the place it was at. */
  readonly indexOf: (offset: number, near: number) => number;
  readonly error: unknown;
  readonly retry: () => void;
}

export function useAlertList(filter: AlertFilter, head: Head): AlertList {
  const whole = isWhole(filter);
  const byOffset = usePages("alerts", alertsByOffset);
  const found = useFound(filter, head.end);
  // The head moves on once its newest row is here: no row is drawn empty first.
  const ready = head.end === 0 ? undefined : byOffset.row(head.end - 1);
  const shown = useRef(0);
  if (ready !== undefined || shown.current === 0 || byOffset.error !== null) shown.current = head.end;
  const end = shown.current;
  if (!whole) return found;
  return {
    key: "alerts",
    count: end,
    row: (index) => byOffset.row(end - 1 - index),
    indexOf: (offset) => (offset < end ? end - 1 - offset : -1),
    error: byOffset.error,
    retry: () => byOffset.retry(),
  };
}

/** What satisfies the filter. The list before stays until the first page of the next is here. */
function useFound(filter: AlertFilter, head: number): AlertList {
  const whole = isWhole(filter);
  const key = `${JSON.stringify(filter)}@${head}`;
  const counted = useResource(
    whole || head === 0 ? null : `count ${key}`,
    (signal) => countLevels(filter, head, signal),
    {
      keep: true,
    },
  );
  const pages = usePages(key, (from, limit, signal) =>
    whole ? Promise.resolve([]) : findAlerts(filter, head, from, limit, signal),
  );
  const levels = filter.levels;
  const total =
    counted.data === undefined
      ? 0
      : [...counted.data].reduce((sum, [level, n]) => sum + (levels.length === 0 || levels.includes(level) ? n : 0), 0);
  const shown = useRef<{ pages: Pages<Alert>; total: number; key: string } | null>(null);
  const ready = !counted.stale && counted.data !== undefined && (total === 0 || pages.row(0) !== undefined);
  if (!whole && (ready || shown.current === null)) shown.current = { pages, total: ready ? total : 0, key };
  const current = shown.current;
  return {
    key: JSON.stringify(filter),
    count: current?.total ?? 0,
    row: (index) => current?.pages.row(index),
    indexOf: (offset, near) => {
      for (let k = Math.max(0, near - 200); k <= near + 400; k++)
        if (current?.pages.peek(k)?.place.offset === offset) return k;
      return -1;
    },
    error: counted.error ?? pages.error,
    retry: () => {
      counted.reload();
      pages.retry();
    },
  };
}
