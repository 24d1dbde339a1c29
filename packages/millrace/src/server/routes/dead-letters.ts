/**
 * What could not be taken, and taking it after all.
 *
 * A letter of the edge is replayed by putting its line, as it was or corrected, into the stream it was meant for. The
 * letter's place goes into the log with the row, as its source position: whether a letter has been replayed is known
 * from the stream itself, and a crash leaves either both or neither.
 */
import type { FastifyInstance } from "fastify";
import { MillraceError } from "../../base/errors.js";
import type { Batch } from "../../batch/batch.js";
import { DEAD_LETTERS, DEAD_LETTERS_EDGE, LETTER_BYTES_MAX } from "../../log/dead-letters.js";
import type { SourcePosition } from "../../log/log.js";
import type { InputPlan } from "../../plan/resolve.js";
import { ndjsonDecoder } from "../../source/ndjson.js";
import type { DeadLetterAnswer } from "../answers.js";
import type { Context, StreamRow } from "../context.js";
import { committed, readRows } from "../context.js";
import { HttpError } from "../http-error.js";
import { described } from "../openapi.js";

const OFFSET = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER } as const;
const PARTITION = { type: "integer", minimum: 0, maximum: DEAD_LETTERS.partitions - 1 } as const;
/** A corrected line may be longer than what was kept of it. */
const TEXT_MAX = 1 << 20;

export function deadLetterRoutes(server: FastifyInstance, context: Context): void {
  listRoute(server, context);
  replayRoute(server, context);
}

function listRoute(server: FastifyInstance, context: Context): void {
  server.get<{ Querystring: { limit: number; partition?: number; before?: number } }>(
    "/api/dead-letters",
    {
      schema: described(
        "The newest dead letters: bytes as base64, text beside them where they are UTF-8, and when they were replayed.",
        {
          querystring: {
            type: "object",
            additionalProperties: false,
            properties: {
              limit: { type: "integer", minimum: 1, maximum: 10_000, default: 100 },
              partition: { ...PARTITION, description: "0: refused when they came; 1: refused by an operator" },
              before: { ...OFFSET, description: "only those before this offset" },
            },
          },
          answer: {
            type: "array",
            items: {
              type: "object",
              properties: {
                partition: { type: "integer" },
                offset: { type: "integer" },
                row: { type: "object", additionalProperties: true },
                replayed: { type: ["string", "null"], format: "date-time" },
              },
            },
          },
        },
      ),
    },
    async ({ query: { limit, partition, before } }) => {
      const partitions =
        partition === undefined ? Array.from({ length: DEAD_LETTERS.partitions }, (_, p) => p) : [partition];
      const found: StreamRow[] = [];
      for (const one of partitions) {
        const bounds = committed(context, DEAD_LETTERS, one);
        const end = Math.min(bounds.end, before ?? bounds.end);
        const from = Math.max(bounds.start, end - limit);
        if (from < end) found.push(...(await readRows(context, DEAD_LETTERS, one, from, end - from)));
      }
      return found
        .filter(({ offset }) => before === undefined || offset < before)
        .sort((a, b) => String(b.row.at).localeCompare(String(a.row.at)) || b.offset - a.offset)
        .slice(0, limit)
        .map((letter) => letterJson(context, letter));
    },
  );
}

function replayRoute(server: FastifyInstance, context: Context): void {
  const replaying = new Set<number>();
  server.post<{ Params: { partition: number; offset: number }; Body: { text?: string } }>(
    "/api/dead-letters/:partition/:offset/replay",
    {
      bodyLimit: 2 * TEXT_MAX,
      config: { needs: "operate" },
      schema: described("Puts a dead letter into the stream it was meant for, as it was or corrected; once.", {
        params: { type: "object", properties: { partition: PARTITION, offset: OFFSET } },
        body: {
          type: "object",
          additionalProperties: false,
          properties: {
            text: { type: "string", maxLength: TEXT_MAX, description: "one JSON object; without it, as it was" },
          },
        },
        answer: { type: "object", required: ["rows"], properties: { rows: { type: "integer" } } },
      }),
    },
    async ({ params: { partition, offset }, body: { text } }) => {
      const letter = await letterAt(context, partition, offset);
      // Both would find that nothing has been replayed.
      if (replaying.has(offset)) throw again(offset);
      replaying.add(offset);
      try {
        return { rows: await replay(context, letter, text) };
      } finally {
        replaying.delete(offset);
      }
    },
  );
}

async function letterAt(context: Context, partition: number, offset: number): Promise<StreamRow> {
  const [letter] = await readRows(context, DEAD_LETTERS, partition, offset, 1);
  if (letter?.offset !== offset)
    throw new MillraceError("NAME", `there is no dead letter ${partition}/${offset}`, {
      hint: "GET /api/dead-letters lists those there are.",
    });
  if (partition !== DEAD_LETTERS_EDGE)
    throw new HttpError(409, "REQUEST", "the row of this letter is in its stream already: an operator refused it", {
      hint: "Correct the program: started anew it reads the row again.",
    });
  return letter;
}

async function replay(context: Context, letter: StreamRow, text: string | undefined): Promise<number> {
  const { runtime } = context;
  const input = runtime.input(String(letter.row.stream));
  if (replayedAt(context, letter) !== null) throw again(letter.offset);
  const bytes = text === undefined ? Buffer.from(String(letter.row.bytes), "base64") : Buffer.from(text);
  if (text === undefined && bytes.length >= LETTER_BYTES_MAX)
    throw new HttpError(422, "DECODE", `only the first ${LETTER_BYTES_MAX} bytes of this letter were kept`, {
      hint: "Send the whole line as text.",
    });
  try {
    const { rows } = await runtime.take(input, rowOf(input, bytes), [], {
      source: "replay",
      position: positionOf(letter),
      whole: true,
    });
    return rows;
  } catch (error) {
    if (error instanceof MillraceError && error.code === "DECODE")
      throw new HttpError(422, "DECODE", error.message, {
        hint: "Send it corrected, as one JSON object in text.",
        cause: error,
      });
    throw error;
  }
}

/** The one row that the bytes are; throws `DECODE`. */
function rowOf(input: InputPlan, bytes: Uint8Array): Batch {
  const decoder = ndjsonDecoder({ schema: input.declared, file: "replay" });
  decoder.push(bytes);
  decoder.end();
  const [first, ...more] = decoder.take();
  const [dead] = first?.dead ?? [];
  if (dead !== undefined) throw new MillraceError("DECODE", dead.reason);
  if (first === undefined || first.batch.length !== 1 || more.length > 0)
    throw new MillraceError("DECODE", `a letter is one row, and this has ${first?.batch.length ?? 0}`);
  return first.batch;
}

function positionOf({ partition, offset }: StreamRow): SourcePosition {
  return { source: `${DEAD_LETTERS.name}/${partition}/${offset}`, position: 1, line: 1, from: 0, fromLine: 0 };
}

/** Epoch ms; null where it has not been. */
function replayedAt({ runtime }: Context, letter: StreamRow): number | null {
  const { source } = positionOf(letter);
  const input = runtime.plan.inputPlans.find(({ name }) => name === letter.row.stream);
  for (let partition = 0; partition < (input?.partitions ?? 0); partition++) {
    const taken = runtime.log.sourcePosition(String(letter.row.stream), partition, source);
    if (taken !== null) return taken.appendTime;
  }
  return null;
}

function again(offset: number): HttpError {
  return new HttpError(409, "REQUEST", `dead letter ${offset} has been replayed`, {
    hint: "A letter is replayed once; what is sent again goes to the stream's own address.",
  });
}

function letterJson(context: Context, letter: StreamRow): DeadLetterAnswer {
  const { partition, offset, row } = letter;
  const at = replayedAt(context, letter);
  return {
    partition,
    offset,
    row: { ...row, text: textOf(String(row.bytes)) },
    replayed: at === null ? null : new Date(at).toISOString(),
  };
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function textOf(base64: string): string | null {
  try {
    return utf8.decode(Buffer.from(base64, "base64"));
  } catch {
    return null;
  }
}
