/**
 * The API of a running program, typed by its app:
 *
 *     const db = client<typeof shop>("http://localhost:8080");
 *     for await (const row of db.view("per_region").range({ region: "eu" })) console.log(row.total);
 *
 * Rows are as programs see them: times as epoch milliseconds, int64 as bigint, decimals as Decimal, binary as bytes.
 * Needs nothing but `fetch`.
 */
import { Decimal } from "./base/decimal.js";
import type { ErrorCode } from "./base/errors.js";
import { MillraceError } from "./base/errors.js";
import { parseInstant } from "./base/time.js";
import type { App, Node, Row, View } from "./plan/api.js";

export type {
  AccessAnswer,
  ColumnAnswer,
  Culprit,
  DeadLetterAnswer,
  ErrorAnswer,
  GraphAnswer,
  GraphEdge,
  GraphNode,
  GraphNumbers,
  IntakeNumbers,
  LiveNumbers,
  PartitionStatus,
  SqlAnswer,
  StatusAnswer,
  StreamRowAnswer,
  StreamStatus,
  ViewAnswer,
} from "./server/answers.js";

// biome-ignore lint/suspicious/noExplicitAny: any view of the app, whatever its key and row
type ViewsOf<A> = A extends App<string, infer P> ? Extract<P[number], View<string, any, any>> : never;
type ByName<A, N> = Extract<ViewsOf<A>, { readonly name: N }>;
type KeyOf<V> = V extends { readonly keyType?: infer K } ? NonNullable<K> : never;

/** What became of a view's row in a commit. */
export type Change<K, R> =
  /** All rows follow: what was known before no longer holds. */
  | { readonly kind: "snapshot"; readonly epoch: number }
  | { readonly kind: "row"; readonly epoch: number; readonly row: R }
  | { readonly kind: "delete"; readonly epoch: number; readonly key: K }
  /** The snapshot is through: from here on changes come as they are committed. */
  | { readonly kind: "live"; readonly epoch: number };

export interface ViewClient<K, R> {
  get(key: K): Promise<R | null>;
  /** Rows whose key begins so; with `to`, those from `from` (inclusive) to `to` (exclusive). In key order, page by page. */
  range(from?: Partial<K>, to?: Partial<K>): AsyncIterable<R>;
  /** The view's rows, then its changes; begins anew with a snapshot when the connection breaks. */
  changes(): AsyncIterable<Change<K, R>>;
}

export interface Client<A> {
  view<N extends ViewsOf<A>["name"]>(name: N): ViewClient<KeyOf<ByName<A, N>>, Row<ByName<A, N>>>;
  /** Values as SQL shows them in JSON: times as ISO text, decimals as text. Throws `LIMIT` for more than 1,000,000 rows. */
  sql(query: string): Promise<Record<string, unknown>[]>;
}

export interface ClientOptions {
  readonly token?: string;
  /** Another implementation of fetch. */
  readonly fetch?: typeof globalThis.fetch;
}

/** Nothing is asked before the first call. Calls throw `MillraceError` with the code that the server gives. */
export function client<A extends App<string, readonly Node[]>>(url: string, options: ClientOptions = {}): Client<A> {
  const server = new Server(url, options);
  return {
    view: (name) => new RemoteView(server, name as string) as never,
    sql: (query) => runSql(server, query),
  };
}

const ROWS_MAX = 1_000_000;
const PAGE_ROWS = 1000;

class Server {
  readonly #url: string;
  readonly #options: ClientOptions;

  constructor(url: string, options: ClientOptions) {
    this.#url = url;
    this.#options = options;
  }

  async ask(path: string, init: RequestInit = {}): Promise<Response> {
    const { token, fetch: send = globalThis.fetch } = this.#options;
    const headers = {
      ...(init.headers as Record<string, string>),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    let response: Response;
    try {
      response = await send(new URL(path, this.#url), { ...init, headers });
    } catch (error) {
      if (init.signal?.aborted === true) throw error;
      throw new MillraceError("REQUEST", `nothing answers at ${this.#url}`, {
        hint: "Is the program running (millrace run)?",
        cause: error,
      });
    }
    if (response.ok) return response;
    const { error = {} } = (await response.json().catch(() => ({}))) as {
      error?: { code?: ErrorCode; message?: string; hint?: string };
    };
    throw new MillraceError(
      error.code ?? "REQUEST",
      error.message ?? `${this.#url} answered ${response.status}`,
      error.hint === undefined ? {} : { hint: error.hint },
    );
  }
}

async function runSql(server: Server, query: string): Promise<Record<string, unknown>[]> {
  const response = await server.ask("/api/sql", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ sql: query, rowsMax: ROWS_MAX }),
  });
  const { columns, rows, truncated } = (await response.json()) as {
    columns: { name: string }[];
    rows: unknown[][];
    truncated: boolean;
  };
  if (truncated)
    throw new MillraceError("LIMIT", `the query has more than ${ROWS_MAX} rows`, {
      hint: "Add a limit, or ask for CSV over HTTP.",
    });
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, k) => [name, row[k]])));
}

type JsonRow = Record<string, unknown>;

/** JSON Schema of a column, as far as it says how a value was written. */
interface Written {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly contentEncoding?: string;
  readonly "x-millrace"?: string;
  readonly items?: Written;
  readonly properties?: Readonly<Record<string, Written>>;
}

class RemoteView {
  readonly #server: Server;
  readonly #name: string;
  #row: Promise<Written> | null = null;

  constructor(server: Server, name: string) {
    this.#server = server;
    this.#name = name;
  }

  async get(key: JsonRow): Promise<JsonRow | null> {
    const { rows } = await this.#page({ ...words("key.", key) });
    return rows[0] ?? null;
  }

  async *range(from: JsonRow = {}, to?: JsonRow): AsyncGenerator<JsonRow> {
    const bounds = to === undefined ? words("key.", from) : { ...words("from.", from), ...words("to.", to) };
    let next: string | null = null;
    do {
      const page: { rows: JsonRow[]; next: string | null } = await this.#page({
        ...bounds,
        limit: String(PAGE_ROWS),
        ...(next === null ? {} : { cursor: next }),
      });
      yield* page.rows;
      next = page.next;
    } while (next !== null);
  }

  async *changes(): AsyncGenerator<Change<JsonRow, JsonRow>> {
    const schema = await this.#schema();
    for (;;) {
      const stop = new AbortController();
      try {
        const response = await this.#server.ask(`${this.#path()}/changes`, { signal: stop.signal });
        for await (const { event, id, data } of serverSentEvents(response.body as ReadableStream<Uint8Array>)) {
          const epoch = Number(id);
          if (event === "row") yield { kind: "row", epoch, row: restored(schema, data) as JsonRow };
          else if (event === "delete") yield { kind: "delete", epoch, key: restored(schema, data) as JsonRow };
          else if (event === "snapshot" || event === "live") yield { kind: event, epoch };
        }
      } finally {
        stop.abort();
      }
    }
  }

  async #page(query: Record<string, string>): Promise<{ rows: JsonRow[]; next: string | null }> {
    const schema = await this.#schema();
    const response = await this.#server.ask(`${this.#path()}?${new URLSearchParams(query)}`);
    const rows = (await response.json()) as JsonRow[];
    return { rows: rows.map((row) => restored(schema, row) as JsonRow), next: response.headers.get("x-millrace-next") };
  }

  #path(): string {
    return `/api/views/${encodeURIComponent(this.#name)}`;
  }

  #schema(): Promise<Written> {
    this.#row ??= this.#server
      .ask("/api/views")
      .then(async (response) => {
        const views = (await response.json()) as { name: string; row: Written }[];
        const found = views.find(({ name }) => name === this.#name);
        if (found === undefined) throw new MillraceError("NAME", `the server has no view "${this.#name}"`);
        return found.row;
      })
      .catch((error: unknown) => {
        this.#row = null;
        throw error;
      });
    return this.#row;
  }
}

/** Key columns as query words. */
function words(prefix: string, key: JsonRow): Record<string, string> {
  return Object.fromEntries(
    Object.entries(key)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [
        `${prefix}${name}`,
        value === null ? "" : value instanceof Uint8Array ? Buffer.from(value).toString("base64") : String(value),
      ]),
  );
}

/** A JSON value as programs see it. */
function restored(written: Written, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  switch (written["x-millrace"]) {
    case "int64":
      return BigInt(value as string);
    case "decimal":
      return Decimal.parse(value as string);
    case "timestamp":
      return parseInstant(value as string) ?? Number(value);
    case "timestampNs":
      return nanos(value as string);
    case "binary":
      return new Uint8Array(Buffer.from(value as string, "base64"));
    case "float64":
      return Number(value);
    case "list":
      return (value as unknown[]).map((item) => restored(written.items ?? {}, item));
    case "struct":
      return Object.fromEntries(
        Object.entries(value as JsonRow).map(([name, inner]) => [
          name,
          restored(written.properties?.[name] ?? {}, inner),
        ]),
      );
    default:
      return value;
  }
}

function nanos(text: string): bigint {
  const ms = parseInstant(text);
  return ms === null ? BigInt(text) : BigInt(ms) * 1_000_000n + BigInt(/\.\d{3}(\d{6})Z$/.exec(text)?.[1] ?? "0");
}

async function* serverSentEvents(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<{ event: string; id: string; data: unknown }> {
  let rest = "";
  const decoder = new TextDecoder();
  for await (const bytes of body as unknown as AsyncIterable<Uint8Array>) {
    const blocks = (rest + decoder.decode(bytes, { stream: true })).split("\n\n");
    rest = blocks.pop() as string;
    for (const block of blocks) {
      const fields = Object.fromEntries(
        block.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
      );
      if (fields.data !== undefined)
        yield { event: fields.event ?? "message", id: fields.id ?? "", data: JSON.parse(fields.data) };
    }
  }
}
