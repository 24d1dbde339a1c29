/** POST of a query: the whole result as JSON, or a stream of CSV or NDJSON. */
import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import type { Context } from "../context.js";
import { described } from "../openapi.js";

export function sqlRoutes(server: FastifyInstance, { sql }: Context): void {
  server.post<{ Body: { sql: string; timeoutMs?: number; rowsMax?: number } }>(
    "/api/sql",
    {
      bodyLimit: 1 << 20,
      schema: described("A query over streams, views and dead letters, as of the last commit. Accept: application/json, text/csv or application/x-ndjson", {
        body: {
          type: "object",
          required: ["sql"],
          additionalProperties: false,
          properties: {
            sql: { type: "string", minLength: 1, maxLength: 262_144 },
            timeoutMs: { type: "integer", minimum: 1, maximum: 600_000 },
            rowsMax: { type: "integer", minimum: 1, maximum: 1_000_000 },
          },
        },
      }),
    },
    async (request, reply) => {
      const { sql: query, ...limits } = request.body;
      const accept = request.headers.accept ?? "";
      const form = accept.includes("text/csv") ? "csv" : accept.includes("ndjson") ? "ndjson" : null;
      if (form === null) return sql.query(query, limits);
      const stream = await sql.streamText(query, form, limits);
      await stream.columns; // a wrong query is told before the answer begins
      reply.type(form === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson; charset=utf-8");
      return reply.send(Readable.from(stream.batches()));
    },
  );
}
