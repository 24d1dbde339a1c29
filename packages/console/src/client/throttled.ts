/** A value that moves on no more often than it is worth following. */
import { useEffect, useRef, useState } from "react";

/** The newest value, but at most one in `everyMs`. */
export function useThrottled<T>(value: T, everyMs: number): T {
  const [shown, setShown] = useState(value);
  const at = useRef(Number.NEGATIVE_INFINITY);
  useEffect(() => {
    if (Object.is(value, shown)) return;
    const timer = setTimeout(
      () => {
        at.current = performance.now();
        setShown(value);
      },
      Math.max(0, at.current + everyMs - performance.now()),
    );
    return () => clearTimeout(timer);
  }, [value, shown, everyMs]);
  return shown;
}
