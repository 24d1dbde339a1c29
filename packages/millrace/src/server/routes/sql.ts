/** POST of a query: the whole result as JSON, or a stream of CSV or NDJSON. */
import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import type { Context } from "../context.js";
import { HttpError } from "../http-error.js";
import { described } from "../openapi.js";

const BODY = {
  type: "object",
  required: ["sql"],
  additionalProperties: false,
  properties: {
    sql: { type: "string", minLength: 1, maxLength: 262_144 },
    timeoutMs: { type: "integer", minimum: 1, maximum: 600_000 },
    rowsMax: { type: "integer", minimum: 1, maximum: 1_000_000 },
  },
} as const;

const ANSWER = {
  type: "object",
  properties: {
    columns: {
      type: "array",
      items: { type: "object", properties: { name: { type: "string" }, type: { type: "string" } } },
    },
    rows: { type: "array", items: { type: "array" }, description: "in the order of columns" },
    truncated: { type: "boolean", description: "rowsMax cut the result off" },
    epoch: { type: ["integer", "null"] },
  },
} as const;

export function sqlRoutes(server: FastifyInstance, { sql }: Context): void {
  server.post<{ Body: { sql: string; timeoutMs?: number; rowsMax?: number } }>(
    "/api/sql",
    {
      config: { needs: "read" },
      schema: described("A query over streams, views and dead_letters, as of the last commit", {
        body: BODY,
        answer: ANSWER,
        answers: ["application/json", "text/csv", "application/x-ndjson"],
      }),
      preParsing: async (request) => {
        const type = request.headers["content-type"] ?? "";
        if (!type.startsWith("application/json"))
          throw new HttpError(415, "REQUEST", `a query is sent as JSON, not as "${type}"`, {
            hint: 'content-type: application/json, {"sql": "select …"}',
          });
      },
    },
    async (request, reply) => {
      const { sql: query, ...limits } = request.body;
      const gone = new AbortController();
      reply.raw.once("close", () => {
        if (!reply.raw.writableFinished) gone.abort();
      });
      const options = { ...limits, signal: gone.signal };
      const form = formOf(request.headers.accept ?? "");
      if (form === null) {
        const result = await sql.query(query, options);
        if (result.epoch !== null) reply.header("x-millrace-epoch", String(result.epoch));
        return result;
      }
      const stream = await sql.streamText(query, form, options);
      await stream.columns; // a query that is wrong is refused before the answer begins
      reply.type(form === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson; charset=utf-8");
      return reply.send(Readable.from(stream.batches()));
    },
  );
}

function formOf(accept: string): "csv" | "ndjson" | null {
  if (accept.includes("text/csv")) return "csv";
  return accept.includes("ndjson") ? "ndjson" : null;
}
