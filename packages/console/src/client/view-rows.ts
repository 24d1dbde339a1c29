/** Rows of a view in key order, page by page as one scrolls, read again when the view changes. */
import { useEffect, useRef, useState } from "react";
import type { Row } from "./api.js";
import { getViewPage } from "./api.js";

const PAGE = 200;
/** More rows than this are not held: the key narrows them, or SQL does. */
export const HELD_MAX = 5000;
const AGAIN_MS = 1000;

export interface ViewRowsState {
  readonly rows: readonly Row[];
  readonly more: boolean;
  readonly loaded: boolean;
  readonly error: unknown;
  readonly loadMore: () => void;
  readonly retry: () => void;
}

interface Held {
  readonly key: string;
  readonly rows: readonly Row[];
  readonly next: string | null;
  readonly loaded: boolean;
  readonly error: unknown;
}

/** `epoch`: the commit that the rows should be of; when it moves on, what is held is read again, now and then. */
export function useViewRows(view: string, words: Readonly<Record<string, string>>, epoch: number): ViewRowsState {
  const key = JSON.stringify([view, words]);
  const [held, setHeld] = useState<Held>({ key, rows: [], next: null, loaded: false, error: null });
  const [turn, setTurn] = useState(0);
  const current = useRef(held);
  current.current = held;
  const asked = useRef({ key: "", at: 0, epoch: -1 });
  const busy = useRef(false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for view and words; `turn` asks again
  useEffect(() => {
    const stop = new AbortController();
    const wanted = current.current.key === key ? Math.max(PAGE, current.current.rows.length) : PAGE;
    // Not more often than once a second, however fast the view changes.
    const wait = asked.current.key === key ? Math.max(0, asked.current.at + AGAIN_MS - performance.now()) : 0;
    const timer = setTimeout(async () => {
      asked.current = { key, at: performance.now(), epoch };
      try {
        const { rows, next } = await getViewPage(view, words, Math.min(HELD_MAX, wanted), null, stop.signal);
        if (!stop.signal.aborted) setHeld({ key, rows, next, loaded: true, error: null });
      } catch (error) {
        if (!stop.signal.aborted) setHeld({ key, rows: [], next: null, loaded: true, error });
      }
    }, wait);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [key, epoch, turn]);

  const loadMore = (): void => {
    const { next, rows, key: of } = current.current;
    if (busy.current || next === null || of !== key || rows.length >= HELD_MAX) return;
    busy.current = true;
    getViewPage(view, words, PAGE, next, new AbortController().signal)
      .then(
        (page) =>
          setHeld((before) =>
            before.key === key && before.next === next
              ? { ...before, rows: [...before.rows, ...page.rows], next: page.next }
              : before,
          ),
        (error: unknown) => setHeld((before) => (before.key === key ? { ...before, error } : before)),
      )
      .finally(() => {
        busy.current = false;
      });
  };
  const own = held.key === key;
  return {
    rows: own ? held.rows : [],
    more: own && held.next !== null && held.rows.length < HELD_MAX,
    loaded: own && held.loaded,
    error: own ? held.error : null,
    loadMore,
    retry: () => setTurn((n) => n + 1),
  };
}
