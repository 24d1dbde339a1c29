/** Reading views: one row by key, a range of keys, and changes as they are committed. */
import type { FastifyInstance, FastifyReply } from "fastify";
import { MillraceError } from "../../base/errors.js";
import { rowJson, rowSchema, valueJson } from "../../batch/row-json.js";
import type { EpochResult } from "../../engine/run/messages.js";
import type { ColumnType } from "../../schema/column-type.js";
import { KeyCodec } from "../../view/key-codec.js";
import { forEachChange } from "../../view/packed-changes.js";
import { RowCodec } from "../../view/row-codec.js";
import type { ViewSpec } from "../../view/store.js";
import { keyFields } from "../../view/view-key.js";
import type { Context } from "../context.js";
import { viewNamed } from "../context.js";
import type { EventStream, EventStreams } from "../events.js";
import { described } from "../openapi.js";
import type { ViewRange } from "../view-query.js";
import { viewRange } from "../view-query.js";

const NAME = { type: "object", properties: { name: { type: "string" } } } as const;
const ROWS = { type: "array", items: { type: "object" } } as const;
/** Key columns come as words of their own: which there are depends on the view. */
const QUERY = {
  type: "object",
  additionalProperties: { type: "string" },
  properties: {
    limit: { type: "integer", minimum: 1, maximum: 10_000, default: 1000 },
    reverse: { type: "boolean", default: false },
    cursor: { type: "string", pattern: "^[A-Za-z0-9_-]{1,16384}$", description: "X-Millrace-Next of the page before" },
  },
} as const;

interface ViewQuery extends Readonly<Record<string, unknown>> {
  readonly limit: number;
  readonly reverse: boolean;
  readonly cursor?: string;
}

export function viewRoutes(server: FastifyInstance, context: Context, events: EventStreams): void {
  server.get(
    "/api/views",
    { schema: described("Views with their keys, columns and numbers of rows", { answer: ROWS }) },
    () => {
      const rows = new Map(context.runtime.status().views.map((view) => [view.name, view.rows]));
      return context.runtime.plan.views.map(({ name, key, schema }) => ({
        name,
        key,
        row: rowSchema(schema),
        rows: rows.get(name) ?? 0,
      }));
    },
  );
  server.get<{ Params: { name: string }; Querystring: ViewQuery }>(
    "/api/views/:name",
    {
      schema: described(
        "Rows of a view in key order. Key columns as query words: all for one row, the first few for a range; from.COLUMN and to.COLUMN bound the next.",
        {
          params: NAME,
          querystring: QUERY,
          answer: ROWS,
          answers: ["application/json", "application/x-ndjson"],
        },
      ),
    },
    (request, reply) => {
      const rows = readView(context, viewNamed(context, request.params.name), request.query, reply);
      if (!(request.headers.accept ?? "").includes("ndjson")) return reply.send(rows);
      return reply
        .type("application/x-ndjson; charset=utf-8")
        .send(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    },
  );
  server.get<{ Params: { name: string }; Querystring: Readonly<Record<string, unknown>> }>(
    "/api/views/:name/changes",
    {
      schema: described(
        "A view's rows, then its changes, as server-sent events: snapshot, row, delete (the key), live. The id is the epoch.",
        {
          params: NAME,
          querystring: { type: "object", additionalProperties: { type: "string" } },
          answers: ["text/event-stream"],
        },
      ),
    },
    (request, reply) => {
      const view = viewNamed(context, request.params.name);
      const range = viewRange(view, request.query);
      void new Changes(context, view, range, events.start(reply)).run();
      return reply;
    },
  );
}

function readView(
  { runtime }: Context,
  view: ViewSpec,
  query: ViewQuery,
  reply: FastifyReply,
): readonly Record<string, unknown>[] {
  const { from, to, exact } = viewRange(view, query);
  const codec = new RowCodec(view.schema);
  const json = (value: Uint8Array): Record<string, unknown> => rowJson(view.schema, codec.decode(value));
  const reader = runtime.store.read();
  try {
    reply.header("x-millrace-epoch", String(reader.commit?.epoch ?? 0));
    if (exact) {
      const value = reader.get(view.name, from);
      return value === null ? [] : [json(value)];
    }
    const { limit, reverse, cursor } = query;
    const found = [...reader.range(view.name, { ...pageOf({ from, to }, cursor, reverse), limit, reverse })];
    const last = found.at(-1);
    if (last !== undefined && found.length === limit)
      reply.header("x-millrace-next", Buffer.from(last.key).toString("base64url"));
    return found.map(({ value }) => json(value));
  } finally {
    reader.close();
  }
}

/** What is left of the range behind the last key of the page before. */
function pageOf(
  range: { from: Uint8Array; to: Uint8Array },
  cursor: string | undefined,
  reverse: boolean,
): { from: Uint8Array; to: Uint8Array } {
  if (cursor === undefined) return range;
  if (!/^[\w-]+$/.test(cursor))
    throw new MillraceError("REQUEST", "that is not a cursor", { hint: "Take X-Millrace-Next of the page before." });
  const key = Buffer.from(cursor, "base64url");
  return reverse ? { from: range.from, to: key } : { from: Buffer.concat([key, Buffer.from([0])]), to: range.to };
}

/** Changes that may wait while the snapshot is sent. */
const WAITING_MAX = 100_000;

/** One client's subscription: a snapshot of one commit, then what each later commit changed, without a gap between. */
class Changes {
  readonly #context: Context;
  readonly #view: ViewSpec;
  readonly #range: ViewRange;
  readonly #out: EventStream;
  readonly #rows: RowCodec;
  readonly #keys: KeyCodec;
  /** Changes of commits that came while the snapshot is sent; null once it is through. */
  #waiting: (readonly [epoch: number, key: Uint8Array, value: Uint8Array])[] | null = [];

  constructor(context: Context, view: ViewSpec, range: ViewRange, out: EventStream) {
    this.#context = context;
    this.#view = view;
    this.#range = range;
    this.#out = out;
    this.#rows = new RowCodec(view.schema);
    this.#keys = new KeyCodec(keyFields(view));
  }

  async run(): Promise<void> {
    const { store, engine } = this.#context.runtime;
    // Listening begins before the snapshot is taken: a commit between the two comes twice rather than never.
    this.#out.onClose(engine.onCommit(({ epoch }, results) => this.#committed(epoch, results)));
    const reader = store.read();
    try {
      const epoch = reader.commit?.epoch ?? 0;
      this.#out.send("snapshot", String(epoch), { epoch });
      for (const { key, value } of reader.range(this.#view.name, this.#range)) {
        this.#send(epoch, key, value);
        await this.#out.drained();
        if (!this.#out.open) return;
      }
      const waiting = this.#waiting ?? [];
      this.#waiting = null;
      for (const [at, key, value] of waiting) if (at > epoch) this.#send(at, key, value);
      this.#out.send("live", String(epoch), { epoch });
    } catch (error) {
      this.#out.close(error instanceof Error ? error.message.split("\n")[0] : "error");
    } finally {
      reader.close();
    }
  }

  #committed(epoch: number, results: readonly EpochResult[]): void {
    for (const { views } of results)
      for (const changes of views)
        if (changes.view === this.#view.name) forEachChange(changes, (key, value) => this.#changed(epoch, key, value));
  }

  #changed(epoch: number, key: Uint8Array, value: Uint8Array): void {
    if (!this.#out.open || !this.#covers(key)) return;
    if (this.#waiting === null) this.#send(epoch, key, value);
    else if (this.#waiting.push([epoch, key, value]) > WAITING_MAX) this.#out.close("too slow");
  }

  #send(epoch: number, key: Uint8Array, value: Uint8Array): void {
    const { schema } = this.#view;
    if (value.length > 0) this.#out.send("row", String(epoch), rowJson(schema, this.#rows.decode(value)));
    else {
      const values = this.#keys.decode(key);
      this.#out.send(
        "delete",
        String(epoch),
        Object.fromEntries(
          keyFields(this.#view).map(({ name, type }, k) => [name, valueJson(type as ColumnType, values[k] ?? null)]),
        ),
      );
    }
  }

  #covers(key: Uint8Array): boolean {
    const { from, to } = this.#range;
    return Buffer.compare(key, from) >= 0 && Buffer.compare(key, to) < 0;
  }
}
