/** Reading streams: a page of rows by offset, and rows as they are committed. */
import type { FastifyInstance } from "fastify";
import type { Context } from "../context.js";
import { described } from "../openapi.js";
import { readRows, streamNamed } from "../context.js";
import { openEvents } from "../events.js";

const LIMIT = { type: "integer", minimum: 1, maximum: 10_000, default: 100 } as const;
/** How often a tail looks for what other streams than outputs got. */
const TAIL_ROWS_MAX = 500;

export function streamRoutes(server: FastifyInstance, context: Context): void {
  const { runtime } = context;
  server.get("/api/streams", { schema: described("Streams with their partitions, watermarks and lag") }, () => runtime.status().streams);
  server.get<{ Params: { name: string }; Querystring: { partition: number; from?: number; last?: number; limit: number } }>(
    "/api/streams/:name",
    {
      schema: described("Rows of a stream in offset order", {
        params: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
        querystring: {
          type: "object",
          properties: {
            partition: { type: "integer", minimum: 0, default: 0 },
            from: { type: "integer", minimum: 0, description: "first offset" },
            last: { type: "integer", minimum: 1, maximum: 10_000, description: "the newest so many" },
            limit: LIMIT,
          },
        },
      }),
    },
    async (request) => {
      const spec = streamNamed(context, request.params.name);
      const { partition, from = 0, last, limit } = request.query;
      const { end } = runtime.log.bounds(spec.name, partition);
      return last === undefined ? readRows(context, spec, partition, from, limit) : readRows(context, spec, partition, Math.max(0, end - last), last);
    },
  );
  server.get<{ Params: { name: string }; Querystring: { last: number } }>(
    "/api/streams/:name/tail",
    {
      schema: described("Rows as they are committed, as server-sent events", {
        params: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
        querystring: { type: "object", properties: { last: { type: "integer", minimum: 0, maximum: 1000, default: 0 } } },
      }),
    },
    (request, reply) => {
      const spec = streamNamed(context, request.params.name);
      const next = Array.from({ length: spec.partitions }, (_, p) => Math.max(0, runtime.log.bounds(spec.name, p).end - request.query.last));
      const events = openEvents(request, reply, server);
      let reading: Promise<void> = Promise.resolve();
      const read = async (): Promise<void> => {
        for (let partition = 0; partition < spec.partitions; partition++) {
          const rows = await readRows(context, spec, partition, next[partition] as number, TAIL_ROWS_MAX);
          for (const row of rows) {
            events.send("row", `${partition}:${row.offset}`, row);
            next[partition] = row.offset + 1;
          }
        }
      };
      const more = (): void => {
        reading = reading.then(read).catch(() => events.close());
      };
      const stop = runtime.engine.onCommit(more);
      events.onClose(stop);
      more();
      return reply;
    },
  );
}
