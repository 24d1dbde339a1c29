/** The API's description, made from the routes as they are registered. */
import type { FastifyInstance, FastifySchema, RouteOptions } from "fastify";
import type { ResolvedPlan } from "../plan/resolve.js";
import { rowSchema } from "./row-json.js";

/** A route's schema with one line for the description. */
export function described(summary: string, schema: FastifySchema = {}): FastifySchema {
  return Object.assign({ summary }, schema);
}

interface RouteSchema {
  readonly summary?: string;
  readonly params?: { readonly properties?: Readonly<Record<string, object>> };
  readonly querystring?: { readonly properties?: Readonly<Record<string, object>> };
  readonly body?: object;
}

/** Collects routes from now on; call before any is registered. Gives the description. */
export function collectRoutes(server: FastifyInstance): (plan: ResolvedPlan) => object {
  const routes: RouteOptions[] = [];
  server.addHook("onRoute", (route) => {
    if (route.method !== "HEAD" && route.url !== "*" && route.schema !== undefined) routes.push(route);
  });
  return (plan) => ({
    openapi: "3.1.0",
    info: { title: `Millrace: ${plan.app}`, version: "1", description: "Streams, views and SQL of a running Millrace program." },
    paths: pathsOf(routes),
    components: {
      schemas: Object.fromEntries([
        ...plan.views.map(({ name, schema }) => [`view_${name}`, rowSchema(schema)]),
        ...plan.inputs.map(({ name, schema }) => [`stream_${name}`, rowSchema(schema)]),
        ...plan.published.map(({ name, schema }) => [`stream_${name}`, rowSchema(schema)]),
        ["error", { type: "object", properties: { error: { type: "object", properties: { code: { type: "string" }, message: { type: "string" }, hint: { type: "string" } } } } }],
      ]),
    },
  });
}

function pathsOf(routes: readonly RouteOptions[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const path = route.url.replace(/:(\w+)/g, "{$1}");
    const schema = route.schema as RouteSchema;
    for (const method of [route.method].flat()) {
      const operations = paths[path] ?? {};
      operations[method.toLowerCase()] = operationOf(schema, method);
      paths[path] = operations;
    }
  }
  return paths;
}

function operationOf(schema: RouteSchema, method: string): object {
  const parameter = (place: "path" | "query", required: boolean) => ([name, own]: [string, object]) => ({ name, in: place, required, schema: own });
  const error = { content: { "application/json": { schema: { $ref: "#/components/schemas/error" } } } };
  const body = schema.body ?? (method === "POST" ? { type: "string", description: "NDJSON" } : undefined);
  return {
    summary: schema.summary ?? "",
    parameters: [
      ...Object.entries(schema.params?.properties ?? {}).map(parameter("path", true)),
      ...Object.entries(schema.querystring?.properties ?? {}).map(parameter("query", false)),
    ],
    ...(body === undefined ? {} : { requestBody: { content: { [schema.body === undefined ? "application/x-ndjson" : "application/json"]: { schema: body } } } }),
    responses: { "200": { description: "As asked" }, "400": { description: "Not understood", ...error }, "401": { description: "No token", ...error }, "404": { description: "No such thing", ...error } },
  };
}
