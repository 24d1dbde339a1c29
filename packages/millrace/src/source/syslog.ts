/** Syslog lines (syslog-header.ts) to columns: facility, severity, timestamp, host, app, procId, msgId, data, message. */
import { systemClock } from "../base/clock.js";
import type { Decoder, DecoderOptions } from "./decoder.js";
import type { JsonWriter } from "./json-writer.js";
import { jsonName } from "./json-writer.js";
import type { SyslogOptions } from "./syslog-header.js";
import { SyslogHeader } from "./syslog-header.js";
import type { LineParser } from "./text-lines.js";
import { lineDecoder } from "./text-lines.js";

export interface SyslogDecoderOptions extends DecoderOptions {
  /** Minutes that times without a zone are ahead of UTC; 0 where not given. */
  readonly zoneMinutes?: number;
}

/** A decoder of syslog. Throws `PROGRAM` for two columns from one name. */
export function syslogDecoder(options: SyslogDecoderOptions): Decoder {
  return lineDecoder(options, true, () => new SyslogParser(headerOptions(options)));
}

export function headerOptions({ now, zoneMinutes }: SyslogDecoderOptions): SyslogOptions {
  return { now: now ?? (() => systemClock.now()), zoneMinutes: zoneMinutes ?? 0 };
}

const MESSAGE = jsonName("message");

class SyslogParser implements LineParser {
  readonly #header: SyslogHeader;

  constructor(options: SyslogOptions) {
    this.#header = new SyslogHeader(options);
  }

  parse(bytes: Buffer, from: number, to: number, out: JsonWriter): string | null {
    const reason = this.#header.parse(bytes, from, to, out);
    if (reason !== null) return reason;
    out.name(MESSAGE);
    out.text(bytes, this.#header.message, to);
    return null;
  }
}
