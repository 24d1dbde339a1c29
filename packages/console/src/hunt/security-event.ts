/**
 * A security event as people read it, whatever its shape calls things: flat as collectors send it, flat exports, or
 * nested below `event_data` and `winlog.event_data`.
 */
import { baseName, epochMs, visible } from "../ui/format.js";
import type { EventCategory } from "./event-names.js";
import { channelName, eventName } from "./event-names.js";

/** Reads an attribute by its plain name, in whichever shape; null where it is missing, "-" or empty. */
export type Attributes = (name: string) => string | null;

export const SHAPES = ["", "event_data.", "winlog.event_data.", "winlog."] as const;

/** Names of one thing in order of trust. */
export const NAMES = {
  host: ["Hostname", "Computer", "computer_name", "winlog.computer_name", "host.name", "@system"],
  user: ["User", "SubjectUserName", "AccountName", "TargetUserName", "UserName", "user.name"],
  id: ["EventID", "event_id", "winlog.event_id"],
  channel: ["Channel", "channel", "winlog.channel", "log_name", "SourceName"],
  process: ["Image", "NewProcessName", "SourceImage", "ProcessName", "Application", "process.executable"],
} as const;

export function attributesOf(row: Readonly<Record<string, unknown>>): Attributes {
  return (name) => {
    for (const shape of SHAPES) {
      const value = row[shape + name];
      if (value === undefined || value === null || value === "" || value === "-") continue;
      return typeof value === "object" ? JSON.stringify(value) : String(value);
    }
    return null;
  };
}

/** The open attributes of a row as the API gives it: its one object-valued column; null where it is no security event. */
export function securityAttributes(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | null {
  const open = Object.values(row).find((value) => value !== null && typeof value === "object" && !Array.isArray(value));
  if (open === undefined) return null;
  const attributes = open as Readonly<Record<string, unknown>>;
  return firstOf(attributesOf(attributes), NAMES.id) === null ? null : attributes;
}

export interface SecurityEvent {
  readonly id: number;
  /** "Sysmon", "Security" */
  readonly log: string;
  readonly name: string;
  readonly category: EventCategory;
  readonly host: string | null;
  readonly user: string | null;
  readonly process: string | null;
  /** What happened, in one line. */
  readonly summary: string;
}

export function readEvent(get: Attributes): SecurityEvent {
  const id = Number(firstOf(get, NAMES.id) ?? Number.NaN);
  const channel = firstOf(get, NAMES.channel) ?? "";
  const { name, category } = eventName(id, channel);
  return {
    id,
    log: channelName(channel),
    name,
    category,
    host: firstOf(get, NAMES.host),
    user: firstOf(get, NAMES.user),
    process: firstOf(get, NAMES.process),
    summary: visible(summaryOf(category, name, get)),
  };
}

/**
 * When it happened, epoch ms, as far as the event says; NaN where it does not. For showing, and for where to look: what
 * an event's time is, the program decides.
 */
export function eventTimeOf(row: Readonly<Record<string, unknown>>): number {
  const get = attributesOf(row);
  const text = firstOf(get, ["$time", "UtcTime", "@timestamp", "TimeCreated", "EventTime"]);
  if (text === null) return Number.NaN;
  return epochMs(/^\d{4}-\d\d-\d\d[ T][\d:.]+$/.test(text) ? `${text.replace(" ", "T")}Z` : text);
}

export function firstOf(get: Attributes, names: readonly string[]): string | null {
  for (const name of names) {
    const value = get(name);
    if (value !== null) return value;
  }
  return null;
}

/** Attributes that summaries read, for queries that fetch no more than these. */
export const SUMMARY_ATTRIBUTES = [
  "CommandLine",
  "Image",
  "NewProcessName",
  "ParentImage",
  "ParentProcessName",
  "ImageLoaded",
  "TargetFilename",
  "TargetObject",
  "Details",
  "DestinationIp",
  "DestinationHostname",
  "DestinationPort",
  "DestAddress",
  "DestPort",
  "QueryName",
  "SourceImage",
  "TargetImage",
  "GrantedAccess",
  "TargetUserName",
  "LogonType",
  "IpAddress",
  "ServiceName",
  "ServiceFileName",
  "ImagePath",
  "TaskName",
  "ScriptBlockText",
  "PipeName",
  "ObjectName",
  "ShareName",
  "ProcessName",
] as const;

function summaryOf(category: EventCategory, name: string, get: Attributes): string {
  const program = firstOf(get, NAMES.process);
  const by = program === null ? "" : `${baseName(program)}  `;
  const words = {
    process: () => get("CommandLine") ?? program,
    image: () => join(by, get("ImageLoaded")),
    network: () => join(by, get("QueryName") ?? addressOf(get) ?? get("ShareName")),
    file: () => join(by, get("TargetFilename")),
    registry: () => join(by, [get("TargetObject") ?? get("ObjectName"), get("Details")].filter(Boolean).join(" = ")),
    access: () =>
      join(
        by,
        [get("TargetImage") ?? get("PipeName") ?? get("ObjectName"), get("GrantedAccess")].filter(Boolean).join("  "),
      ),
    logon: () => [get("TargetUserName"), typeOf(get("LogonType")), fromOf(get("IpAddress"))].filter(Boolean).join("  "),
    account: () => get("TargetUserName") ?? get("ObjectName"),
    service: () =>
      [get("ServiceName") ?? get("TaskName"), get("ServiceFileName") ?? get("ImagePath")].filter(Boolean).join("  "),
    script: () => get("ScriptBlockText")?.slice(0, 300).replace(/\s+/g, " ") ?? program,
    policy: () => program,
    other: () => get("CommandLine") ?? program,
  }[category]();
  return words === null || words === "" ? name : words;
}

function join(by: string, rest: string | null): string | null {
  return rest === null || rest === "" ? by.trim() || null : `${by}${rest}`;
}

function addressOf(get: Attributes): string | null {
  const host = get("DestinationHostname") ?? get("DestinationIp") ?? get("DestAddress");
  const port = get("DestinationPort") ?? get("DestPort");
  return host === null ? null : port === null ? host : `${host}:${port}`;
}

function typeOf(type: string | null): string | null {
  return type === null ? null : `type ${type}`;
}

function fromOf(address: string | null): string | null {
  return address === null ? null : `from ${address}`;
}
