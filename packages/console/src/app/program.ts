/** What the running program has, as far as it decides what the console shows. */
import type { StreamStatus } from "millrace/client";
import { useLivePart } from "../client/live.js";
import { ALERT_GROUPS } from "../hunt/alert-groups.js";

/** It raises alerts: the hunt screens have something to show. */
export function useHunts(): boolean {
  return useLivePart(({ numbers }) => numbers?.status.streams.some(isAlerts) ?? false);
}

/** It keeps alerts in groups that can be acknowledged. */
export function useGroups(): boolean {
  return useLivePart(({ numbers }) => numbers?.status.views.some(({ name }) => name === ALERT_GROUPS) ?? false);
}

export function isAlerts({ name, kind }: Pick<StreamStatus, "name" | "kind">): boolean {
  return name === "alerts" && kind === "output";
}
