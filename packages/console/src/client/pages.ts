/**
 * A window onto a long list that lives on the server: rows are asked for page by page as they come into sight, and the
 * pages seen least lately are forgotten. However long the list is, a few thousand rows are in memory.
 */
import { useMemo, useSyncExternalStore } from "react";

export const PAGE_ROWS = 200;
const PAGES_KEPT = 30;
/** Pages asked for at once; more would only hold up the newest wish. */
const ASKING_MAX = 2;
/** Wishes that wait: of a fast scroll only the last places matter. */
const WISHES_MAX = 3;

/** Rows [from, from + count) of the list; fewer at its end. */
export type FetchRows<T> = (from: number, count: number, signal: AbortSignal) => Promise<readonly T[]>;

export class Pages<T> {
  readonly #fetch: FetchRows<T>;
  readonly #pages = new Map<number, readonly T[]>();
  readonly #asking = new Map<number, AbortController>();
  #wishes: number[] = [];
  readonly #listeners = new Set<() => void>();
  #version = 0;
  #error: unknown = null;
  #closed = false;

  constructor(fetch: FetchRows<T>) {
    this.#fetch = fetch;
  }

  /** Counts changes, for `useSyncExternalStore`. */
  get version(): number {
    return this.#version;
  }

  get error(): unknown {
    return this.#error;
  }

  /** The row, or undefined while it is on its way. */
  row(index: number): T | undefined {
    const page = Math.floor(index / PAGE_ROWS);
    const rows = this.#pages.get(page);
    if (rows === undefined) {
      this.#wish(page);
      return undefined;
    }
    // The page is the newest now.
    this.#pages.delete(page);
    this.#pages.set(page, rows);
    // What was the last page when it was read may have grown.
    if (index - page * PAGE_ROWS >= rows.length) this.#wish(page);
    return rows[index - page * PAGE_ROWS];
  }

  /** The row if it is here; asks for nothing. */
  peek(index: number): T | undefined {
    return this.#pages.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS];
  }

  retry(): void {
    this.#error = null;
    this.#changed();
    this.#next();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#closed = false;
    this.#listeners.add(listener);
    this.#next();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      this.#closed = true;
      for (const asking of this.#asking.values()) asking.abort();
      this.#asking.clear();
    };
  };

  #wish(page: number): void {
    if (this.#asking.has(page) || this.#wishes.includes(page)) return;
    this.#wishes.push(page);
    if (this.#wishes.length > WISHES_MAX) this.#wishes.shift();
    // Asked for while drawing: the asking itself comes after.
    queueMicrotask(() => this.#next());
  }

  #next(): void {
    while (this.#asking.size < ASKING_MAX && this.#error === null && !this.#closed && this.#listeners.size > 0) {
      const page = this.#wishes.pop();
      if (page === undefined) return;
      void this.#load(page);
    }
  }

  async #load(page: number): Promise<void> {
    const stop = new AbortController();
    this.#asking.set(page, stop);
    try {
      const rows = await this.#fetch(page * PAGE_ROWS, PAGE_ROWS, stop.signal);
      if (stop.signal.aborted) return;
      this.#pages.set(page, rows);
      for (const oldest of this.#pages.keys()) {
        if (this.#pages.size <= PAGES_KEPT) break;
        this.#pages.delete(oldest);
      }
    } catch (error) {
      if (stop.signal.aborted) return;
      this.#error = error;
    } finally {
      if (this.#asking.get(page) === stop) this.#asking.delete(page);
    }
    this.#changed();
    this.#next();
  }

  #changed(): void {
    this.#version++;
    for (const listener of this.#listeners) listener();
  }
}

/** Pages of the list that `key` names; another key is another list. */
export function usePages<T>(key: string, fetch: FetchRows<T>): Pages<T> {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says which list it is
  const pages = useMemo(() => new Pages(fetch), [key]);
  useSyncExternalStore(pages.subscribe, () => pages.version);
  return pages;
}
