/**
 * The HTTP API of a running program. On this machine only, unless there is a token. Every answer that is not 2xx is
 * {error: {code, message, hint}}.
 *
 *   request -> Host, Origin, token (access.ts) -> route -> schema -> committed state of the program -> JSON
 */
import type { AddressInfo, Socket } from "node:net";
import type { FastifyInstance } from "fastify";
import fastify from "fastify";
import type { Clock } from "../base/clock.js";
import { systemClock } from "../base/clock.js";
import type { Disk } from "../base/disk.js";
import { MillraceError } from "../base/errors.js";
import { nodeDisk } from "../base/node-disk.js";
import { explainPlan } from "../plan/explain.js";
import { checkExposure, refusal } from "./access.js";
import type { ReadingProgress } from "./answers.js";
import type { Context, Served } from "./context.js";
import { EventStreams } from "./events.js";
import { answer, tellErrors, tellNothingThere } from "./http-error.js";
import type { Metrics } from "./metrics.js";
import { openMetrics } from "./metrics.js";
import { collectRoutes, described } from "./openapi.js";
import { graphRoutes } from "./routes/graph.js";
import type { IngestLimits } from "./routes/ingest.js";
import { ingestRoutes } from "./routes/ingest.js";
import type { PageFiles } from "./routes/page.js";
import { pageRoutes } from "./routes/page.js";
import { sqlRoutes } from "./routes/sql.js";
import { streamRoutes } from "./routes/streams.js";
import { viewRoutes } from "./routes/views.js";

export interface ServerOptions extends IngestLimits {
  /** 0: any that is free. */
  readonly port: number;
  /** Default: localhost, by both its addresses. Anything else needs a token. */
  readonly host?: string | undefined;
  readonly token?: string | undefined;
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

const REQUEST_MS_MAX = 300_000;
const CLOSE_MS_MAX = 5000;
const SWEEP_MS = 50;
const CONNECTIONS_MAX = 1024;

/** Throws `USAGE` for an address that cannot be served without a token, `REQUEST` for one that cannot be had. */
export async function startServer(served: Served, options: ServerOptions): Promise<RunningServer> {
  const { host = "localhost", port, token, clock = systemClock, disk = nodeDisk } = options;
  checkExposure(host, token);
  const context: Context = { runtime: served.runtime, sql: served.sql, clock, disk };
  const server = fastify({
    logger: options.verbose === true ? { level: "info", stream: process.stderr } : false,
    bodyLimit: 1 << 20,
    requestTimeout: REQUEST_MS_MAX,
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: 200 },
    ajv: { customOptions: { removeAdditional: false, coerceTypes: true, useDefaults: true, allErrors: false } },
  });
  server.server.maxConnections = CONNECTIONS_MAX;
  const connections = connectionsOf(server);
  const table = collectRoutes(server);
  const metrics = openMetrics(context.runtime, clock);
  server.addHook("onClose", async () => metrics.close());
  guard(server, token);
  measure(server, metrics);
  tellErrors(server);
  tellNothingThere(server, table.methodsAt);
  const events = new EventStreams(server, clock);
  programRoutes(server, context, metrics, options);
  server.get("/openapi.json", { schema: described("This description", { answer: { type: "object" } }) }, () =>
    table.describe(context.runtime.plan),
  );
  const intake = ingestRoutes(server, context, options);
  graphRoutes(server, context, events, { intake, progress: () => options.progress?.() ?? null });
  streamRoutes(server, context, events);
  viewRoutes(server, context, events);
  sqlRoutes(server, context);
  pageRoutes(server, options.page ?? null);
  const url = await listen(server, host, port);
  return { url, close: () => close(server, connections, clock) };
}

function programRoutes(
  server: FastifyInstance,
  { runtime }: Context,
  metrics: Metrics,
  { progress }: ServerOptions,
): void {
  const status = {
    type: "object",
    required: ["ready", "events", "alerts"],
    properties: { ready: { type: "boolean" }, events: { type: "integer" }, alerts: { type: "integer" } },
  };
  server.get(
    "/api/status",
    { schema: described("Whether it is ready, and how far it is", { answer: status }) },
    () => ({
      ...runtime.status(),
      progress: progress?.() ?? null,
    }),
  );
  server.get("/api/plan", { schema: described("The program's plan", { answer: { type: "object" } }) }, () =>
    explainPlan(runtime.plan),
  );
  server.get(
    "/metrics",
    { schema: described("Prometheus metrics", { answers: ["text/plain"] }) },
    async (_request, reply) => {
      reply.type(metrics.contentType);
      return metrics.text();
    },
  );
}

async function listen(server: FastifyInstance, host: string, port: number): Promise<string> {
  try {
    await server.listen({ host, port });
  } catch (error) {
    await server.close();
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
  return `http://${name}:${bound?.port ?? port}`;
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
function guard(server: FastifyInstance, token: string | undefined): void {
  server.addHook("onRequest", async (request, reply) => {
    const { host, origin, authorization } = request.headers;
    reply.headers({
      "x-content-type-options": "nosniff",
      "referrer-policy": "no-referrer",
      "cross-origin-resource-policy": "same-origin",
    });
    const open = request.routeOptions.config.open === true;
    const refused = refusal({ host, origin, authorization }, token, open);
    if (refused === null) return;
    if (refused.status === 401) reply.header("www-authenticate", "Bearer");
    return answer(reply, refused.status, "REQUEST", refused.message, refused.hint);
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
  }
}
