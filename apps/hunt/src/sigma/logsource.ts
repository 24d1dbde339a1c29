/**
 * Log sources to routing: which events a rule looks at. One log source may have several variants (a started process
 * is Sysmon 1 or Security 4688), and a variant may call fields by other names.
 *
 *   {windows, process_creation} -> sysmon: Channel = …Sysmon/Operational and EventID = 1
 *                                  audit:  Channel = Security            and EventID = 4688, Image <- NewProcessName
 *
 * A log source with no native form is routed by labels that an event's source adds: `logsource.product`,
 * `logsource.category`, `logsource.service`. Windows events carry none, so rules for clouds, proxies and other
 * systems never look at them.
 *
 * Source: the taxonomy appendix of the Sigma specification 2.1, the Sysmon event ids, and Windows channel names.
 */
import type { Expr } from "millrace";
import { x } from "millrace";
import type { FieldNaming } from "./fields.js";
import { AUDIT_PROCESS, PLAIN_NAMING, plainNames, SPACED, UNNAMED_DATA, windowsNames } from "./fields.js";
import type { LinuxShape } from "./linux-sources.js";
import { LINUX_CATEGORIES, LINUX_SERVICES } from "./linux-sources.js";
import type { LogSource } from "./parse.js";

export interface Variant {
  /** What the events are: "sysmon", "audit", a service, or "labels". */
  readonly name: string;
  /** Holds for the events that the rule looks at. Channel first, then event id. */
  readonly route: Expr;
  /** The attribute names of a field in these events. */
  readonly namesOf: (field: string) => readonly string[];
}

/** The variant of events that say themselves what they are. */
export const LABELS = "labels";

const SYSMON = "Microsoft-Windows-Sysmon/Operational";
const POWERSHELL = ["Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational"];

/** Windows services: their channels. Names are compared without case. */
const CHANNELS: Readonly<Record<string, readonly string[]>> = {
  application: ["Application"],
  "application-experience": [
    "Microsoft-Windows-Application-Experience/Program-Telemetry",
    "Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant",
  ],
  applocker: [
    "Microsoft-Windows-AppLocker/MSI and Script",
    "Microsoft-Windows-AppLocker/EXE and DLL",
    "Microsoft-Windows-AppLocker/Packaged app-Deployment",
    "Microsoft-Windows-AppLocker/Packaged app-Execution",
  ],
  "appmodel-runtime": ["Microsoft-Windows-AppModel-Runtime/Admin"],
  "appxdeployment-server": ["Microsoft-Windows-AppXDeploymentServer/Operational"],
  "appxpackaging-om": ["Microsoft-Windows-AppxPackaging/Operational"],
  bitlocker: ["Microsoft-Windows-BitLocker/BitLocker Management"],
  "bits-client": ["Microsoft-Windows-Bits-Client/Operational"],
  capi2: ["Microsoft-Windows-CAPI2/Operational"],
  "certificateservicesclient-lifecycle-system": [
    "Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational",
  ],
  "codeintegrity-operational": ["Microsoft-Windows-CodeIntegrity/Operational"],
  dhcp: ["Microsoft-Windows-DHCP-Server/Operational"],
  "diagnosis-scripted": ["Microsoft-Windows-Diagnosis-Scripted/Operational"],
  "dns-client": ["Microsoft-Windows-DNS Client Events/Operational"],
  "dns-server": ["DNS Server"],
  "dns-server-analytic": ["Microsoft-Windows-DNS-Server/Analytical"],
  "dns-server-audit": ["Microsoft-Windows-DNS-Server/Audit"],
  "driver-framework": ["Microsoft-Windows-DriverFrameworks-UserMode/Operational"],
  "firewall-as": ["Microsoft-Windows-Windows Firewall With Advanced Security/Firewall"],
  "hyper-v-worker": ["Microsoft-Windows-Hyper-V-Worker"],
  "iis-configuration": ["Microsoft-IIS-Configuration/Operational"],
  "kernel-event-tracing": ["Microsoft-Windows-Kernel-EventTracing"],
  "kernel-shimengine": [
    "Microsoft-Windows-Kernel-ShimEngine/Operational",
    "Microsoft-Windows-Kernel-ShimEngine/Diagnostic",
  ],
  ldap: ["Microsoft-Windows-LDAP-Client/Debug"],
  "lsa-server": ["Microsoft-Windows-LSA/Operational"],
  "microsoft-servicebus-client": ["Microsoft-ServiceBus-Client"],
  "msexchange-management": ["MSExchange Management"],
  ntfs: ["Microsoft-Windows-Ntfs/Operational"],
  ntlm: ["Microsoft-Windows-NTLM/Operational"],
  openssh: ["OpenSSH/Operational"],
  powershell: POWERSHELL,
  "powershell-classic": ["Windows PowerShell"],
  "printservice-admin": ["Microsoft-Windows-PrintService/Admin"],
  "printservice-operational": ["Microsoft-Windows-PrintService/Operational"],
  security: ["Security"],
  "security-mitigations": [
    "Microsoft-Windows-Security-Mitigations/Kernel Mode",
    "Microsoft-Windows-Security-Mitigations/User Mode",
  ],
  sense: ["Microsoft-Windows-SENSE/Operational"],
  "servicebus-client": ["Microsoft-ServiceBus-Client/Operational", "Microsoft-ServiceBus-Client/Admin"],
  "shell-core": ["Microsoft-Windows-Shell-Core/Operational"],
  "smbclient-connectivity": ["Microsoft-Windows-SmbClient/Connectivity"],
  "smbclient-security": ["Microsoft-Windows-SmbClient/Security"],
  "smbserver-connectivity": ["Microsoft-Windows-SMBServer/Connectivity"],
  sysmon: [SYSMON],
  system: ["System"],
  taskscheduler: ["Microsoft-Windows-TaskScheduler/Operational"],
  "terminalservices-localsessionmanager": ["Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"],
  vhdmp: ["Microsoft-Windows-VHDMP/Operational"],
  windefend: ["Microsoft-Windows-Windows Defender/Operational"],
  wmi: ["Microsoft-Windows-WMI-Activity/Operational"],
};

interface Source {
  readonly name: string;
  readonly channels: readonly string[];
  readonly eventIds: readonly number[];
  readonly naming?: FieldNaming;
}

const sysmon = (...eventIds: number[]): Source[] => [{ name: "sysmon", channels: [SYSMON], eventIds }];
const powershell = (name: string, channels: readonly string[], eventId: number): Source[] => [
  { name, channels, eventIds: [eventId], ...(channels === POWERSHELL ? {} : { naming: UNNAMED_DATA }) },
];

/** Windows categories: every kind of event that tells of such a thing. */
const CATEGORIES: Readonly<Record<string, readonly Source[]>> = {
  process_creation: [...sysmon(1), { name: "audit", channels: ["Security"], eventIds: [4688], naming: AUDIT_PROCESS }],
  file_change: sysmon(2),
  network_connection: sysmon(3),
  sysmon_status: sysmon(4, 16),
  process_termination: sysmon(5),
  driver_load: sysmon(6),
  image_load: sysmon(7),
  create_remote_thread: sysmon(8),
  raw_access_thread: sysmon(9),
  process_access: sysmon(10),
  file_event: sysmon(11),
  registry_event: sysmon(12, 13, 14),
  // Sysmon 12 tells of added and deleted keys alike; rules that care test EventType themselves.
  registry_add: sysmon(12),
  registry_delete: sysmon(12),
  registry_set: sysmon(13),
  registry_rename: sysmon(14),
  create_stream_hash: sysmon(15),
  pipe_created: sysmon(17, 18),
  wmi_event: sysmon(19, 20, 21),
  dns_query: sysmon(22),
  file_delete: sysmon(23),
  clipboard_capture: sysmon(24),
  process_tampering: sysmon(25),
  file_delete_detected: sysmon(26),
  file_block_executable: sysmon(27),
  file_block_shredding: sysmon(28),
  file_executable_detected: sysmon(29),
  sysmon_error: sysmon(255),
  ps_classic_start: powershell("ps_classic_start", ["Windows PowerShell"], 400),
  ps_classic_provider_start: powershell("ps_classic_provider_start", ["Windows PowerShell"], 600),
  ps_classic_script: powershell("ps_classic_script", ["Windows PowerShell"], 800),
  ps_module: powershell("ps_module", POWERSHELL, 4103),
  ps_script: powershell("ps_script", POWERSHELL, 4104),
};

/** Categories that Windows tells of by event tracing only: an event is known by its provider. */
const TRACED: Readonly<Record<string, string>> = {
  file_access: "Microsoft-Windows-Kernel-File",
  file_rename: "Microsoft-Windows-Kernel-File",
};

/** Windows services that call their fields in a way of their own. */
const NAMING: Readonly<Record<string, FieldNaming>> = {
  application: UNNAMED_DATA,
  "msexchange-management": UNNAMED_DATA,
  "powershell-classic": UNNAMED_DATA,
  windefend: SPACED,
};

/** Every variant of a log source; never empty. */
export function variantsOf(source: LogSource): readonly Variant[] {
  const windows = source.product === "windows" ? windowsVariants(source) : [];
  if (windows.length > 0) return windows;
  if (source.product === "linux") return [...linuxShapes(source).map(linuxVariant), labelVariant(source)];
  // A category without a product means every product that has it.
  const generic = source.product === null && source.service === null ? windowsVariants(source) : [];
  if (source.product === "zeek" && source.category === null) return [zeekVariant(source.service), labelVariant(source)];
  const linux = source.product === null && source.service === null ? linuxShapes(source).map(linuxVariant) : [];
  return [...generic, ...linux, labelVariant(source)];
}

function windowsVariants({ category, service }: LogSource): Variant[] {
  const channels = service === null ? null : own(CHANNELS, service);
  if (service !== null && channels === undefined) return [];
  if (category === null) {
    if (service === null) return [windowsVariant("windows", anyWindows(), PLAIN_NAMING)];
    return [windowsVariant(service, routeTo(channels ?? [], []), own(NAMING, service) ?? PLAIN_NAMING)];
  }
  const provider = own(TRACED, category);
  if (provider !== undefined) {
    const route = x.field(...windowsNames("Provider_Name")).eq(provider);
    return [windowsVariant("trace", route, PLAIN_NAMING)];
  }
  return (own(CATEGORIES, category) ?? [])
    .filter((kind) => channels === null || kind.channels.some((channel) => channels?.includes(channel)))
    .map((kind) => windowsVariant(kind.name, routeTo(kind.channels, kind.eventIds), kind.naming ?? PLAIN_NAMING));
}

function windowsVariant(name: string, route: Expr, naming: FieldNaming): Variant {
  return { name, route, namesOf: (field) => windowsNames(field, naming) };
}

function routeTo(channels: readonly string[], eventIds: readonly number[]): Expr {
  const channel = x.field(...windowsNames("Channel"));
  const eventId = x.field(...windowsNames("EventID"));
  const byId = eventIds.length === 0 ? x.always(true) : x.any(...eventIds.map((id) => eventId.eq(id)));
  return x.all(x.any(...channels.map((name) => channel.eq(name))), byId);
}

/** Any event with a channel and an event id. */
function anyWindows(): Expr {
  return x.all(x.field(...windowsNames("Channel")).exists(), x.field(...windowsNames("EventID")).exists());
}

/** Zeek names its log in `_path`; recordings of several logs in one file do so in `@stream`. */
function zeekVariant(service: string | null): Variant {
  const log = x.field("_path", "@stream");
  return { name: "zeek", route: service === null ? log.exists() : log.eq(service), namesOf: plainNames };
}

function linuxShapes({ category, service }: LogSource): readonly LinuxShape[] {
  if (service !== null) return category === null ? (own(LINUX_SERVICES, service) ?? []) : [];
  return category === null ? [] : (own(LINUX_CATEGORIES, category) ?? []);
}

function linuxVariant({ name, where, aliases, prefixes }: LinuxShape): Variant {
  const tests = where.map(({ names, values }) => x.any(...values.map((value) => x.field(...names).eq(value))));
  const namesOf = (field: string): readonly string[] => [
    field,
    ...prefixes.map((prefix) => prefix + field),
    ...(own(aliases, field) ?? []),
  ];
  return { name, route: x.all(...tests), namesOf };
}

function labelVariant(source: LogSource): Variant {
  const labels = (["product", "category", "service"] as const).map((part) => {
    const wanted = source[part];
    return wanted === null ? x.always(true) : x.field(`logsource.${part}`).eq(wanted);
  });
  return { name: LABELS, route: x.all(...labels), namesOf: plainNames };
}

function own<V>(table: Readonly<Record<string, V>>, key: string): V | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
