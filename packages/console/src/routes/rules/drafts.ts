/** Texts that were edited and not saved: they stay while one looks elsewhere, until the page is closed. */
import { useSyncExternalStore } from "react";

const drafts = new Map<string, string>();
const listeners = new Set<() => void>();
let version = 0;

function changed(): void {
  version++;
  for (const listener of listeners) listener();
}

const keyOf = (set: string, file: string): string => `${set}\n${file}`;

export function setDraft(set: string, file: string, text: string | null): void {
  if (text === null) drafts.delete(keyOf(set, file));
  else drafts.set(keyOf(set, file), text);
  changed();
}

export interface Drafts {
  readonly of: (set: string, file: string) => string | undefined;
  /** Files of a set that have one. */
  readonly files: (set: string) => readonly string[];
}

const read: Drafts = {
  of: (set, file) => drafts.get(keyOf(set, file)),
  files: (set) =>
    [...drafts.keys()].filter((key) => key.startsWith(`${set}\n`)).map((key) => key.slice(set.length + 1)),
};

export function useDrafts(): Drafts {
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => version,
  );
  return read;
}

// The browser asks before it forgets them.
addEventListener("beforeunload", (event) => {
  if (drafts.size > 0) event.preventDefault();
});
