/** POST of NDJSON into a stream: decoded as it arrives, answered when every row is durable. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { createGunzip } from "node:zlib";
import { pipeline, type Readable } from "node:stream";
import { MillraceError } from "../../base/errors.js";
import type { InputPlan } from "../../plan/resolve.js";
import { ndjsonDecoder } from "../../source/ndjson.js";
import type { Context } from "../context.js";
import { described } from "../openapi.js";

/** More waiting rows than this, and producers are told to come back later. */
const LAG_MAX = 2_000_000;
/** Reasons told in an answer; all are among the dead letters. */
const REASONS_MAX = 10;

export function ingestRoutes(server: FastifyInstance, context: Context, bodyBytesMax: number): void {
  const take = (name: string) => (request: FastifyRequest, reply: FastifyReply) => ingest(context, name, bodyBytesMax, request, reply);
  server.post<{ Params: { name: string } }>(
    "/api/streams/:name",
    {
      schema: described("Put rows into a stream: NDJSON, plain or gzip. Answers when they are durable.", {
        params: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
        querystring: { type: "object", properties: { partition: { type: "integer", minimum: 0 } } },
      }),
    },
    (request, reply) => take(request.params.name)(request, reply),
  );
  for (const input of context.runtime.plan.inputPlans)
    for (const source of input.from)
      if (source.source === "http") server.post(source.path, { schema: described(`Put rows into ${input.name}`) }, take(input.name));
}

async function ingest(context: Context, name: string, bodyBytesMax: number, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { runtime } = context;
  const input = runtime.input(name);
  if (runtime.engine.lag() > LAG_MAX) {
    reply.header("retry-after", "1");
    throw new MillraceError("LIMIT", "more rows are waiting than can be processed soon");
  }
  const partition = partitionOf(input, (request.query as { partition?: number }).partition);
  const decoder = ndjsonDecoder({ schema: input.declared, file: "http" });
  const answer = { rows: 0, refused: 0, reasons: [] as string[] };
  const flush = async (): Promise<void> => {
    for (const { batch, dead } of decoder.take()) {
      const taken = await runtime.take(input, batch, dead, { source: "http", ...(partition === undefined ? {} : { partition }) });
      answer.rows += taken.rows;
      answer.refused += taken.refused;
      for (const { line, reason } of dead) if (answer.reasons.length < REASONS_MAX) answer.reasons.push(`line ${line}: ${reason}`);
    }
  };
  let bytes = 0;
  for await (const part of bodyOf(request)) {
    bytes += part.length;
    if (bytes > bodyBytesMax) throw new MillraceError("LIMIT", `a body has at most ${bodyBytesMax} bytes`, { hint: `${answer.rows} rows of it were taken in. Send smaller bodies.` });
    decoder.push(part);
    await flush();
  }
  decoder.end();
  await flush();
  return answer;
}

function partitionOf(input: InputPlan, asked: number | undefined): number | undefined {
  if (asked !== undefined && asked >= input.partitions)
    throw new MillraceError("REQUEST", `"${input.name}" has ${input.partitions} partitions: there is no partition ${asked}`);
  return asked;
}

/** The body as bytes, gunzipped where the client says so. */
function bodyOf(request: FastifyRequest): AsyncIterable<Buffer> {
  const raw = request.body as Readable;
  const encoding = request.headers["content-encoding"];
  if (encoding === undefined || encoding === "identity") return raw;
  if (encoding !== "gzip") throw new MillraceError("REQUEST", `content-encoding "${encoding}" is not understood`, { hint: "Send plain or gzip." });
  const unzip = createGunzip();
  // An error of either side reaches the reader of `unzip`.
  pipeline(raw, unzip, () => {});
  return unzip;
}
