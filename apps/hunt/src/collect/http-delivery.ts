/**
 * Events to a running program over HTTP, with patience: what it can't take now (429), or when nobody answers, is sent
 * again after a while that grows to half a minute.
 *
 * An answer that got lost leaves open whether the events arrived. The program is asked then: events carry the
 * collector's id and a number, and SQL tells the highest. So nothing arrives twice, as long as the program can be asked;
 * where it can't, the events are sent again.
 */
import { MillraceError } from "millrace";
import type { Delivery } from "./delivery.js";
import { Stopped } from "./delivery.js";
import type { Chunk } from "./journal.js";

export interface HttpDeliveryOptions {
  /** Of the program; rows go to `path` there. */
  readonly url: URL;
  readonly stream: string;
  /** The collector's id; null where events have no numbers, and the program can't be asked. */
  readonly id: string | null;
  readonly token: string | undefined;
  /** The first events may have arrived before this process began. */
  readonly inDoubt: boolean;
  readonly warn: (message: string) => void;
  /** Waits; rejects with `Stopped` when the collector ends meanwhile. */
  readonly wait: (ms: number) => Promise<void>;
}

const WAIT_MS = 500;
const WAIT_MS_MAX = 30_000;
const ANSWER_MS_MAX = 60_000;
/** How often, and how long apart, the program is given time to process what it has before it is asked. */
const ASK_TRIES = 50;
const ASK_EVERY_MS = 200;

export class HttpDelivery implements Delivery {
  readonly #options: HttpDeliveryOptions;
  #inDoubt: boolean;
  #waiting = WAIT_MS;
  #silent = false;

  constructor(options: HttpDeliveryOptions) {
    this.#options = options;
    this.#inDoubt = options.inDoubt;
  }

  async deliver({ text }: Pick<Chunk, "text">): Promise<void> {
    let left = text;
    while (left !== "") {
      if (this.#inDoubt) left = await this.#withoutArrived(left);
      if (left === "") return;
      const lines = await this.#post(left);
      left = lines === null ? left : afterLines(left, lines);
    }
  }

  /** How many lines were taken; null: none is known to be, try again. */
  async #post(text: string): Promise<number | null> {
    let response: Response;
    let answer: Answer;
    try {
      response = await this.#fetch(ingestUrl(this.#options), { method: "POST", body: text }, "application/x-ndjson");
      answer = (await response.json().catch(() => ({}))) as Answer;
    } catch (error) {
      this.#inDoubt = true;
      await this.#pause(`nobody answers at ${this.#options.url.origin} (${(error as Error).message})`);
      return null;
    }
    if (response.ok) {
      if (this.#silent) this.#options.warn(`${this.#options.url.origin} answers again`);
      this.#silent = false;
      this.#waiting = WAIT_MS;
      this.#inDoubt = false;
      if ((answer.refused ?? 0) > 0) this.#options.warn(`refused: ${answer.deadLetters?.join("; ")}`);
      return Number.POSITIVE_INFINITY;
    }
    const message = answer.error?.message ?? `status ${response.status}`;
    if (response.status >= 500) this.#inDoubt = true;
    else if (response.status !== 429)
      throw new MillraceError("REQUEST", `${this.#options.url.origin} refuses events: ${message}`, {
        hint: answer.error?.hint ?? "Is it a hunt program (hunt watch)? Does it want a --token?",
      });
    // What was taken before the trouble is said in the answer.
    const taken = answer.taken?.lines ?? 0;
    const retryAfter = Number(response.headers.get("retry-after"));
    await this.#pause(`${this.#options.url.origin}: ${message}`, retryAfter > 0 ? retryAfter * 1000 : undefined);
    return taken;
  }

  /** The lines that the program does not have yet. */
  async #withoutArrived(text: string): Promise<string> {
    const highest = await this.#highest();
    if (highest === "unknown") {
      this.#options.warn(
        "it can't be told whether the last events arrived: they are sent again and may be there twice",
      );
      this.#inDoubt = false;
      return text;
    }
    this.#inDoubt = false;
    const lines = text.trimEnd().split("\n");
    const missing = lines.filter((line) => numberOf(line) > highest);
    return missing.map((line) => `${line}\n`).join("");
  }

  /** The highest number of this collector's events that arrived; 0 when none did. */
  async #highest(): Promise<number | "unknown"> {
    const { stream, id, url } = this.#options;
    if (!isProgram(url) || id === null) return "unknown";
    for (;;)
      try {
        await this.#settled();
        const columns = await this.#sql(
          `select count(*) from (describe ${stream}) where column_name in ('collector.id', 'collector.number')`,
        );
        if (columns !== 2) return 0;
        return await this.#sql(`select max("collector.number") from ${stream} where "collector.id" = '${id}'`);
      } catch (error) {
        if (error instanceof MillraceError) return "unknown";
        if (error instanceof Stopped) throw error;
        await this.#pause(`nobody answers at ${this.#options.url.origin} (${(error as Error).message})`);
      }
  }

  /** SQL sees what has been processed: waits until that is everything. */
  async #settled(): Promise<void> {
    for (let tries = 0; tries < ASK_TRIES; tries++) {
      const response = await this.#fetch(new URL("/api/status", this.#options.url), {});
      const { lag } = (await response.json()) as { lag?: number };
      if (!response.ok || lag === undefined) throw new MillraceError("REQUEST", "the program does not tell its state");
      if (lag === 0) return;
      await this.#options.wait(ASK_EVERY_MS);
    }
    throw new MillraceError("LIMIT", "the program does not catch up");
  }

  async #sql(query: string): Promise<number> {
    const body = JSON.stringify({ sql: query });
    const response = await this.#fetch(
      new URL("/api/sql", this.#options.url),
      { method: "POST", body },
      "application/json",
    );
    const { rows } = (await response.json()) as { rows?: unknown[][] };
    if (!response.ok || rows === undefined) throw new MillraceError("REQUEST", "the program does not answer SQL");
    return Number(rows[0]?.[0] ?? 0);
  }

  #fetch(url: URL, init: RequestInit, type?: string): Promise<Response> {
    const { token } = this.#options;
    const headers: Record<string, string> = {};
    if (type !== undefined) headers["content-type"] = type;
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    return fetch(url, { ...init, headers, signal: AbortSignal.timeout(ANSWER_MS_MAX) });
  }

  async #pause(message: string, ms = this.#waiting): Promise<void> {
    if (!this.#silent) this.#options.warn(`${message}; events wait on disk`);
    this.#silent = true;
    this.#waiting = Math.min(WAIT_MS_MAX, this.#waiting * 2);
    await this.#options.wait(ms);
  }
}

interface Answer {
  readonly refused?: number;
  readonly deadLetters?: readonly string[];
  readonly taken?: { readonly lines?: number };
  readonly error?: { readonly message?: string; readonly hint?: string };
}

/** A bare address is a hunt program; one with a path is taken as it is, and can't be asked. */
function isProgram({ pathname }: URL): boolean {
  return pathname === "/";
}

function ingestUrl({ url, stream }: HttpDeliveryOptions): URL {
  return isProgram(url) ? new URL(`/api/streams/${stream}`, url) : url;
}

function numberOf(line: string): number {
  return (JSON.parse(line) as { collector: { number: number } }).collector.number;
}

function afterLines(text: string, lines: number): string {
  if (lines === Number.POSITIVE_INFINITY) return "";
  let from = 0;
  for (let k = 0; k < lines && from < text.length; k++) from = text.indexOf("\n", from) + 1;
  return text.slice(from);
}
