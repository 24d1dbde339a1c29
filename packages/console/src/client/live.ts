/**
 * The program's numbers as they change, one connection for the whole page.
 *
 *   /api/live -> newest numbers -> once a frame at most -> store -> whoever shows them
 *
 * Rates are differences over the last seconds; a sample a second is kept for the charts.
 */
import type { LiveNumbers } from "millrace/client";
import { useSyncExternalStore } from "react";
import { follow } from "./follow.js";
import { told } from "./http.js";
import type { Sample } from "./rates.js";
import { keepSample, sampleOf } from "./rates.js";

export interface Live {
  readonly state: "connecting" | "live" | "lost";
  /** Why it is lost, for people. */
  readonly reason: string | null;
  readonly numbers: LiveNumbers | null;
  /** Oldest first, about one a second. */
  readonly samples: readonly Sample[];
}

let live: Live = { state: "connecting", reason: null, numbers: null, samples: [] };
const listeners = new Set<() => void>();
let pending: LiveNumbers | null = null;

function set(next: Partial<Live>): void {
  live = { ...live, ...next };
  for (const listener of listeners) listener();
}

function arrive(numbers: LiveNumbers): void {
  const first = pending === null;
  pending = numbers;
  if (first) requestAnimationFrame(show);
}

function show(): void {
  if (pending === null) return;
  const numbers = pending;
  pending = null;
  set({ state: "live", reason: null, numbers, samples: keepSample(live.samples, sampleOf(numbers)) });
}

/** Begins to listen; the returned function ends it. */
export function startLive(): () => void {
  set({ state: "connecting", reason: null });
  return follow("/api/live", {
    event: (name, data) => {
      if (name === "numbers") arrive(JSON.parse(data) as LiveNumbers);
    },
    lost: (error) => {
      set({ state: "lost", reason: error === null ? "the connection broke" : told(error).message });
    },
  });
}

export const liveStore = {
  get: (): Live => live,
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

export function useLive(): Live {
  return useSyncExternalStore(liveStore.subscribe, liveStore.get);
}

/** A part of the numbers; the component is drawn again only when that part is another. Give primitives, or what keeps its identity. */
export function useLivePart<T>(part: (live: Live) => T): T {
  return useSyncExternalStore(liveStore.subscribe, () => part(live));
}
