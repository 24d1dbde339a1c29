import { isoUtc, localSeconds } from "./clock.js";
import type { Channel, Draft, Fields, Value } from "./journal.js";
import { fqdn } from "./topology.js";

interface Source {
  readonly channel: string;
  readonly provider: string;
  readonly guid: string | null;
  /** Beyond 2^53: must be written digit for digit. */
  readonly keywords: bigint;
  readonly eventType: string;
}

const SOURCES: Readonly<Record<Channel, Source>> = {
  sysmon: {
    channel: "Microsoft-Windows-Sysmon/Operational",
    provider: "Microsoft-Windows-Sysmon",
    guid: "{5770385F-C22A-43E0-BF4C-06F5698FFBD9}",
    keywords: -9223372036854775808n,
    eventType: "INFO",
  },
  security: {
    channel: "Security",
    provider: "Microsoft-Windows-Security-Auditing",
    guid: "{54849625-5478-4994-A5BA-3E3B0328C30D}",
    keywords: -9214364837600034816n,
    eventType: "AUDIT_SUCCESS",
  },
  system: {
    channel: "System",
    provider: "Service Control Manager",
    guid: "{555908D1-A6D7-4695-8E1E-26931D2012F4}",
    keywords: -9187343239835811840n,
    eventType: "INFO",
  },
  powershell: {
    channel: "Microsoft-Windows-PowerShell/Operational",
    provider: "Microsoft-Windows-PowerShell",
    guid: "{A0C1853B-5C40-4B15-8766-3CF1C58F985A}",
    keywords: 0n,
    eventType: "INFO",
  },
  classic: {
    channel: "Windows PowerShell",
    provider: "PowerShell",
    guid: null,
    keywords: 36028797018963968n,
    eventType: "INFO",
  },
};

/** Task number and category name of the audit events. */
const AUDIT_TASKS: Readonly<Record<number, readonly [number, string]>> = {
  1102: [104, "Log clear"],
  4624: [12544, "Logon"],
  4634: [12545, "Logoff"],
  4648: [12544, "Logon"],
  4672: [12548, "Special Logon"],
  4688: [13312, "Process Creation"],
  4689: [13313, "Process Termination"],
  4698: [12804, "Other Object Access Events"],
  4768: [14339, "Kerberos Authentication Service"],
  4769: [14337, "Kerberos Service Ticket Operations"],
  4776: [14336, "Credential Validation"],
  5140: [12808, "File Share"],
  5145: [12811, "Detailed File Share"],
  5156: [12810, "Filtering Platform Connection"],
};

function taskOf(draft: Draft): number {
  if (draft.channel === "sysmon") return draft.eventId;
  if (draft.channel === "security") return AUDIT_TASKS[draft.eventId]?.[0] ?? 0;
  if (draft.channel === "powershell") return draft.eventId === 4103 ? 106 : 2;
  return draft.channel === "classic" ? 8 : 0;
}

function json(value: Value): string {
  return typeof value === "bigint" ? value.toString() : JSON.stringify(value);
}

function object(fields: Fields): string {
  const parts = Object.entries(fields).map(([name, value]) => `${JSON.stringify(name)}:${json(value)}`);
  return `{${parts.join(",")}}`;
}

export interface Delivery {
  readonly draft: Draft;
  readonly received: number;
  readonly record: number;
  readonly thread: number;
}

/** One line of the recording, in the flat shape of an NXLog collector. */
export function encode({ draft, received, record, thread }: Delivery): string {
  const { host, channel, eventId, fields } = draft;
  const source = SOURCES[channel];
  const task = taskOf(draft);
  const audit = channel === "security" ? AUDIT_TASKS[eventId] : undefined;
  const { EventType, ...own } = fields;
  return object({
    "@timestamp": isoUtc(received),
    "@version": "1",
    host: "wec.mill.example",
    port: 64545,
    tags: ["millCampaign"],
    Hostname: fqdn(host),
    Channel: host.lowerChannel && channel === "security" ? "security" : source.channel,
    SourceName: eventId === 1102 || eventId === 104 ? "Microsoft-Windows-Eventlog" : source.provider,
    ...(source.guid === null ? {} : { ProviderGuid: source.guid }),
    EventID: eventId,
    EventType: EventType ?? source.eventType,
    ...(EventType === undefined ? {} : { EventTypeOrignal: "INFO" }),
    Severity: "INFO",
    SeverityValue: 2,
    Task: host.oldAgent ? String(task) : task,
    ...(audit === undefined ? {} : { Category: audit[1] }),
    Opcode: "Info",
    OpcodeValue: 0,
    Version: 2,
    Keywords: host.oldAgent ? source.keywords.toString() : source.keywords,
    RecordNumber: record,
    ExecutionProcessID: draft.executor,
    ...(host.oldAgent ? { ProcessID: draft.executor } : {}),
    ThreadID: thread,
    ...(channel === "sysmon"
      ? { Domain: "NT AUTHORITY", AccountName: "SYSTEM", AccountType: "User", UserID: "S-1-5-18" }
      : {}),
    SourceModuleName: "eventlog",
    SourceModuleType: "im_msvistalog",
    EventTime: localSeconds(draft.time),
    EventReceivedTime: localSeconds(received),
    ...own,
    Message: channel === "sysmon" ? `${draft.title}:` : draft.title,
  });
}
