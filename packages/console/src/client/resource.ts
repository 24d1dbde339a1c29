/** What a component shows of an answer: the answer, that it is on its way, or why there is none. */
import { useCallback, useEffect, useRef, useState } from "react";

export interface Resource<T> {
  /** The newest answer. While another is on its way the one before stays, so that nothing jumps. */
  readonly data: T | undefined;
  readonly error: unknown;
  readonly loading: boolean;
  /** `data` belongs to an earlier key. */
  readonly stale: boolean;
  readonly reload: () => void;
}

interface Held<T> {
  readonly key: string;
  readonly data: T | undefined;
  readonly error: unknown;
  readonly loading: boolean;
}

/**
 * Asks when `key` changes, and again every `everyMs`; null asks nothing. A change of key abandons what is on its way.
 * keep: the answer of the key before is shown until the new one is there (for filters); else it goes at once (for
 * another thing altogether).
 */
export function useResource<T>(
  key: string | null,
  load: (signal: AbortSignal) => Promise<T>,
  options: { readonly keep?: boolean; readonly everyMs?: number } = {},
): Resource<T> {
  const { keep = false, everyMs } = options;
  const [held, setHeld] = useState<Held<T> | null>(null);
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  const reload = useCallback(() => setTurn((n) => n + 1), []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `turn` asks again
  useEffect(() => {
    if (key === null) return;
    const stop = new AbortController();
    setHeld((before) => ({
      key: before?.key ?? key,
      data: keep || before?.key === key ? before?.data : undefined,
      error: null,
      loading: true,
    }));
    latest.current(stop.signal).then(
      (data) => {
        if (!stop.signal.aborted) setHeld({ key, data, error: null, loading: false });
      },
      (error: unknown) => {
        if (!stop.signal.aborted)
          setHeld((before) => ({ key, data: keep ? before?.data : undefined, error, loading: false }));
      },
    );
    return () => stop.abort();
  }, [key, turn, keep]);

  useEffect(() => {
    if (everyMs === undefined || key === null) return;
    const timer = setInterval(() => {
      if (!document.hidden) reload();
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs, key, reload]);

  const own = held !== null && (keep || held.key === key) && key !== null;
  return {
    data: own ? held.data : undefined,
    error: own && held.key === key ? held.error : null,
    loading: key !== null && (held === null || held.key !== key || held.loading),
    stale: own && held.key !== key,
    reload,
  };
}
