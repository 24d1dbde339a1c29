/** The fictional company: one domain, six Windows hosts and the accounts that use them. */
export const DOMAIN = "MILL";
export const DNS_DOMAIN = "mill.example";
const DOMAIN_SID = "S-1-5-21-1170345982-2205417731-901443276";

export interface Account {
  readonly name: string;
  readonly domain: string;
  readonly sid: string;
}

function user(name: string, rid: number): Account {
  return { name, domain: DOMAIN, sid: `${DOMAIN_SID}-${rid}` };
}

export const ACCOUNTS = {
  system: { name: "SYSTEM", domain: "NT AUTHORITY", sid: "S-1-5-18" },
  local: { name: "LOCAL SERVICE", domain: "NT AUTHORITY", sid: "S-1-5-19" },
  network: { name: "NETWORK SERVICE", domain: "NT AUTHORITY", sid: "S-1-5-20" },
  shuttle: user("a.shuttle", 1107),
  bobbin: user("b.bobbin", 1112),
  heddle: user("c.heddle", 1118),
  admin: user("adm-bobbin", 1203),
  build: user("svc-build", 1311),
  backup: user("svc-backup", 1312),
} as const satisfies Record<string, Account>;

export type Role = "desk" | "files" | "directory" | "web" | "build";

export interface HostSpec {
  readonly name: string;
  readonly ip: string;
  readonly role: Role;
  /** First group of the host's process GUIDs. */
  readonly guidPrefix: string;
  readonly machineRid: number;
  readonly user: Account;
  /** Agent writes the security channel in lower case. */
  readonly lowerChannel: boolean;
  /** Older agent: also writes ProcessID, and Keywords and Task as text. */
  readonly oldAgent: boolean;
}

function host(
  name: string,
  ip: string,
  role: Role,
  guidPrefix: string,
  machineRid: number,
  owner: Account,
  quirks: { lowerChannel?: boolean; oldAgent?: boolean } = {},
): HostSpec {
  const { lowerChannel = false, oldAgent = false } = quirks;
  return { name, ip, role, guidPrefix, machineRid, user: owner, lowerChannel, oldAgent };
}

export const HOSTS = {
  loom01: host("WS-LOOM01", "10.20.1.21", "desk", "4c6f6f31", 1601, ACCOUNTS.shuttle),
  loom02: host("WS-LOOM02", "10.20.1.22", "desk", "4c6f6f32", 1602, ACCOUNTS.bobbin, {
    lowerChannel: true,
  }),
  files: host("SRV-FILES01", "10.20.2.10", "files", "46696c31", 1610, ACCOUNTS.admin),
  dc: host("SRV-DC01", "10.20.2.5", "directory", "44433031", 1000, ACCOUNTS.admin),
  web: host("SRV-WEB01", "10.20.3.15", "web", "57656231", 1620, ACCOUNTS.admin, { oldAgent: true }),
  build: host("SRV-BUILD01", "10.20.4.30", "build", "42756931", 1630, ACCOUNTS.build, {
    lowerChannel: true,
  }),
} as const satisfies Record<string, HostSpec>;

export function fqdn(spec: HostSpec): string {
  return `${spec.name}.${DNS_DOMAIN}`;
}

export function machineAccount(spec: HostSpec): Account {
  return user(`${spec.name}$`, spec.machineRid);
}

/** Outside addresses, all from the ranges reserved for documentation. */
export const OUTSIDE = {
  command: { name: "cdn-weft.example", ip: "203.0.113.66" },
  drop: { name: "share.spindle.example", ip: "198.51.100.23" },
  sites: [
    { name: "news.warp.example", ip: "192.0.2.14" },
    { name: "updates.vendor.example", ip: "192.0.2.33" },
    { name: "telemetry.vendor.example", ip: "192.0.2.34" },
    { name: "mail.partner.example", ip: "192.0.2.81" },
    { name: "maps.selvage.example", ip: "198.51.100.140" },
    { name: "packages.registry.example", ip: "198.51.100.161" },
    { name: "calendar.suite.example", ip: "198.51.100.177" },
    { name: "video.selvage.example", ip: "203.0.113.201" },
  ],
} as const;
