/** Queries that were run, on this machine's browser only: the newest first, each once. */
export interface Asked {
  readonly sql: string;
  /** Epoch ms. */
  readonly at: number;
  readonly rows: number | null;
  readonly tookMs: number;
}

const KEY = "millrace.sql";
const KEPT = 100;

export function readHistory(): readonly Asked[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? "[]");
    return Array.isArray(kept) ? (kept as Asked[]).filter((one) => typeof one?.sql === "string") : [];
  } catch {
    return [];
  }
}

export function addToHistory(history: readonly Asked[], asked: Asked): readonly Asked[] {
  const next = [asked, ...history.filter(({ sql }) => sql !== asked.sql)].slice(0, KEPT);
  localStorage.setItem(KEY, JSON.stringify(next));
  return next;
}

export function clearHistory(): readonly Asked[] {
  localStorage.removeItem(KEY);
  return [];
}
