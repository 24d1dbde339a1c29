/** Errors as HTTP answers: {error: {code, message, hint}}, with the status that the code means unless one is given. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { ErrorCode, ErrorDetails } from "../base/errors.js";
import { MillraceError } from "../base/errors.js";

/** What a client is told; `also` is put beside "error" in the answer (how much of a body was taken, say). */
export class HttpError extends MillraceError {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly also: Readonly<Record<string, unknown>>;

  constructor(status: number, code: ErrorCode, message: string, details: HttpErrorDetails = {}) {
    super(code, message, details);
    this.status = status;
    this.headers = details.headers ?? {};
    this.also = details.also ?? {};
  }
}

export interface HttpErrorDetails extends ErrorDetails {
  readonly headers?: Readonly<Record<string, string>>;
  readonly also?: Readonly<Record<string, unknown>>;
}

const STATUS: Readonly<Record<ErrorCode, number>> = {
  PROGRAM: 500,
  NAME: 404,
  DECODE: 400,
  OVERFLOW: 400,
  CORRUPT: 500,
  DATA_DIR: 503,
  DISK: 507,
  RETENTION: 410,
  LIMIT: 429,
  REQUEST: 400,
  WORKER: 503,
  SINK: 502,
  USAGE: 400,
};

/** Every error of every route ends here. What is not the client's doing is told without details, and logged. */
export function tellErrors(server: FastifyInstance): void {
  server.setErrorHandler<FastifyError | MillraceError>((error, request, reply) => {
    if (error instanceof MillraceError) {
      const status = error instanceof HttpError ? error.status : STATUS[error.code];
      if (status >= 500) request.log.error(error);
      if (status === 429) reply.header("retry-after", "1");
      if (error instanceof HttpError) reply.headers(error.headers);
      return answer(reply, status, error.code, error.message, error.hint, error instanceof HttpError ? error.also : {});
    }
    const status = error.statusCode ?? 500;
    if (status >= 500) request.log.error(error);
    const message =
      status >= 500
        ? "something went wrong inside the server"
        : error.validation === undefined
          ? error.message
          : invalidText(error);
    return answer(reply, status, "REQUEST", message, status < 500 ? undefined : "Its log says more: --verbose.");
  });
}

/** What a schema refused, in the words of the request: `limit must be <= 10000`. */
function invalidText({ validation = [], validationContext, message }: FastifyError): string {
  const [first] = validation;
  if (first === undefined) return message;
  const name = first.instancePath.replace(/^\//, "").replaceAll("/", ".");
  const { additionalProperty } = first.params as { additionalProperty?: string };
  if (additionalProperty !== undefined) return `"${additionalProperty}" is not understood here`;
  const where = validationContext === "body" ? "the body" : "the request";
  return `${name === "" ? where : name} ${first.message ?? "is not valid"}`;
}

/** Answers for addresses that no route has: 405 where another method would be understood. */
export function tellNothingThere(
  server: FastifyInstance,
  methodsAt: (path: string) => readonly string[],
): (request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  const tell = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const path = request.url.split("?")[0] as string;
    const methods = methodsAt(path);
    if (methods.length === 0)
      return answer(reply, 404, "NAME", `there is nothing at ${path}`, "GET /openapi.json lists what there is.");
    reply.header("allow", methods.join(", "));
    return answer(
      reply,
      405,
      "REQUEST",
      `${request.method} is not understood at ${path}`,
      `It takes ${methods.join(" and ")}.`,
    );
  };
  server.setNotFoundHandler(tell);
  return tell;
}

export function answer(
  reply: FastifyReply,
  status: number,
  code: ErrorCode,
  message: string,
  hint?: string,
  also: object = {},
): FastifyReply {
  return reply
    .code(status)
    .type("application/json; charset=utf-8")
    .send({ error: { code, message, ...(hint === undefined ? {} : { hint }) }, ...also });
}
