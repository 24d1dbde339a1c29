/**
 * What Linux log sources look like in practice, as tables: which events a log source means, and what they call a
 * rule's fields. A new shape is a line here.
 *
 *   category   Sysmon for Linux, flat or under winlogbeat's names    Channel, EventID
 *              Elastic Common Schema                                 event.category, host.os.type
 *   auditd     one record a line, flat or under Filebeat's names     type, auditd.log.record_type
 *   sshd, …    journal export, or syslog in JSON                     SYSLOG_IDENTIFIER, program, …
 *
 * Events labelled `logsource.…` by their collector are taken besides these (logsource.ts).
 * Source: the Sysmon schema, the audit record types of audit-userspace, systemd.journal-fields(7), ECS 8.
 */
import type { FieldAliases } from "./fields.js";

/** One shape of the events of a log source. */
export interface LinuxShape {
  readonly name: string;
  /** All must hold: one of the attributes (in order of preference) has one of the values. */
  readonly where: readonly { readonly names: readonly string[]; readonly values: readonly (string | number)[] }[];
  readonly aliases: FieldAliases;
  /** Fields may stand under these as well: `auditd.log.` finds `auditd.log.a0` for `a0`. */
  readonly prefixes: readonly string[];
}

const CHANNEL = ["Channel", "winlog.channel"];
const EVENT_ID = ["EventID", "winlog.event_id"];

const sysmon = (eventId: number): LinuxShape => ({
  name: "sysmon",
  where: [
    { names: CHANNEL, values: ["Linux-Sysmon/Operational"] },
    { names: EVENT_ID, values: [eventId] },
  ],
  aliases: {},
  prefixes: ["event_data.", "winlog.event_data."],
});

const ECS_PROCESS: FieldAliases = {
  Image: ["process.executable"],
  CommandLine: ["process.command_line"],
  CurrentDirectory: ["process.working_directory"],
  ProcessId: ["process.pid"],
  ParentImage: ["process.parent.executable"],
  ParentCommandLine: ["process.parent.command_line"],
  ParentProcessId: ["process.parent.pid"],
  User: ["user.name"],
};

const ecs = (category: string, type: readonly string[], aliases: FieldAliases = {}): LinuxShape => ({
  name: "ecs",
  where: [
    { names: ["event.category"], values: [category] },
    { names: ["event.type"], values: type },
    { names: ["host.os.type", "host.os.family", "host.os.platform"], values: ["linux"] },
  ],
  aliases: { ...ECS_PROCESS, ...aliases },
  prefixes: [],
});

/** Categories of rules with `product: linux`. */
export const LINUX_CATEGORIES: Readonly<Record<string, readonly LinuxShape[]>> = {
  process_creation: [sysmon(1), ecs("process", ["start"])],
  process_termination: [sysmon(5), ecs("process", ["end"])],
  network_connection: [
    sysmon(3),
    ecs("network", ["start", "connection"], {
      SourceIp: ["source.ip"],
      SourcePort: ["source.port"],
      DestinationIp: ["destination.ip"],
      DestinationPort: ["destination.port"],
      DestinationHostname: ["destination.domain"],
      Protocol: ["network.transport"],
    }),
  ],
  file_event: [sysmon(11), ecs("file", ["creation", "change"], { TargetFilename: ["file.path"] })],
  file_delete: [sysmon(23), ecs("file", ["deletion"], { TargetFilename: ["file.path"] })],
};

/** Who wrote a line: the journal's name, then the names syslog collectors use. */
const PROGRAM = ["SYSLOG_IDENTIFIER", "program", "appname", "app_name", "ident", "process.name", "_COMM"];

const TEXT: FieldAliases = { message: ["MESSAGE", "Message", "msg", "SyslogMessage"] };

const written = (...programs: string[]): readonly LinuxShape[] => [
  { name: "syslog", where: [{ names: PROGRAM, values: programs }], aliases: TEXT, prefixes: [] },
];

const SSHD = ["sshd", "sshd-session", "sshd-auth"];
const CRON = ["cron", "crond", "anacron", "atd"];
const ACCOUNTS = ["useradd", "usermod", "userdel", "groupadd", "groupmod", "gpasswd", "passwd", "chage", "chsh"];
const LOGINS = ["su", "login", "systemd-logind", "polkitd", "pkexec", "gdm-password", "lightdm"];

const AUDIT_RECORDS = [
  ...["SYSCALL", "EXECVE", "PATH", "CWD", "PROCTITLE", "SOCKADDR", "FD_PAIR", "MMAP", "AVC", "SECCOMP", "BPF"],
  ...["USER_AUTH", "USER_ACCT", "USER_CMD", "USER_LOGIN", "USER_LOGOUT", "USER_START", "USER_END", "USER_ERR"],
  ...["USER_MGMT", "USER_CHAUTHTOK", "USER_AVC", "CRED_ACQ", "CRED_DISP", "CRED_REFR", "LOGIN", "ROLE_ASSIGN"],
  ...["ADD_USER", "DEL_USER", "ADD_GROUP", "DEL_GROUP", "GRP_MGMT", "GRP_CHAUTHTOK", "ACCT_LOCK", "ACCT_UNLOCK"],
  ...["CONFIG_CHANGE", "DAEMON_START", "DAEMON_END", "DAEMON_ABORT", "DAEMON_CONFIG", "SERVICE_START", "SERVICE_STOP"],
  ...["KERN_MODULE", "NETFILTER_CFG", "INTEGRITY_RULE", "TTY", "USER_TTY", "SYSTEM_BOOT", "SYSTEM_SHUTDOWN"],
  ...["ANOM_ABEND", "ANOM_PROMISCUOUS", "ANOM_LINK", "ANOM_LOGIN_FAILURES", "MAC_STATUS", "MAC_POLICY_LOAD"],
];

/** Services of rules with `product: linux`. */
export const LINUX_SERVICES: Readonly<Record<string, readonly LinuxShape[]>> = {
  auditd: [
    {
      name: "audit",
      where: [{ names: ["type", "record_type", "auditd.log.record_type"], values: AUDIT_RECORDS }],
      aliases: { type: ["record_type", "auditd.log.record_type"], exe: ["process.executable"], comm: ["process.name"] },
      prefixes: ["auditd.log."],
    },
  ],
  sshd: written(...SSHD),
  sudo: written("sudo"),
  cron: written(...CRON),
  auth: written(...SSHD, "sudo", ...LOGINS, ...ACCOUNTS),
};
