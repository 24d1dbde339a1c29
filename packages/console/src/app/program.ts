/** What the running program has, as far as it decides what the console shows. */
import type { StreamStatus } from "millrace/client";
import { useLivePart } from "../client/live.js";

/** It raises alerts: the hunt screens have something to show. */
export function useHunts(): boolean {
  return useLivePart(({ numbers }) => numbers?.status.streams.some(isAlerts) ?? false);
}

export function isAlerts({ name, kind }: Pick<StreamStatus, "name" | "kind">): boolean {
  return name === "alerts" && kind === "output";
}
