/** Reading streams: rows by offset, and rows as they are committed. */
import type { FastifyInstance } from "fastify";
import { MillraceError } from "../../base/errors.js";
import { DEAD_LETTERS } from "../../log/dead-letters.js";
import type { StreamSpec } from "../../log/log.js";
import type { Context, StreamRow } from "../context.js";
import { committed, readRows, streamNamed } from "../context.js";
import type { EventStream, EventStreams } from "../events.js";
import { described } from "../openapi.js";

const NAME = { type: "object", properties: { name: { type: "string" } } } as const;
const ROWS = {
  type: "array",
  items: {
    type: "object",
    properties: { partition: { type: "integer" }, offset: { type: "integer" }, row: { type: "object" } },
  },
} as const;
const LIMIT = { type: "integer", minimum: 1, maximum: 10_000, default: 1000 } as const;
/** Rows a tail reads at once. */
const TAIL_ROWS = 500;

export function streamRoutes(server: FastifyInstance, context: Context, events: EventStreams): void {
  server.get(
    "/api/streams",
    {
      schema: described("Streams with their partitions, watermarks and lag", {
        answer: { type: "array", items: { type: "object" } },
      }),
    },
    () => context.runtime.status().streams,
  );
  rowsRoute(server, context);
  tailRoute(server, context, events);
}

function rowsRoute(server: FastifyInstance, context: Context): void {
  server.get<{ Params: { name: string }; Querystring: { partition: number; from: string; limit: number } }>(
    "/api/streams/:name",
    {
      schema: described("Committed rows of a partition in offset order. X-Millrace-Next is the offset to go on from.", {
        params: NAME,
        querystring: {
          type: "object",
          additionalProperties: false,
          properties: {
            partition: { type: "integer", minimum: 0, default: 0 },
            from: {
              type: "string",
              pattern: "^(?:end-)?\\d{1,15}$",
              default: "0",
              description: "first offset, or end-N: the newest N",
            },
            limit: LIMIT,
          },
        },
        answer: ROWS,
        answers: ["application/json", "application/x-ndjson"],
      }),
    },
    async (request, reply) => {
      const spec = streamNamed(context, request.params.name);
      const { partition, from, limit } = request.query;
      checkPartition(spec, partition);
      const { start, end } = committed(context, spec, partition);
      const first = from.startsWith("end-") ? Math.max(start, end - Number(from.slice(4))) : Number(from);
      const rows = await readRows(context, spec, partition, first, limit);
      const next = rows.length === limit ? (rows.at(-1) as StreamRow).offset + 1 : Math.max(first, end);
      reply.headers({
        "x-millrace-epoch": String(context.runtime.engine.commit.epoch),
        "x-millrace-next": String(next),
      });
      if (!(request.headers.accept ?? "").includes("ndjson")) return rows;
      return reply
        .type("application/x-ndjson; charset=utf-8")
        .send(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    },
  );
}

function checkPartition({ name, partitions }: StreamSpec, partition: number): void {
  if (partition >= partitions)
    throw new MillraceError("NAME", `"${name}" has no partition ${partition}`, {
      hint: `It has ${partitions}, counted from 0.`,
    });
}

function tailRoute(server: FastifyInstance, context: Context, events: EventStreams): void {
  server.get<{ Params: { name: string }; Querystring: { last: number; behindMax?: number } }>(
    "/api/streams/:name/tail",
    {
      schema: described("Rows as they are committed, as server-sent events: row (its id is partition:offset), gap", {
        params: NAME,
        querystring: {
          type: "object",
          additionalProperties: false,
          properties: {
            last: {
              type: "integer",
              minimum: 0,
              maximum: 10_000,
              default: 0,
              description: "begin with the newest so many of each partition",
            },
            behindMax: {
              type: "integer",
              minimum: 1,
              description: "when further behind, skip to the newest so many and say gap",
            },
          },
        },
        answers: ["text/event-stream"],
      }),
    },
    (request, reply) => {
      const spec = streamNamed(context, request.params.name);
      new Tail(context, spec, events.start(reply), request.query).run();
      return reply;
    },
  );
}

/** Follows a stream for one client. The log is the queue: a slow client falls behind, and nothing waits in memory. */
class Tail {
  readonly #context: Context;
  readonly #spec: StreamSpec;
  readonly #out: EventStream;
  readonly #behindMax: number;
  /** Offset to go on from, by partition. */
  readonly #next: number[];
  #busy = false;
  #again = false;

  constructor(
    context: Context,
    spec: StreamSpec,
    out: EventStream,
    { last, behindMax }: { last: number; behindMax?: number },
  ) {
    this.#context = context;
    this.#spec = spec;
    this.#out = out;
    this.#behindMax = behindMax ?? Number.POSITIVE_INFINITY;
    this.#next = Array.from({ length: spec.partitions }, (_, partition) => {
      const { start, end } = committed(context, spec, partition);
      return Math.max(start, end - last);
    });
  }

  run(): void {
    const { engine, log } = this.#context.runtime;
    this.#out.onClose(engine.onCommit(() => this.#look()));
    // Dead letters of the edge belong to no commit.
    if (this.#spec.name === DEAD_LETTERS.name)
      this.#out.onClose(
        log.onAppend((stream) => {
          if (stream === DEAD_LETTERS.name) this.#look();
        }),
      );
    this.#look();
  }

  #look(): void {
    this.#again = true;
    if (this.#busy) return;
    this.#busy = true;
    this.#follow()
      .catch((error: unknown) => this.#out.close(error instanceof Error ? error.message.split("\n")[0] : "error"))
      .finally(() => {
        this.#busy = false;
      });
  }

  async #follow(): Promise<void> {
    while (this.#again && this.#out.open) {
      this.#again = false;
      for (let partition = 0; partition < this.#next.length; partition++)
        if (await this.#send(partition)) this.#again = true;
    }
  }

  /** True when there is more. */
  async #send(partition: number): Promise<boolean> {
    const { end } = committed(this.#context, this.#spec, partition);
    let from = this.#next[partition] as number;
    if (end - from > this.#behindMax) {
      this.#out.send("gap", `${partition}:${end - this.#behindMax}`, { partition, from, to: end - this.#behindMax });
      from = end - this.#behindMax;
    }
    const rows = await readRows(this.#context, this.#spec, partition, from, TAIL_ROWS);
    for (const row of rows) this.#out.send("row", `${partition}:${row.offset}`, row);
    this.#next[partition] = rows.length < TAIL_ROWS ? Math.max(from, end) : (rows.at(-1) as StreamRow).offset + 1;
    await this.#out.drained();
    return rows.length === TAIL_ROWS;
  }
}
