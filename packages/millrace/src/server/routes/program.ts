/** The program as a whole: its status, plan, sinks and metrics, and who asks. */
import type { FastifyInstance } from "fastify";
import type { Clock } from "../../base/clock.js";
import { explainPlan } from "../../plan/explain.js";
import { tokenIn } from "../access.js";
import type { AccessAnswer } from "../answers.js";
import type { Context } from "../context.js";
import type { Metrics } from "../metrics.js";
import { described } from "../openapi.js";
import type { TokenEntry } from "../roles.js";
import { grantsOf, holderOf, ROLES } from "../roles.js";
import type { ReadingProgress } from "../status.js";
import { apiStatus, STATUS_SCHEMA } from "../status.js";

export function accessRoute(server: FastifyInstance, known: () => readonly TokenEntry[], clock: Clock): void {
  server.get(
    "/api/access",
    {
      schema: described("What the token that asks may do; everything where none is asked for", {
        answer: {
          type: "object",
          required: ["name", "may"],
          properties: {
            name: { type: ["string", "null"] },
            may: { type: "array", items: { type: "string", enum: ROLES } },
          },
        },
      }),
    },
    ({ headers }): AccessAnswer => {
      const holder = holderOf(known(), tokenIn(headers.authorization), clock);
      return { name: holder?.name ?? null, may: grantsOf(holder?.role ?? "admin") };
    },
  );
}

export function programRoutes(
  server: FastifyInstance,
  { runtime }: Context,
  { metrics, progress }: { readonly metrics: Metrics; readonly progress: () => ReadingProgress | null },
): void {
  server.get(
    "/api/status",
    { schema: described("Whether it is ready, and how far it is", { answer: STATUS_SCHEMA }) },
    () => apiStatus(runtime, progress()),
  );
  server.get(
    "/api/sinks",
    {
      schema: described("Where rows of views are delivered to, and how far that is", {
        answer: { type: "array", items: { type: "object", additionalProperties: true } },
      }),
    },
    () => runtime.sinks(),
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
