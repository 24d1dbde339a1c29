/** Records of Linux' audit log: their fields, what ends an event, and how an event is written as one JSON object. */
import { isUtf8 } from "node:buffer";
import type { JsonWriter } from "./json-writer.js";

export interface AuditRecord {
  readonly type: string;
  /** `1364481363.243:24287`, with the node before it if there is one. */
  readonly id: string;
  readonly ms: number;
  readonly sequence: string;
  /** In the order of the line, without `type` and `msg`. */
  readonly fields: readonly (readonly [name: string, value: string])[];
}

export interface AuditEvent {
  readonly records: AuditRecord[];
}

const HEAD = /^(?:node=(\S+) )?type=(\S+) msg=audit\((\d{1,12})\.(\d{3}):(\d{1,20})\):\s?/;
/** Values that the kernel writes in hex when they hold more than plain letters. Digits alone are numbers otherwise. */
const TEXTS = new Set([
  "acct",
  "cmd",
  "comm",
  "cwd",
  "data",
  "dir",
  "exe",
  "file",
  "grp",
  "key",
  "name",
  "new_group",
  "ocomm",
  "path",
  "proctitle",
  "res_src",
  "sw",
  "vm",
  "watch",
  "root_dir",
]);
const PAIR = /([\w.-]{1,64})=("[^"]*"|'[^']*'|\S*)/g;

/** The record in [from, to), or why it is none. */
export function parseRecord(bytes: Buffer, from: number, to: number): AuditRecord | string {
  const text = bytes.toString("utf8", from, to);
  const head = HEAD.exec(text);
  if (head === null) return "an audit record begins with type=… msg=audit(SECONDS.MILLIS:NUMBER):";
  const [whole, node, type, seconds, millis, sequence] = head as unknown as [string, string | undefined, ...string[]];
  const fields: [string, string][] = [];
  if (node !== undefined) fields.push(["node", node]);
  // What the daemon adds stands behind a separator of its own.
  pairsOf(text.slice(whole.length).replaceAll("\x1d", " "), type as string, fields);
  const id = `${node ?? ""} ${seconds}.${millis}:${sequence}`;
  return {
    type: type as string,
    id,
    ms: 1000 * Number(seconds) + Number(millis),
    sequence: sequence as string,
    fields,
  };
}

/** Pairs of a record, in order; `(null)` is none. Programs write their own fields inside msg='…'. */
function pairsOf(text: string, type: string, fields: [string, string][]): void {
  for (const [, name, value] of text.matchAll(PAIR) as IterableIterator<[string, string, string]>)
    if (name === "msg" && value.startsWith("'")) pairsOf(value.slice(1, -1), type, fields);
    else if (value !== "(null)") fields.push([name, fieldValue(type, name, value)]);
}

function fieldValue(type: string, name: string, value: string): string {
  if (value.startsWith('"') || value.startsWith("'")) return value.slice(1, value.length > 1 ? -1 : 1);
  const argument = type === "EXECVE" && /^a\d+(?:\[\d+\])?$/.test(name);
  if (!(argument || TEXTS.has(name)) || value.length % 2 === 1 || !/^(?:[0-9A-F]{2})+$/.test(value)) return value;
  const bytes = Buffer.from(value, "hex");
  // Arguments are parted by zeros.
  for (let k = 0; k < bytes.length; k++) if (bytes[k] === 0) bytes[k] = 32;
  return isUtf8(bytes) ? bytes.toString().trimEnd() : value;
}

/** Whether nothing follows this record in its event. */
export function endsEvent({ type }: AuditRecord): boolean {
  return type === "EOE" || type === "PROCTITLE";
}

/** Records of programs are events of their own: the daemon's, and what logins and services tell. */
const OF_PROGRAMS =
  /^(?:USER|CRED|DAEMON|ACCT|ADD|DEL|GRP|CHGRP|CHUSER|SERVICE|SYSTEM|CRYPTO|ROLE|VIRT|LABEL|ANOM_LOGIN|ANOM_ROOT|ANOM_MAX|RESP|TEST|TRUSTED|USYS|MAC_CHECK)(?:_|$)/;

export function isWhole({ type }: AuditRecord): boolean {
  return type === "PROCTITLE" || type === "EOE" || OF_PROGRAMS.test(type);
}

/** One record: timestamp, sequence, type and its fields. */
export function writeRecord({ ms, sequence, type, fields }: AuditRecord, out: JsonWriter): void {
  writeMember("timestamp", new Date(ms).toISOString(), out);
  writeMember("sequence", sequence, out);
  writeMember("type", type, out);
  const seen = new Map<string, string>([
    ["timestamp", ""],
    ["sequence", ""],
    ["type", ""],
  ]);
  for (const [name, value] of fields) if (!seen.has(name)) seen.set(name, value);
  for (const [name, value] of [...seen].slice(3)) writeMember(name, value, out);
}

/** All records of an event as one object. */
export function writeEvent({ records }: AuditEvent, out: JsonWriter): void {
  const [first] = records as [AuditRecord, ...AuditRecord[]];
  const kept = records.filter(({ type }) => type !== "EOE");
  const taken = new Map<string, string>();
  const others = new Map<string, string[]>();
  const argv: string[] = [];
  for (const { type, fields } of kept)
    for (const [name, value] of fields) {
      if (type === "EXECVE" && /^a\d+$/.test(name)) argv.push(value);
      // A heading's name, or one that another field of the event has.
      const free = !taken.has(name) && !HEADS.has(name) && !(type === "EXECVE" && /^a\d/.test(name));
      if (free) taken.set(name, value);
      else if (name !== "node") {
        const longer = `${type.toLowerCase()}.${name}`;
        const list = others.get(longer);
        if (list === undefined) others.set(longer, [value]);
        else list.push(value);
      }
    }
  writeMember("timestamp", new Date(first.ms).toISOString(), out);
  writeMember("sequence", first.sequence, out);
  writeMember("type", first.type, out);
  writeList(
    "types",
    kept.map(({ type }) => type),
    out,
  );
  for (const [name, value] of taken) writeMember(name, value, out);
  if (argv.length > 0) writeList("argv", argv, out);
  for (const [name, values] of others)
    if (values.length === 1) writeMember(name, values[0] as string, out);
    else writeList(name, values, out);
}

const HEADS = new Set(["timestamp", "sequence", "type", "types", "argv"]);

function writeMember(name: string, value: string, out: JsonWriter): void {
  const bytes = Buffer.from(name);
  out.key(bytes, 0, bytes.length);
  out.string(value);
}

function writeList(name: string, values: readonly string[], out: JsonWriter): void {
  const bytes = Buffer.from(name);
  out.key(bytes, 0, bytes.length);
  out.openList();
  for (const value of values) out.string(value);
  out.closeList();
}
