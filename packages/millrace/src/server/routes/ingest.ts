/**
 * POST of rows into a stream: NDJSON, plain, gzip or zstd, decoded as it arrives.
 *
 *   body -> (unpack) -> decoder -> batch -> runtime.take, durable -> … -> 200 {rows, refused, deadLetters}
 *
 * Memory is bounded: the body is read no faster than its batches become durable, and all bodies together may have
 * `inFlightBytesMax` bytes that are not durable yet. A batch is durable when it has been taken, so an answer that is
 * not 200 says how many lines were taken: a client goes on behind them.
 */
import type { Readable } from "node:stream";
import { pipeline } from "node:stream";
import { createGunzip } from "node:zlib";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { MillraceError } from "../../base/errors.js";
import { mayRefuse } from "../../engine/ingest/ingest.js";
import type { InputPlan } from "../../plan/resolve.js";
import { arrowDecoder, avroDecoder } from "../../source/body-decoders.js";
import type { Decoder, DecoderOptions } from "../../source/decoder.js";
import { ndjsonDecoder } from "../../source/ndjson.js";
import { ZstdUnpacker } from "../../source/zstd.js";
import type { IntakeNumbers } from "../answers.js";
import type { Context } from "../context.js";
import { HttpError } from "../http-error.js";
import { described, INGESTED } from "../openapi.js";

export interface IngestLimits {
  /** The most bytes of one body as sent; unpacked it may have sixteen times as many. Default 64 MiB. */
  readonly bodyBytesMax?: number | undefined;
  /** Rows that may wait to be processed before producers are held back. Default 2,000,000. */
  readonly lagMax?: number | undefined;
  /** Bytes of all bodies that are not durable yet. Default 256 MiB. */
  readonly inFlightBytesMax?: number | undefined;
}

const UNPACKED = 16;
/** Reasons told in an answer; all are among the dead letters. */
const REASONS_MAX = 10;
const DECODERS: Readonly<Record<string, (options: DecoderOptions) => Decoder>> = {
  "application/x-ndjson": ndjsonDecoder,
  "application/ndjson": ndjsonDecoder,
  "application/jsonl": ndjsonDecoder,
  "application/octet-stream": ndjsonDecoder,
  "application/vnd.apache.arrow.stream": arrowDecoder,
  "application/vnd.apache.arrow.file": arrowDecoder,
  "application/avro": avroDecoder,
  "avro/binary": avroDecoder,
};
const MEDIA = Object.keys(DECODERS);

const QUERY = {
  type: "object",
  additionalProperties: false,
  properties: { partition: { type: "integer", minimum: 0, description: "for streams without partitionBy" } },
} as const;

/** Returns the way to ask how much is on its way in. */
export function ingestRoutes(server: FastifyInstance, context: Context, limits: IngestLimits): () => IntakeNumbers {
  const intake = new Intake(context, limits);
  const shared = { answer: INGESTED, takes: MEDIA, querystring: QUERY };
  server.addContentTypeParser(MEDIA, (_request, payload, done) => done(null, payload));
  const bodyLimit = limits.bodyBytesMax ?? BODY_BYTES_MAX;
  const options = { bodyLimit, preParsing: checkMedia, config: { needs: "ingest" as const } };
  server.post<{ Params: { name: string }; Querystring: { partition?: number } }>(
    "/api/streams/:name",
    {
      ...options,
      schema: described(
        "Put rows into a stream: one JSON object a line, an Arrow IPC stream or an Avro container; plain, gzip or zstd. Answers when they are durable.",
        {
          params: { type: "object", properties: { name: { type: "string" } } },
          ...shared,
        },
      ),
    },
    (request, reply) => intake.take(request.params.name, request, reply),
  );
  for (const input of context.runtime.plan.inputPlans)
    for (const source of input.from)
      if (source.source === "http")
        server.post<{ Querystring: { partition?: number } }>(
          source.path,
          { ...options, schema: described(`Put rows into ${input.name}`, shared) },
          (request, reply) => intake.take(input.name, request, reply),
        );
  return () => intake.numbers;
}

const BODY_BYTES_MAX = 64 << 20;

async function checkMedia(request: FastifyRequest): Promise<void> {
  const type = mediaOf(request);
  if (MEDIA.includes(type)) return;
  throw new HttpError(415, "REQUEST", `rows are sent as NDJSON, Arrow or Avro, not as "${type}"`, {
    hint: 'For NDJSON set content-type: application/x-ndjson (curl: -H "content-type: application/x-ndjson" --data-binary @FILE).',
  });
}

function mediaOf({ headers }: FastifyRequest): string {
  return (headers["content-type"] ?? "").split(";", 1).join("").trim().toLowerCase();
}

class Intake {
  readonly #context: Context;
  readonly #bodyBytesMax: number;
  readonly #lagMax: number;
  readonly #inFlightBytesMax: number;
  /** Bytes read of bodies and not durable yet. */
  #inFlight = 0;
  #heldBack = 0;

  constructor(
    context: Context,
    { bodyBytesMax = BODY_BYTES_MAX, lagMax = 2_000_000, inFlightBytesMax = 256 << 20 }: IngestLimits,
  ) {
    this.#context = context;
    this.#bodyBytesMax = bodyBytesMax;
    this.#lagMax = lagMax;
    this.#inFlightBytesMax = inFlightBytesMax;
  }

  get numbers(): IntakeNumbers {
    return {
      inFlightBytes: this.#inFlight,
      inFlightBytesMax: this.#inFlightBytesMax,
      lagMax: this.#lagMax,
      heldBack: this.#heldBack,
    };
  }

  async take(
    name: string,
    request: FastifyRequest<{ Querystring: { partition?: number } }>,
    reply: FastifyReply,
  ): Promise<unknown> {
    const input = this.#context.runtime.input(name);
    const { partition } = request.query;
    if (partition !== undefined && input.partitionBy.length > 0)
      throw new MillraceError(
        "REQUEST",
        `"${name}" is partitioned by ${input.partitionBy.join(", ")}: a row's partition follows from its key`,
        {
          hint: "Leave out partition.",
        },
      );
    if (partition !== undefined && partition >= input.partitions)
      throw new MillraceError("REQUEST", `"${name}" has no partition ${partition}`, {
        hint: `It has ${input.partitions}, counted from 0.`,
      });
    this.#admit(request, reply);
    const options = { schema: input.declared, file: "http", places: mayRefuse(input) };
    const decoder = (DECODERS[mediaOf(request)] ?? ndjsonDecoder)(options);
    return new Body(this.#context, input, decoder, { partition, bytesMax: this.#bodyBytesMax }, (bytes) => {
      this.#inFlight += bytes;
    }).take(request);
  }

  #admit({ headers }: FastifyRequest, reply: FastifyReply): void {
    const { runtime } = this.#context;
    const busy = (message: string): HttpError => {
      this.#heldBack++;
      return new HttpError(429, "LIMIT", message, {
        hint: "Send it again a little later.",
        headers: { "retry-after": "1" },
      });
    };
    const lag = runtime.engine.lag();
    if (lag > this.#lagMax) throw busy(`${lag} rows wait to be processed`);
    if (this.#inFlight > this.#inFlightBytesMax) throw busy("too many rows are being taken in");
    const length = Number(headers["content-length"] ?? 0);
    if (length <= this.#bodyBytesMax) return;
    reply.header("connection", "close");
    throw tooLarge(this.#bodyBytesMax);
  }
}

function tooLarge(bytesMax: number, also: Readonly<Record<string, unknown>> = {}): HttpError {
  return new HttpError(413, "LIMIT", `a body has at most ${bytesMax} bytes`, {
    hint: "Send the rows in several bodies.",
    headers: { connection: "close" },
    also,
  });
}

/** One body on its way into the log. */
class Body {
  readonly #context: Context;
  readonly #input: InputPlan;
  readonly #partition: number | undefined;
  readonly #bytesMax: number;
  readonly #hold: (bytes: number) => void;
  readonly #decoder: Decoder;
  #rows = 0;
  #refused = 0;
  readonly #reasons: string[] = [];
  #lines = 0;
  #held = 0;

  constructor(
    context: Context,
    input: InputPlan,
    decoder: Decoder,
    { partition, bytesMax }: { readonly partition: number | undefined; readonly bytesMax: number },
    hold: (bytes: number) => void,
  ) {
    this.#context = context;
    this.#input = input;
    this.#partition = partition;
    this.#bytesMax = bytesMax;
    this.#hold = hold;
    this.#decoder = decoder;
  }

  async take(request: FastifyRequest): Promise<{ rows: number; refused: number; deadLetters: readonly string[] }> {
    try {
      let unpacked = 0;
      for await (const part of this.#parts(request)) {
        unpacked += part.length;
        if (unpacked > this.#bytesMax * UNPACKED) throw tooLarge(this.#bytesMax, this.#taken());
        this.#hold(part.length);
        this.#held += part.length;
        this.#decoder.push(part);
        await this.#flush();
      }
      this.#decoder.end();
      await this.#flush();
      return { rows: this.#rows, refused: this.#refused, deadLetters: this.#reasons };
    } finally {
      this.#hold(-this.#held);
    }
  }

  #taken(): Readonly<Record<string, unknown>> {
    return { taken: { lines: this.#lines, rows: this.#rows, refused: this.#refused } };
  }

  async #flush(): Promise<void> {
    for (const { batch, dead, line, places } of this.#decoder.take()) {
      const where = this.#partition === undefined ? {} : { partition: this.#partition };
      const taken = await this.#context.runtime.take(this.#input, batch, dead, { source: "http", places, ...where });
      this.#rows += taken.rows;
      this.#refused += taken.refused;
      this.#lines = line;
      // Rows of Avro, Arrow and Parquet stand on no line.
      for (const { line: at, reason } of taken.letters)
        if (this.#reasons.length < REASONS_MAX) this.#reasons.push(at === undefined ? reason : `line ${at}: ${reason}`);
      // What is left in the decoder is less than one batch: nothing to hold others back for.
      this.#hold(-this.#held);
      this.#held = 0;
    }
  }

  /** The body's bytes, unzipped where it says so; at most `bytesMax` as sent. */
  async *#parts(request: FastifyRequest): AsyncGenerator<Buffer> {
    const counted = this.#counted(request.body as Readable);
    const encoding = request.headers["content-encoding"] ?? "identity";
    if (encoding === "identity") {
      yield* counted;
      return;
    }
    if (encoding === "zstd") {
      yield* this.#unzstd(counted);
      return;
    }
    if (encoding !== "gzip")
      throw new HttpError(415, "REQUEST", `content-encoding "${encoding}" is not understood`, {
        hint: "Send plain bytes, gzip or zstd.",
      });
    const gunzip = createGunzip();
    // An error of either side reaches the reader of `gunzip`.
    pipeline(counted, gunzip, () => {});
    try {
      yield* gunzip as AsyncIterable<Buffer>;
    } catch (error) {
      if (error instanceof MillraceError) throw error;
      throw this.#notUnpacked("gzip", error);
    }
  }

  async *#unzstd(body: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const unpacker = new ZstdUnpacker();
    const unpacked = (): Buffer[] => {
      try {
        return unpacker.next();
      } catch (error) {
        throw this.#notUnpacked("zstd", error);
      }
    };
    for await (const part of body) {
      if (part.length === 0) continue;
      unpacker.push(part);
      for (let parts = unpacked(); parts.length > 0; parts = unpacked()) yield* parts;
    }
    unpacker.push(Buffer.alloc(0));
    for (let parts = unpacked(); parts.length > 0; parts = unpacked()) yield* parts;
  }

  #notUnpacked(encoding: string, error: unknown): HttpError {
    return new HttpError(400, "DECODE", `the ${encoding} body can't be unpacked: ${(error as Error).message}`, {
      also: this.#taken(),
      cause: error,
    });
  }

  async *#counted(body: Readable): AsyncGenerator<Buffer> {
    let bytes = 0;
    for await (const part of body as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > this.#bytesMax) throw tooLarge(this.#bytesMax, this.#taken());
      yield part;
    }
  }
}
