/** Decoders of formats whose bytes can be read from any line on: nothing before it says what they mean. */
import { auditdDecoder } from "./auditd.js";
import { cefDecoder } from "./cef.js";
import type { Decoder, DecoderOptions } from "./decoder.js";
import { ndjsonDecoder } from "./ndjson.js";
import type { FileFormat, FilesSpec } from "./spec.js";
import { zoneMinutesOf } from "./spec.js";
import { syslogDecoder } from "./syslog.js";

export type StreamFormat = Exclude<FileFormat, "csv" | "zeek" | "parquet">;

/** A decoder of that format. Throws as those of the formats do. */
export function streamDecoder(
  format: StreamFormat,
  options: DecoderOptions,
  { zone, join }: Pick<FilesSpec, "zone" | "join">,
): Decoder {
  const zoned = zone === undefined ? options : { ...options, zoneMinutes: zoneMinutesOf(zone) };
  switch (format) {
    case "ndjson":
      return ndjsonDecoder(options);
    case "syslog":
      return syslogDecoder(zoned);
    case "cef":
      return cefDecoder(zoned);
    case "auditd":
      return auditdDecoder(join === undefined ? options : { ...options, join });
  }
}
