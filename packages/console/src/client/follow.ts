/** Following an event stream of the server for as long as it is wanted, over breaks of the connection. */
import { EventParser } from "./event-parser.js";
import { ApiError, ask } from "./http.js";

const RETRY_MS_MAX = 10_000;

export interface Follower {
  open?(): void;
  event(name: string, data: string): void;
  /** The connection broke; it is tried again. An error that will not go away by waiting ends the following. */
  lost?(error: unknown): void;
}

/** Begins at once; the returned function ends it. A token given later begins it anew (the caller's effect does that). */
export function follow(path: string, follower: Follower): () => void {
  const stop = new AbortController();
  void run(path, follower, stop.signal);
  return () => stop.abort();
}

async function run(path: string, follower: Follower, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      const response = await ask(path, { signal, headers: { accept: "text/event-stream" } });
      failures = 0;
      follower.open?.();
      await read(response, follower, signal);
      follower.lost?.(null);
    } catch (error) {
      if (signal.aborted) return;
      follower.lost?.(error);
      if (error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 429) return;
    }
    await pause(Math.min(RETRY_MS_MAX, 500 * 2 ** failures), signal);
  }
}

async function read(response: Response, follower: Follower, signal: AbortSignal): Promise<void> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  const parser = new EventParser(({ name, data }) => {
    if (!signal.aborted) follower.event(name, data);
  });
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    parser.push(decoder.decode(value, { stream: true }));
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
