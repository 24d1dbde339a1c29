/**
 * The Linux audit log, a record a line:
 *
 *   node=web1 type=EXECVE msg=audit(1364481363.243:24287): argc=2 a0="cat" a1=2F6574632F736861646F77
 *     ->  node, type, @timestamp, serial, argc, a0 "cat", a1 "/etc/shadow"
 *
 * Records of one event have the same `serial`. Values keep their names; numbers stay text, since what they mean (octal,
 * hex, ids) is the field's own. Text that auditd wrote in hex, which it does where it holds blanks or quotes, is text
 * again in the fields that hold text. Fields within msg='…' of user-space records stand beside the others; those of the
 * enriched form (behind the separator 0x1d, in capitals: AUID="anna") too.
 *
 * Source: the audit documentation project, "Audit Event Fields" and the enriched log format of auditd 2.6.
 */
import type { Translator } from "./translated.js";

const HEAD = /^(?:node=(\S+) )?type=(\S+) msg=audit\((\d{1,12})\.(\d{1,3}):(\d{1,20})\):\s*/;
const FIELD = /([A-Za-z0-9_-]+)=(?:"([^"]*)"|'([^']*)'|(\S*))/g;
/** Fields that hold text which may have been written in hex. */
const TEXT =
  /^(?:a\d+|a\d+\[\d+\]|acct|cgroup|cmd|comm|cwd|data|device|dir|exe|file|grp|key|name|new-disk|ocomm|old-disk|path|proctitle|root_dir|vm|watch|sw)$/;
const HEX = /^(?:[0-9A-F]{2})+$/;
/** What auditd writes where it knows nothing. */
const UNKNOWN: ReadonlySet<string> = new Set(["(null)", "?"]);

export const auditRecords: Translator = {
  line(text) {
    const head = HEAD.exec(text);
    if (head === null) return "it is no audit record: type=… msg=audit(SECONDS.MILLIS:SERIAL): …";
    const [whole, node, type, seconds, fraction, serial] = head as unknown as [
      string,
      string | undefined,
      string,
      string,
      string,
      string,
    ];
    const ms = Number(seconds) * 1000 + Number(fraction.padEnd(3, "0"));
    const row: Record<string, unknown> = {
      ...(node === undefined ? {} : { node }),
      type,
      "@timestamp": new Date(ms).toISOString(),
      serial,
    };
    addFields(row, text.slice(whole.length).replace("\x1d", " "), type);
    return row;
  },
};

function addFields(row: Record<string, unknown>, text: string, type: string): void {
  for (const [, name, quoted, apart, bare] of text.matchAll(FIELD) as Iterable<string[]>) {
    // Fields within are the record's own too.
    if (apart !== undefined) addFields(row, apart, type);
    else if (quoted !== undefined) put(row, name as string, quoted);
    else if (!UNKNOWN.has(bare as string)) put(row, name as string, textOf(name as string, bare as string, type));
  }
}

/** The first of a name counts. */
function put(row: Record<string, unknown>, name: string, value: string): void {
  if (!Object.hasOwn(row, name)) Object.defineProperty(row, name, { value, enumerable: true });
}

function textOf(name: string, value: string, type: string): string {
  // Arguments of a system call are numbers in hex.
  if (!TEXT.test(name) || (type === "SYSCALL" && /^a\d$/.test(name)) || !HEX.test(value)) return value;
  // The parts of a title are divided by zero bytes.
  return Buffer.from(value, "hex").toString("utf8").replace(/\0+$/, "").replaceAll("\0", " ");
}
