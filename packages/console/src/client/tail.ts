/** The newest rows of a stream as they are committed: drawn once a frame, however many come, and no more than fit. */
import type { StreamRowAnswer } from "millrace/client";
import { useEffect, useRef, useState } from "react";
import { tailPath } from "./api.js";
import { follow } from "./follow.js";

const KEPT = 500;

export interface Tail {
  /** Newest first. */
  readonly rows: readonly StreamRowAnswer[];
  /** Rows seen since it began, and rows skipped because they came faster than they could be sent. */
  readonly seen: number;
  readonly skipped: number;
  readonly error: unknown;
}

const NONE: Tail = { rows: [], seen: 0, skipped: 0, error: null };

/** null follows nothing and keeps what is there. */
export function useTail(stream: string | null): Tail {
  const [tail, setTail] = useState(NONE);
  const waiting = useRef<StreamRowAnswer[]>([]);
  const skipped = useRef(0);
  useEffect(() => {
    if (stream === null) return;
    let frame = 0;
    setTail(NONE);
    const show = (): void => {
      frame = 0;
      const fresh = waiting.current;
      const gone = skipped.current;
      waiting.current = [];
      skipped.current = 0;
      setTail(({ rows, seen, skipped: before }) => ({
        rows: [...fresh.slice(-KEPT).reverse(), ...rows].slice(0, KEPT),
        seen: seen + fresh.length,
        skipped: before + gone,
        error: null,
      }));
    };
    const stop = follow(tailPath(stream, 50, 2000), {
      event: (name, data) => {
        if (name === "row") waiting.current.push(JSON.parse(data) as StreamRowAnswer);
        else if (name === "gap") skipped.current += gapOf(data);
        else return;
        // In a flood only the newest can be seen: the others need not wait here.
        if (waiting.current.length > 4 * KEPT) waiting.current.splice(0, waiting.current.length - KEPT);
        if (frame === 0) frame = requestAnimationFrame(show);
      },
      lost: (error) => {
        if (error !== null) setTail((before) => ({ ...before, error }));
      },
    });
    return () => {
      stop();
      cancelAnimationFrame(frame);
      waiting.current = [];
    };
  }, [stream]);
  return tail;
}

function gapOf(data: string): number {
  const { from, to } = JSON.parse(data) as { from: number; to: number };
  return to - from;
}
