/** What Windows' event numbers mean, for the logs that rules read most. Facts from the vendors' documentation. */
export type EventCategory =
  | "process"
  | "image"
  | "network"
  | "file"
  | "registry"
  | "access"
  | "logon"
  | "account"
  | "service"
  | "script"
  | "policy"
  | "other";

interface EventName {
  readonly name: string;
  readonly category: EventCategory;
}

const SYSMON: Readonly<Record<number, readonly [string, EventCategory]>> = {
  1: ["process started", "process"],
  2: ["file time changed", "file"],
  3: ["network connection", "network"],
  4: ["Sysmon state", "policy"],
  5: ["process ended", "process"],
  6: ["driver loaded", "image"],
  7: ["image loaded", "image"],
  8: ["remote thread", "access"],
  9: ["raw disk read", "access"],
  10: ["process opened", "access"],
  11: ["file created", "file"],
  12: ["registry key", "registry"],
  13: ["registry value set", "registry"],
  14: ["registry renamed", "registry"],
  15: ["stream created", "file"],
  16: ["Sysmon configured", "policy"],
  17: ["pipe created", "access"],
  18: ["pipe connected", "access"],
  19: ["WMI filter", "script"],
  20: ["WMI consumer", "script"],
  21: ["WMI binding", "script"],
  22: ["DNS query", "network"],
  23: ["file deleted", "file"],
  24: ["clipboard", "access"],
  25: ["process tampering", "process"],
  26: ["file deletion", "file"],
};

const SECURITY: Readonly<Record<number, readonly [string, EventCategory]>> = {
  1102: ["audit log cleared", "policy"],
  4616: ["system time changed", "policy"],
  4624: ["logon", "logon"],
  4625: ["logon failed", "logon"],
  4627: ["group membership", "logon"],
  4634: ["logoff", "logon"],
  4647: ["user logoff", "logon"],
  4648: ["logon with credentials", "logon"],
  4656: ["handle requested", "access"],
  4657: ["registry value changed", "registry"],
  4658: ["handle closed", "access"],
  4660: ["object deleted", "access"],
  4661: ["SAM handle requested", "access"],
  4662: ["directory operation", "account"],
  4663: ["object access", "access"],
  4670: ["permissions changed", "policy"],
  4672: ["special privileges", "logon"],
  4673: ["privileged service", "access"],
  4674: ["privileged operation", "access"],
  4688: ["process started", "process"],
  4689: ["process ended", "process"],
  4690: ["handle duplicated", "access"],
  4697: ["service installed", "service"],
  4698: ["scheduled task created", "service"],
  4699: ["scheduled task deleted", "service"],
  4700: ["scheduled task enabled", "service"],
  4701: ["scheduled task disabled", "service"],
  4702: ["scheduled task changed", "service"],
  4703: ["user right adjusted", "policy"],
  4719: ["audit policy changed", "policy"],
  4720: ["user created", "account"],
  4722: ["user enabled", "account"],
  4724: ["password reset", "account"],
  4726: ["user deleted", "account"],
  4728: ["global group joined", "account"],
  4732: ["local group joined", "account"],
  4738: ["user changed", "account"],
  4740: ["user locked out", "account"],
  4756: ["universal group joined", "account"],
  4768: ["Kerberos ticket (TGT)", "logon"],
  4769: ["Kerberos service ticket", "logon"],
  4771: ["Kerberos pre-auth failed", "logon"],
  4776: ["NTLM validation", "logon"],
  4798: ["user's groups listed", "account"],
  4799: ["group members listed", "account"],
  5136: ["directory object changed", "account"],
  5140: ["share opened", "network"],
  5145: ["share file checked", "network"],
  5154: ["port listened on", "network"],
  5156: ["connection allowed", "network"],
  5157: ["connection blocked", "network"],
  5158: ["port bound", "network"],
};

const OTHERS: Readonly<Record<string, Readonly<Record<number, readonly [string, EventCategory]>>>> = {
  System: {
    104: ["event log cleared", "policy"],
    7036: ["service state", "service"],
    7040: ["service start type", "service"],
    7045: ["service installed", "service"],
  },
  PowerShell: {
    400: ["engine started", "script"],
    403: ["engine stopped", "script"],
    600: ["provider started", "script"],
    800: ["pipeline run", "script"],
    4103: ["module logged", "script"],
    4104: ["script block", "script"],
    4105: ["script block began", "script"],
    4106: ["script block ended", "script"],
  },
  WMI: {
    5857: ["provider loaded", "script"],
    5860: ["subscription", "script"],
    5861: ["permanent subscription", "script"],
  },
  Defender: {
    1116: ["malware found", "policy"],
    1117: ["malware acted on", "policy"],
    5001: ["protection turned off", "policy"],
    5007: ["settings changed", "policy"],
  },
};

/** By number and log ("Channel"). */
export function eventName(id: number, channel: string): EventName {
  const [name, category] = tableOf(channel)?.[id] ?? [`event ${id}`, "other"];
  return { name, category };
}

function tableOf(channel: string): Readonly<Record<number, readonly [string, EventCategory]>> | undefined {
  if (/sysmon/i.test(channel)) return SYSMON;
  if (/^security$/i.test(channel)) return SECURITY;
  if (/^system$/i.test(channel)) return OTHERS.System;
  if (/powershell/i.test(channel)) return OTHERS.PowerShell;
  if (/wmi-activity/i.test(channel)) return OTHERS.WMI;
  return /defender/i.test(channel) ? OTHERS.Defender : undefined;
}

/** Security, Sysmon, PowerShell …: the log's name without the vendor's prefix. */
export function channelName(channel: string): string {
  return channel.replace(/^Microsoft-Windows-/, "").replace(/\/(?:Operational|Admin)$/, "");
}
