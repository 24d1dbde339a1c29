/**
 * Where in the console one is: the address's hash, so that every place is a link and "back" works.
 *
 *   #/alerts/17?level=high      path ["alerts", "17"], query level=high
 */
import { useMemo, useSyncExternalStore } from "react";

export interface Place {
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

export type Query = Readonly<Record<string, string | number | null | undefined>>;

export function parsePlace(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#/, "").split(/\?(.*)/s);
  return {
    path: path
      .split("/")
      .filter((part) => part !== "")
      .map(decoded),
    query: new URLSearchParams(query),
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address of a place; query words without a value are left out. */
export function link(path: readonly (string | number)[], query: Query = {}): string {
  const words = new URLSearchParams();
  for (const [word, value] of Object.entries(query))
    if (value !== null && value !== undefined && value !== "") words.set(word, String(value));
  const text = words.toString();
  return `#/${path.map((part) => encodeURIComponent(part)).join("/")}${text === "" ? "" : `?${text}`}`;
}

export function go(href: string, options: { readonly replace?: boolean } = {}): void {
  if (href === location.hash) return;
  if (options.replace === true) {
    history.replaceState(null, "", href);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else location.hash = href;
}

/** The same place with other query words; null takes one away. */
export function goQuery(change: Query, options: { readonly replace?: boolean } = { replace: true }): void {
  const { path, query } = parsePlace(location.hash);
  go(link(path, { ...Object.fromEntries(query), ...change }), options);
}

export function usePlace(): Place {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return useMemo(() => parsePlace(hash), [hash]);
}

function subscribe(listener: () => void): () => void {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
}
