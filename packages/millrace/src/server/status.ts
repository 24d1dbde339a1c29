/** GET /api/status: what the program says of itself, what is being read, and what the API promises besides. */
import type { Runtime } from "../engine/runtime.js";
import type { Status } from "../engine/status.js";

export interface ReadingProgress {
  readonly stream: string;
  readonly file: string;
  readonly bytesRead: number;
  /** Null when nobody knows. */
  readonly bytesTotal: number | null;
  readonly rows: number;
}

export interface ApiStatus extends Status {
  /** Rows written to the stream named "alerts", where the program has one. */
  readonly alerts: number;
  /** What is being read just now; null when nothing is. */
  readonly progress: ReadingProgress | null;
}

export const STATUS_SCHEMA = {
  type: "object",
  required: ["ready", "events", "alerts"],
  properties: { ready: { type: "boolean" }, events: { type: "integer" }, alerts: { type: "integer" } },
};

export function apiStatus(runtime: Runtime, progress: ReadingProgress | null): ApiStatus {
  const status = runtime.status();
  const alerts = status.streams.find(({ name, kind }) => name === "alerts" && kind === "output");
  return { ...status, alerts: alerts?.rows ?? 0, progress };
}
