/** POSTs deliveries as `{"sink", "deliveries": [{"id", "row"}]}`. */
import { createHash } from "node:crypto";
import { MillraceError } from "../base/errors.js";
import type { Delivery, Sink } from "./sink.js";
import { Refused } from "./sink.js";
import type { WebhookSpec } from "./spec.js";

/** Answers that say "later" although they are of the 4xx kind. */
const LATER = new Set([408, 421, 425, 429]);
const ANSWER_CHARS_SHOWN = 200;

export class Webhook implements Sink {
  readonly #name: string;
  readonly #spec: WebhookSpec;
  readonly #closed = new AbortController();

  constructor(name: string, spec: WebhookSpec) {
    this.#name = name;
    this.#spec = spec;
  }

  async deliver(deliveries: readonly Delivery[]): Promise<void> {
    const { url, headers, timeoutMs } = this.#spec;
    const key = createHash("sha256")
      .update(deliveries.map(({ id }) => id).join())
      .digest("hex");
    const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#closed.signal]);
    let response: Response;
    try {
      response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", "idempotency-key": key.slice(0, 32), ...headers },
        body: JSON.stringify({ sink: this.#name, deliveries }),
        redirect: "error",
        signal,
      });
    } catch (error) {
      throw new MillraceError("SINK", `no answer: ${reasonOf(error)}`, { cause: error });
    }
    const said = response.ok ? "" : (await response.text().catch(() => "")).slice(0, ANSWER_CHARS_SHOWN);
    if (response.ok) return void (await response.body?.cancel());
    const message = `it answered ${response.status}${said === "" ? "" : `: ${said}`}`;
    if (response.status >= 400 && response.status < 500 && !LATER.has(response.status)) throw new Refused(message);
    throw new MillraceError("SINK", message);
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }
}

function reasonOf(error: unknown): string {
  const { message, cause, name } = error as Error & { cause?: { code?: string; message?: string } };
  if (name === "TimeoutError") return "it took too long";
  return cause?.code ?? cause?.message ?? message;
}
