/**
 * Sends deliveries as RFC 5424 messages: `<PRI>1 TIME HOST millrace PID ID [delivery id="…"] {row as JSON}`. UDP cannot
 * say whether a message arrived; TCP counts the octets of each message (RFC 6587) and reports what the connection does.
 */
import type { Socket as UdpSocket } from "node:dgram";
import { createSocket } from "node:dgram";
import type { Socket } from "node:net";
import { connect } from "node:net";
import { hostname } from "node:os";
import type { Clock } from "../base/clock.js";
import { MillraceError } from "../base/errors.js";
import type { Delivery, Sink } from "./sink.js";
import type { SyslogSpec } from "./spec.js";

const CONNECT_MS_MAX = 10_000;
/** A datagram holds no more. */
const DATAGRAM_BYTES_MAX = 65_000;

const SEVERITIES: Readonly<Record<string, number>> = {
  emergency: 0,
  alert: 1,
  critical: 2,
  high: 3,
  error: 3,
  medium: 4,
  warning: 4,
  low: 5,
  notice: 5,
  informational: 6,
  debug: 7,
};

export class SyslogSink implements Sink {
  readonly #name: string;
  readonly #spec: SyslogSpec;
  readonly #clock: Clock;
  #udp: UdpSocket | null = null;
  #tcp: Socket | null = null;

  constructor(name: string, spec: SyslogSpec, clock: Clock) {
    this.#name = name;
    this.#spec = spec;
    this.#clock = clock;
  }

  async deliver(deliveries: readonly Delivery[]): Promise<void> {
    const messages = deliveries.map((delivery) => this.#message(delivery));
    if (this.#spec.url.startsWith("udp:")) for (const message of messages) await this.#sendUdp(message);
    else await this.#sendTcp(messages);
  }

  async close(): Promise<void> {
    this.#udp?.close();
    this.#udp = null;
    this.#tcp?.destroy();
    this.#tcp = null;
  }

  #message({ id, row }: Delivery): Buffer {
    const { facility, severity } = this.#spec;
    const priority = facility * 8 + severityOf(severity === null ? null : row[severity]);
    const time = new Date(this.#clock.now()).toISOString();
    const head = `<${priority}>1 ${time} ${printable(hostname(), 255)} millrace ${process.pid} ${printable(this.#name, 32)}`;
    return Buffer.from(`${head} [delivery@32473 id="${id}"] ${JSON.stringify(row)}`);
  }

  #sendUdp(message: Buffer): Promise<void> {
    const { hostname: host, port } = new URL(this.#spec.url);
    this.#udp ??= createSocket(host.includes(":") ? "udp6" : "udp4");
    this.#udp.unref();
    const socket = this.#udp;
    return new Promise((resolve, reject) => {
      socket.send(message.subarray(0, DATAGRAM_BYTES_MAX), Number(port || 514), bare(host), (error) => {
        if (error === null) resolve();
        else reject(new MillraceError("SINK", `the message can't be sent: ${error.message}`, { cause: error }));
      });
    });
  }

  async #sendTcp(messages: readonly Buffer[]): Promise<void> {
    const socket = await this.#connected();
    const bytes = Buffer.concat(messages.flatMap((message) => [Buffer.from(`${message.length} `), message]));
    await new Promise<void>((resolve, reject) => {
      const failed = (reason: string): void => {
        this.#tcp?.destroy();
        this.#tcp = null;
        reject(new MillraceError("SINK", `the connection was lost: ${reason}`));
      };
      const onError = (error: Error): void => failed(error.message);
      const onClose = (): void => failed("it was closed");
      socket.once("error", onError);
      socket.once("close", onClose);
      socket.write(bytes, (error) => {
        socket.off("error", onError);
        socket.off("close", onClose);
        if (error == null) resolve();
        else failed(error.message);
      });
    });
  }

  #connected(): Promise<Socket> {
    if (this.#tcp !== null && !this.#tcp.destroyed && this.#tcp.writable) return Promise.resolve(this.#tcp);
    const { hostname: host, port } = new URL(this.#spec.url);
    return new Promise((resolve, reject) => {
      const socket = connect({ host: bare(host), port: Number(port || 601) });
      const failed = (reason: string): void => {
        stop();
        socket.destroy();
        reject(new MillraceError("SINK", `no connection: ${reason}`));
      };
      const stop = this.#clock.after(CONNECT_MS_MAX, () => failed("it took too long"));
      socket.once("error", (error) => failed(error.message));
      socket.once("connect", () => {
        stop();
        socket.removeAllListeners("error");
        // Between deliveries: the next one finds it destroyed and connects again.
        socket.on("error", () => {});
        this.#tcp = socket;
        resolve(socket);
      });
    });
  }
}

function severityOf(value: unknown): number {
  if (typeof value === "number" && value >= 0 && value <= 7) return Math.trunc(value);
  return SEVERITIES[String(value).toLowerCase()] ?? 5;
}

function printable(text: string, max: number): string {
  return text.replace(/[^\x21-\x7e]/g, "_").slice(0, max) || "-";
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, "");
}
