/** Where a view's rows are delivered to, as plain data: what a program writes in `.to(name, …)`. */
import { MillraceError } from "../base/errors.js";

export type SinkSpec = WebhookSpec | FileSinkSpec | SyslogSpec;

/** Each batch is one POST of JSON. Idempotent for receivers that remember delivery ids. */
export interface WebhookSpec {
  readonly sink: "webhook";
  readonly url: string;
  /** Sent with every request; never shown. */
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** One JSON object a line, synced before it counts as delivered. */
export interface FileSinkSpec {
  readonly sink: "file";
  /** Relative to the working folder. */
  readonly path: string;
}

/** One RFC 5424 message a row: over UDP (which may lose it), or over TCP with octet counts (RFC 6587). */
export interface SyslogSpec {
  readonly sink: "syslog";
  readonly url: string;
  /** 0 to 23; 4 is security. */
  readonly facility: number;
  /** Column whose text gives the severity: critical, high, medium, low, informational, or a syslog name or number. */
  readonly severity: string | null;
}

/** Posts to `https://…` or `http://…`. Throws `PROGRAM` for another address. */
export function webhook(
  url: string,
  options: { headers?: Readonly<Record<string, string>>; timeoutMs?: number } = {},
): WebhookSpec {
  if (!["http:", "https:"].includes(protocolOf(url)))
    throw new MillraceError("PROGRAM", "webhook() takes an http or https address");
  return Object.freeze({
    sink: "webhook",
    url,
    headers: { ...options.headers },
    timeoutMs: options.timeoutMs ?? 10_000,
  });
}

/** Appends to a file. Throws `PROGRAM` without a path. */
export function appendTo(path: string): FileSinkSpec {
  if (path === "") throw new MillraceError("PROGRAM", "appendTo() needs a path");
  return Object.freeze({ sink: "file", path });
}

/** Sends to `udp://host:514` or `tcp://host:601`. Throws `PROGRAM` for another address or facility. */
export function syslog(url: string, options: { facility?: number; severity?: string } = {}): SyslogSpec {
  const { facility = 4, severity = null } = options;
  if (!["udp:", "tcp:"].includes(protocolOf(url)) || new URL(url).hostname === "")
    throw new MillraceError("PROGRAM", "syslog() takes an address like udp://host:514 or tcp://host:601");
  if (!Number.isInteger(facility) || facility < 0 || facility > 23)
    throw new MillraceError("PROGRAM", "syslog() takes a facility from 0 to 23");
  return Object.freeze({ sink: "syslog", url, facility, severity });
}

/** What may be shown of a sink: an address's path and query can hold a secret. */
export function sinkAddress(spec: SinkSpec): string {
  return spec.sink === "file" ? spec.path : `${protocolOf(spec.url)}//${new URL(spec.url).host}`;
}

function protocolOf(url: string): string {
  return URL.canParse(url) ? new URL(url).protocol : "";
}
