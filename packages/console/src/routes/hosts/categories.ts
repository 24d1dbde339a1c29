/** Kinds of events by name and colour. */
import type { EventCategory } from "../../hunt/event-names.js";

export interface Category {
  readonly id: EventCategory;
  readonly title: string;
  readonly color: string;
}

export const CATEGORIES: readonly Category[] = [
  { id: "process", title: "processes", color: "series-1" },
  { id: "network", title: "network", color: "series-2" },
  { id: "file", title: "files", color: "series-3" },
  { id: "registry", title: "registry", color: "series-4" },
  { id: "access", title: "access", color: "series-5" },
  { id: "logon", title: "logons", color: "series-6" },
  { id: "script", title: "scripts", color: "high-mark" },
  { id: "service", title: "services", color: "medium-mark" },
  { id: "account", title: "accounts", color: "low-mark" },
  { id: "policy", title: "policy", color: "critical-mark" },
  { id: "image", title: "images", color: "informational-mark" },
  { id: "other", title: "others", color: "edge" },
];
