/**
 * Common Event Format to columns:
 *
 *   Sep 19 08:26:10 host CEF:0|Vendor|Product|1.0|100|worm stopped|10|src=10.0.0.1 msg=a message cs1Label=Rule cs1=deny all
 *   └ syslog, if there  └ cefVersion, deviceVendor, …, name, severity └ names and values; labels.Rule = "deny all"
 *
 * A value goes on until the next name, so it may hold blanks. A field that has a label is there under both names.
 */
import type { Decoder } from "./decoder.js";
import type { Escape, JsonWriter } from "./json-writer.js";
import { jsonName } from "./json-writer.js";
import type { SyslogDecoderOptions } from "./syslog.js";
import { headerOptions } from "./syslog.js";
import type { SyslogOptions } from "./syslog-header.js";
import { SyslogHeader } from "./syslog-header.js";
import type { LineParser } from "./text-lines.js";
import { lineDecoder } from "./text-lines.js";

/** A decoder of CEF. Throws `PROGRAM` for two columns from one name. */
export function cefDecoder(options: SyslogDecoderOptions): Decoder {
  const syslog = { ...headerOptions(options), severity: jsonName("syslogSeverity") };
  return lineDecoder(options, true, () => new CefParser(syslog));
}

const FIELDS = [
  "cefVersion",
  "deviceVendor",
  "deviceProduct",
  "deviceVersion",
  "deviceEventClassId",
  "name",
  "severity",
].map(jsonName);
const LABELS = jsonName("labels");
const LABEL = Buffer.from("Label");
const CEF = Buffer.from("CEF:");
const FIELDS_MAX = 2000;
const SPACE = 32;
const EQUALS = 61;
const PIPE = 124;
const BACKSLASH = 92;

const inHeader: Escape = (c) => (c === PIPE || c === BACKSLASH ? c : -1);
const inValue: Escape = (c) =>
  c === EQUALS || c === BACKSLASH || c === PIPE ? c : c === 110 ? 10 : c === 114 ? 13 : -1;

class CefParser implements LineParser {
  readonly #header: SyslogHeader;
  /** Of each name: where it begins, ends, and where its value does. */
  #pairs = new Int32Array(4 * 64);
  #count = 0;

  constructor(options: SyslogOptions) {
    this.#header = new SyslogHeader(options);
  }

  parse(bytes: Buffer, from: number, to: number, out: JsonWriter): string | null {
    const begin = bytes.indexOf(CEF, from);
    if (begin < 0 || begin >= to) return 'no "CEF:" is in the line';
    if (begin > from) {
      const reason = this.#header.parse(bytes, from, begin, out);
      if (reason !== null) return `before "CEF:": ${reason}`;
    }
    let p = begin + CEF.length;
    for (const name of FIELDS) {
      const end = pipeAt(bytes, p, to);
      if (end < 0) return `a CEF header has ${FIELDS.length} fields with a | behind each`;
      out.name(name);
      out.text(bytes, p, end, inHeader);
      p = end + 1;
    }
    this.#find(bytes, p, to);
    if (this.#count > FIELDS_MAX) return `the extension has more than ${FIELDS_MAX} fields`;
    for (let k = 0; k < this.#count; k++) {
      const [name, nameEnd, value, valueEnd] = this.#pair(k) as unknown as [number, number, number, number];
      out.key(bytes, name, nameEnd);
      out.text(bytes, value, valueEnd, inValue);
    }
    this.#writeLabels(bytes, out);
    return null;
  }

  /** Finds the names: letters and digits in front of a "=" that is not escaped, behind a blank. */
  #find(bytes: Buffer, from: number, to: number): void {
    this.#count = 0;
    let value = from;
    for (let p = from; p < to && this.#count <= FIELDS_MAX; p++) {
      if (bytes[p] === BACKSLASH) p++;
      else if (bytes[p] === EQUALS) {
        let name = p;
        while (name > value && isName(bytes[name - 1] as number)) name--;
        if (name === p || (name > from && bytes[name - 1] !== SPACE)) continue;
        this.#endValue(bytes, name);
        this.#add(name, p, p + 1);
        value = p + 1;
      }
    }
    this.#endValue(bytes, to);
  }

  /** The open value ends before `at`, but for blanks. */
  #endValue(bytes: Buffer, at: number): void {
    if (this.#count === 0) return;
    const k = 4 * (this.#count - 1);
    let end = at;
    while (end > (this.#pairs[k + 2] as number) && bytes[end - 1] === SPACE) end--;
    this.#pairs[k + 3] = end;
  }

  #add(name: number, nameEnd: number, value: number): void {
    const k = 4 * this.#count++;
    if (k === this.#pairs.length) {
      const grown = new Int32Array(2 * k);
      grown.set(this.#pairs);
      this.#pairs = grown;
    }
    this.#pairs[k] = name;
    this.#pairs[k + 1] = nameEnd;
    this.#pairs[k + 2] = value;
  }

  #pair(k: number): Int32Array {
    return this.#pairs.subarray(4 * k, 4 * k + 4);
  }

  /** cs1Label=Rule cs1=deny: labels.Rule is "deny". */
  #writeLabels(bytes: Buffer, out: JsonWriter): void {
    let written = false;
    for (let k = 0; k < this.#count; k++) {
      const [name, nameEnd, label, labelEnd] = this.#pair(k) as unknown as [number, number, number, number];
      const stem = nameEnd - LABEL.length;
      if (stem <= name || labelEnd === label || LABEL.compare(bytes, stem, nameEnd) !== 0) continue;
      for (let j = 0; j < this.#count; j++) {
        const [other, otherEnd, value, valueEnd] = this.#pair(j) as unknown as [number, number, number, number];
        if (bytes.compare(bytes, name, stem, other, otherEnd) !== 0) continue;
        if (!written) {
          out.name(LABELS);
          out.open();
          written = true;
        }
        out.key(bytes, label, labelEnd, inValue);
        out.text(bytes, value, valueEnd, inValue);
        break;
      }
    }
    if (!written) return;
    out.close();
    out.comma();
  }
}

/** The next | that is not escaped; -1 without one. */
function pipeAt(bytes: Buffer, from: number, to: number): number {
  for (let p = from; p < to; p++) {
    if (bytes[p] === PIPE) return p;
    if (bytes[p] === BACKSLASH) p++;
  }
  return -1;
}

/** Letters, digits, and _ . - [ ] */
function isName(c: number): boolean {
  return (
    (c >= 97 && c <= 122) ||
    (c >= 65 && c <= 90) ||
    (c >= 48 && c <= 57) ||
    c === 95 ||
    c === 46 ||
    c === 45 ||
    c === 91 ||
    c === 93
  );
}
