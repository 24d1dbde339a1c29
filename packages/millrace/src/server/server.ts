/**
 * The HTTP API of a running program. On this machine only, unless there is a token. Every answer that is not 2xx is
 * {error: {code, message, hint}}.
 *
 *   request -> Host, Origin, token (access.ts) -> route -> schema -> committed state of the program -> JSON
 */
import type { Server as HttpServer, RequestListener } from "node:http";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance } from "fastify";
import fastify from "fastify";
import type { Clock } from "../base/clock.js";
import { systemClock } from "../base/clock.js";
import type { Disk } from "../base/disk.js";
import { MillraceError } from "../base/errors.js";
import { nodeDisk } from "../base/node-disk.js";
import { checkExposure, refusal } from "./access.js";
import type { Context, Served } from "./context.js";
import { EventStreams } from "./events.js";
import { answer, HttpError, tellErrors, tellNothingThere } from "./http-error.js";
import type { Metrics } from "./metrics.js";
import { openMetrics } from "./metrics.js";
import { collectRoutes, described } from "./openapi.js";
import type { Role, TokenEntry, TokenList } from "./roles.js";
import { single } from "./roles.js";
import { deadLetterRoutes } from "./routes/dead-letters.js";
import { graphRoutes } from "./routes/graph.js";
import type { IngestLimits } from "./routes/ingest.js";
import { ingestRoutes } from "./routes/ingest.js";
import type { PageFiles } from "./routes/page.js";
import { pageRoutes } from "./routes/page.js";
import { accessRoute, programRoutes } from "./routes/program.js";
import { ruleRoutes } from "./routes/rules.js";
import { sqlRoutes } from "./routes/sql.js";
import { streamRoutes } from "./routes/streams.js";
import { viewRoutes } from "./routes/views.js";
import type { ReadingProgress } from "./status.js";

export interface ServerOptions extends IngestLimits {
  /** 0: any that is free. */
  readonly port: number;
  /** Default: localhost, by both its addresses. Anything else needs a token. */
  readonly host?: string | undefined;
  /** One token that may do everything. */
  readonly token?: string | undefined;
  /** Tokens with roles; without any, and without `token`, everything may be asked by whoever reaches the server. */
  readonly tokens?: TokenList | undefined;
  /** PEM of certificate (chain) and key: then it speaks HTTPS. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** Requests a second that one client address may make. Default 2,000. */
  readonly rate?: number | undefined;
  /** The console's files; without them "/" says where the API is. */
  readonly page?: PageFiles | undefined;
  /** Logs every request to standard error, as JSON lines. */
  readonly verbose?: boolean;
  /** What is being read just now, for /api/status; null when nothing is. */
  readonly progress?: (() => ReadingProgress | null) | undefined;
  readonly clock?: Clock;
  readonly disk?: Disk;
}

export interface RunningServer {
  /** http://127.0.0.1:PORT */
  readonly url: string;
  /** Answers what was asked, ends event streams, and cuts what is still open after 5 s. */
  close(): Promise<void>;
}

const RATE = 2000;
const HEADER_BYTES_MAX = 65_536;
const SECRET_HEADERS = ["req.headers.authorization", "req.headers.cookie", 'req.headers["idempotency-key"]'];
const REQUEST_MS_MAX = 300_000;
const CLOSE_MS_MAX = 5000;
const SWEEP_MS = 50;
const CONNECTIONS_MAX = 1024;

/** Throws `USAGE` for an address that cannot be served without a token, `REQUEST` for one that cannot be had. */
export async function startServer(served: Served, options: ServerOptions): Promise<RunningServer> {
  const { host = "localhost", port, token, tokens, tls, clock = systemClock, disk = nodeDisk } = options;
  const known = (): readonly TokenEntry[] => [...single(token), ...(tokens?.entries() ?? [])];
  checkExposure(host, known().length > 0);
  const context: Context = { runtime: served.runtime, sql: served.sql, clock, disk };
  const server = fastify({
    logger: options.verbose === true ? { level: "info", stream: process.stderr, redact: SECRET_HEADERS } : false,
    bodyLimit: 1 << 20,
    serverFactory: (handler) => listener(handler, tls),
    frameworkErrors: (error, _request, reply) => {
      // An address that the router can't take apart.
      const long = error.code === "FST_ERR_MAX_PARAM_LENGTH";
      answer(reply, 400, "REQUEST", long ? "a name in the address is too long" : "the address is not valid");
    },
    clientErrorHandler: tellNoRequest,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: 200 },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true, useDefaults: true, allErrors: false } },
  });
  server.server.maxConnections = CONNECTIONS_MAX;
  try {
    const connections = connectionsOf(server);
    await allRoutes(server, context, known, options);
    const url = await listen(server, host, port, tls === undefined ? "http" : "https");
    return { url, close: () => close(server, connections, clock) };
  } catch (error) {
    await server.close();
    throw error;
  }
}

async function allRoutes(
  server: FastifyInstance,
  context: Context,
  known: () => readonly TokenEntry[],
  options: ServerOptions,
): Promise<void> {
  const { runtime, clock } = context;
  const table = collectRoutes(server);
  const metrics = openMetrics(runtime, clock);
  server.addHook("onClose", async () => metrics.close());
  await server.register(rateLimit, { max: options.rate ?? RATE, timeWindow: 1000, errorResponseBuilder: tooMany });
  const nothingThere = tellNothingThere(server, table.methodsAt);
  guard(server, { known, clock, nothingThere });
  measure(server, metrics);
  tellErrors(server);
  const events = new EventStreams(server, clock);
  const progress = (): ReadingProgress | null => options.progress?.() ?? null;
  accessRoute(server, known, clock);
  programRoutes(server, context, { metrics, progress });
  server.get("/openapi.json", { schema: described("This description", { answer: { type: "object" } }) }, () =>
    table.describe(runtime.plan),
  );
  const intake = ingestRoutes(server, context, options);
  graphRoutes(server, context, events, { intake, progress });
  streamRoutes(server, context, events);
  deadLetterRoutes(server, context);
  viewRoutes(server, context, events);
  ruleRoutes(server, context);
  sqlRoutes(server, context);
  pageRoutes(server, options.page ?? null);
  table.describe(runtime.plan);
}

async function listen(server: FastifyInstance, host: string, port: number, scheme: string): Promise<string> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === "EADDRINUSE")
      throw new MillraceError("REQUEST", `port ${port} is in use`, {
        hint: "Choose another with --port N (0 takes any that is free), or end what uses it.",
        cause: error,
      });
    if (code === "EACCES")
      throw new MillraceError("REQUEST", `port ${port} may not be used: it needs more rights`, {
        hint: "Choose one from 1024 on.",
        cause: error,
      });
    throw new MillraceError("REQUEST", `${host}:${port} can't be served: ${message}`, { cause: error });
  }
  const bound = server.server.address() as AddressInfo | null;
  const name =
    host === "localhost" || host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;
  return `${scheme}://${name}:${bound?.port ?? port}`;
}

/** Remembers open connections, for `close`. */
function connectionsOf(server: FastifyInstance): ReadonlySet<Socket> {
  const open = new Set<Socket>();
  server.server.on("connection", (socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  return open;
}

async function close(server: FastifyInstance, connections: ReadonlySet<Socket>, clock: Clock): Promise<void> {
  const cut = clock.after(CLOSE_MS_MAX, () => server.server.closeAllConnections());
  let cancel: () => void = () => {};
  // Node waits for connections on which nothing was asked yet (clients open some ahead), and for those that had just
  // been answered, and so were not idle, when the closing began.
  const sweep = (): void => {
    server.server.closeIdleConnections();
    for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
    cancel = clock.after(SWEEP_MS, sweep);
  };
  sweep();
  try {
    await server.close();
  } finally {
    cancel();
    cut();
  }
}

/** Refuses what may not be asked, before anything of it is read. */
interface Guard {
  readonly known: () => readonly TokenEntry[];
  readonly clock: Clock;
  readonly nothingThere: ReturnType<typeof tellNothingThere>;
}

function guard(server: FastifyInstance, { known, clock, nothingThere }: Guard): void {
  let guarded = false;
  server.addHook("onRequest", async (request, reply) => {
    const tokens = known();
    guarded ||= tokens.length > 0;
    const { host, origin, authorization } = request.headers;
    reply.headers({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-resource-policy": "same-origin",
    });
    const { open, needs } = request.routeOptions.config;
    // What says nothing may be read by readers, and done by nobody but the owner.
    const need = open === true ? null : (needs ?? (/^(?:GET|HEAD)$/.test(request.method) ? "read" : "admin"));
    const refused = refusal({ host, origin, authorization }, { guarded, tokens, need, clock });
    // What no route has is answered before a body is looked at.
    if (refused === null && request.is404) return nothingThere(request, reply);
    if (refused === null) return;
    if (refused.status === 401) reply.header("www-authenticate", "Bearer");
    return answer(reply, refused.status, "REQUEST", refused.message, refused.hint);
  });
}

function listener(handler: RequestListener, tls: ServerOptions["tls"]): HttpServer {
  const options = { maxHeaderSize: HEADER_BYTES_MAX, requestTimeout: REQUEST_MS_MAX };
  return tls === undefined
    ? createHttpServer(options, handler)
    : (createHttpsServer({ ...options, ...tls, minVersion: "TLSv1.2" }, handler) as unknown as HttpServer);
}

/** For bytes that are no HTTP request: Node has parsed nothing that could be answered otherwise. */
function tellNoRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed) return;
  const long = error.code === "HPE_HEADER_OVERFLOW";
  const [status, message] = long
    ? ["431 Request Header Fields Too Large", `the address and headers have more than ${HEADER_BYTES_MAX} bytes`]
    : error.code === "ERR_HTTP_REQUEST_TIMEOUT"
      ? ["408 Request Timeout", "the request took too long to arrive"]
      : ["400 Bad Request", "that is no HTTP request"];
  const body = JSON.stringify({ error: { code: "REQUEST", message } });
  if (socket.writable)
    socket.write(
      `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    );
  socket.destroy(error);
}

/** Told before anything of the request is read. */
function tooMany(_request: unknown, { max, ttl }: { max: number; ttl: number }): HttpError {
  return new HttpError(429, "LIMIT", `more than ${max} requests in a second come from this address`, {
    hint: "Send more rows with each request, or start the server with a higher --rate.",
    headers: { "retry-after": String(Math.max(1, Math.ceil(ttl / 1000))) },
  });
}

function measure(server: FastifyInstance, metrics: Metrics): void {
  server.addHook("onResponse", (request, reply, done) => {
    const route = request.routeOptions.url ?? "none";
    metrics.requests.inc({ method: request.method, route, status: String(reply.statusCode) });
    metrics.seconds.observe({ route }, reply.elapsedTime / 1000);
    done();
  });
}

declare module "fastify" {
  interface FastifyContextConfig {
    /** Holds no data: may be asked for without a token. */
    open?: boolean;
    /** The role it needs; reading needs "read" where nothing is said. */
    needs?: Role;
  }
}
