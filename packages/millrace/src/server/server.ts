/** The HTTP API of a running program. Loopback unless told otherwise; every answer that is not 2xx is {error: {code, message, hint}}. */
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import fastify, { type FastifyError, type FastifyInstance } from "fastify";
import type { ErrorCode } from "../base/errors.js";
import { MillraceError } from "../base/errors.js";
import { explainPlan } from "../plan/explain.js";
import { checkExposure, refusal } from "./access.js";
import type { Context } from "./context.js";
import { trackEvents } from "./events.js";
import { openMetrics } from "./metrics.js";
import { collectRoutes, described } from "./openapi.js";
import { ingestRoutes } from "./routes/ingest.js";
import { sqlRoutes } from "./routes/sql.js";
import { streamRoutes } from "./routes/streams.js";
import { viewRoutes } from "./routes/views.js";

export interface ServerOptions {
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  readonly token?: string | undefined;
  /** Folder with the console's page. */
  readonly page?: string | undefined;
  readonly verbose?: boolean;
  /** The most bytes of one ingest body. Default 64 MiB. */
  readonly bodyBytesMax?: number;
}

export interface RunningServer {
  readonly url: string;
  close(): Promise<void>;
}

const BODY_BYTES_MAX = 64 << 20;
const STATUS: Partial<Record<ErrorCode, number>> = { NAME: 404, REQUEST: 400, USAGE: 400, DECODE: 400, OVERFLOW: 400, RETENTION: 410, LIMIT: 429, DISK: 507 };

export async function startServer(context: Context, options: ServerOptions): Promise<RunningServer> {
  const { host = "127.0.0.1", port, token } = options;
  checkExposure(host, token);
  const server = fastify({
    logger: options.verbose === true ? { level: "info", redact: ["req.headers.authorization"], stream: process.stderr } : false,
    bodyLimit: options.bodyBytesMax ?? BODY_BYTES_MAX,
    requestTimeout: 120_000,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
  });
  const describe = collectRoutes(server);
  trackEvents(server);
  guard(server, host, token);
  tellErrors(server);
  bodies(server);
  const metrics = openMetrics(context.runtime);
  server.addHook("onResponse", (request, reply, done) => {
    metrics.requests.inc({ method: request.method, route: request.routeOptions.url ?? "none", status: String(reply.statusCode) });
    done();
  });
  server.get("/api/status", { schema: described("Whether it is ready, and how far it is") }, () => context.runtime.status());
  server.get("/api/plan", { schema: described("The program's plan") }, () => explainPlan(context.runtime.plan));
  server.get("/metrics", { schema: described("Prometheus metrics") }, async (_request, reply) => {
    reply.type(metrics.registry.contentType);
    return metrics.text();
  });
  server.get("/openapi.json", { schema: described("This description") }, () => describe(context.runtime.plan));
  ingestRoutes(server, context, options.bodyBytesMax ?? BODY_BYTES_MAX);
  streamRoutes(server, context);
  viewRoutes(server, context);
  sqlRoutes(server, context);
  if (options.page !== undefined) pageRoutes(server, options.page);
  return listen(server, host, port);
}

async function listen(server: FastifyInstance, host: string, port: number): Promise<RunningServer> {
  try {
    const address = await server.listen({ host, port });
    return { url: address.replace("[::1]", "localhost"), close: () => server.close() };
  } catch (error) {
    await server.close();
    const { code } = error as { code?: string };
    if (code === "EADDRINUSE") throw new MillraceError("USAGE", `port ${port} of ${host} is in use`, { hint: "Choose another with --port N, or end what uses it. --port 0 takes any that is free." });
    if (code === "EACCES" || code === "EADDRNOTAVAIL") throw new MillraceError("USAGE", `can't serve at ${host}:${port}: ${(error as Error).message}`);
    throw error;
  }
}

function guard(server: FastifyInstance, host: string, token: string | undefined): void {
  server.addHook("onRequest", async (request, reply) => {
    const { host: asked, origin, authorization } = request.headers;
    const refused = refusal({ host: asked, origin, authorization }, { host, token });
    reply.headers({ "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" });
    if (refused === null) return;
    reply.code(refused.status);
    return reply.send({ error: { code: "REQUEST", message: refused.message } });
  });
}

function tellErrors(server: FastifyInstance): void {
  server.setErrorHandler<FastifyError | MillraceError>((error, _request, reply) => {
    if (error instanceof MillraceError) {
      const { code, message, hint } = error;
      return reply.code(STATUS[code] ?? 500).send({ error: { code, message, ...(hint === undefined ? {} : { hint }) } });
    }
    const status = error.statusCode ?? 500;
    // What is not the client's doing is told without details.
    return reply.code(status).send({ error: { code: "REQUEST", message: status < 500 ? error.message : "something went wrong inside the server" } });
  });
  server.setNotFoundHandler((request, reply) => reply.code(404).send({ error: { code: "NAME", message: `there is nothing at ${request.method} ${request.url.split("?")[0]}` } }));
}

/** JSON for /api/sql; everything else is handed on as a stream of bytes. */
function bodies(server: FastifyInstance): void {
  server.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
  server.addContentTypeParser(["application/x-ndjson", "application/ndjson", "text/plain"], (_request, payload, done) => done(null, payload));
}

const TYPES: Readonly<Record<string, string>> = { ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".svg": "image/svg+xml" };

function pageRoutes(server: FastifyInstance, folder: string): void {
  const policy = "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'";
  const send = async (name: string): Promise<Buffer> => {
    const path = join(folder, normalize(`/${name}`));
    return readFile(path).catch(() => {
      throw new MillraceError("NAME", `there is no page "${name}"`);
    });
  };
  server.get("/", async (_request, reply) => reply.type("text/html; charset=utf-8").header("content-security-policy", policy).send(await send("index.html")));
  server.get<{ Params: { file: string } }>("/console/:file", async (request, reply) => {
    const type = TYPES[extname(request.params.file)];
    if (type === undefined || !/^[a-z][a-z0-9.-]*$/.test(request.params.file)) throw new MillraceError("NAME", `there is no page "${request.params.file}"`);
    return reply.type(type).header("content-security-policy", policy).send(await send(request.params.file));
  });
}
