/**
 * The API's description, made from the routes as they are registered: whatever answers is described, with the schemas
 * that check it. The program's own streams and views come on top, each with the columns of its rows.
 */
import type { FastifyInstance, FastifySchema, RouteOptions } from "fastify";
import { rowSchema, typeSchema } from "../batch/row-json.js";
import type { StreamSpec } from "../log/log.js";
import type { ResolvedPlan } from "../plan/resolve.js";
import { TIME_COLUMN } from "../plan/resolve.js";
import type { ViewSpec } from "../view/store.js";

/** What a route says of itself beside what is checked. */
export interface Description extends FastifySchema {
  /** JSON Schema of the answer; text where not given. */
  readonly answer?: object;
  /** Media types of the answer; JSON where not given. */
  readonly answers?: readonly string[];
  /** Media types of the body; JSON where there is a body schema. */
  readonly takes?: readonly string[];
}

/** A route's schema with one line for the description. */
export function described(summary: string, schema: Description = {}): FastifySchema {
  return Object.assign({ summary }, schema);
}

interface RouteSchema extends Description {
  readonly summary?: string;
}

export interface RouteTable {
  describe(plan: ResolvedPlan): object;
  /** Methods that are understood at a path. */
  methodsAt(path: string): readonly string[];
}

/** Collects routes from now on: call before any is registered. */
export function collectRoutes(server: FastifyInstance): RouteTable {
  const routes: RouteOptions[] = [];
  server.addHook("onRoute", (route) => {
    if (route.method !== "HEAD") routes.push(route);
  });
  let described: ApiDescription["paths"] | undefined;
  return {
    describe(plan) {
      const description = describe(routes, plan);
      described = description.paths;
      return description;
    },
    methodsAt(path) {
      const own = described?.[path];
      if (own !== undefined) return Object.keys(own).map((method) => method.toUpperCase());
      const found = routes.filter(({ url }) =>
        new RegExp(`^${url.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/:\w+/g, "[^/]+")}$`).test(path),
      );
      return [...new Set(found.flatMap(({ method }) => method))];
    },
  };
}

interface ApiDescription extends Record<string, unknown> {
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
}

/** What putting rows into a stream answers. */
export const INGESTED = {
  type: "object",
  required: ["rows", "refused", "deadLetters"],
  properties: {
    rows: { type: "integer", description: "rows that are durable in the stream" },
    refused: { type: "integer", description: "lines that are durable among the dead letters" },
    deadLetters: { type: "array", items: { type: "string" }, description: "why, the first of them" },
  },
} as const;

function describe(routes: readonly RouteOptions[], plan: ResolvedPlan): ApiDescription {
  const paths: Record<string, Record<string, object>> = {};
  for (const { url, method, schema } of routes) {
    if (schema === undefined) continue;
    const path = url.replace(/:(\w+)/g, "{$1}");
    for (const name of [method].flat())
      paths[path] = { ...paths[path], [name.toLowerCase()]: operationOf(schema as RouteSchema) };
  }
  for (const view of plan.views) paths[`/api/views/${view.name}`] = viewPath(view);
  for (const stream of [...plan.inputs, ...plan.published])
    paths[`/api/streams/${stream.name}`] = streamPath(stream, plan);
  return {
    openapi: "3.1.0",
    info: {
      title: `Millrace: ${plan.app}`,
      version: plan.hash,
      description:
        "Streams, views and SQL of a running Millrace program. Reading is as of the last commit; X-Millrace-Epoch says which.",
    },
    paths,
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      schemas: {
        ...Object.fromEntries(plan.views.map(({ name, schema }) => [`view_${name}`, rowSchema(schema)])),
        ...Object.fromEntries(
          [...plan.inputs, ...plan.published].map(({ name, schema }) => [
            `stream_${name}`,
            // Rows are shown without it.
            rowSchema({ fields: schema.fields.filter((f) => f.name !== TIME_COLUMN) }),
          ]),
        ),
        error: ERROR,
      },
    },
    security: [{}, { token: [] }],
  };
}

const ERROR = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message"],
      properties: {
        code: { type: "string" },
        message: { type: "string" },
        hint: { type: "string", description: "what to do next" },
      },
    },
  },
};

const REFUSED = {
  description: "Refused",
  content: { "application/json": { schema: { $ref: "#/components/schemas/error" } } },
};

function operationOf({
  summary = "",
  params,
  querystring,
  body,
  answer,
  answers = ["application/json"],
  takes,
}: RouteSchema): object {
  const media = takes ?? (body === undefined ? [] : ["application/json"]);
  return {
    summary,
    parameters: [...parameters("path", params), ...parameters("query", querystring)],
    ...(media.length === 0
      ? {}
      : { requestBody: { required: true, content: contentOf(media, (body as object | undefined) ?? TEXT) } }),
    responses: { "200": { description: "As asked", content: contentOf(answers, answer ?? TEXT) }, default: REFUSED },
  };
}

const TEXT = { type: "string" };

/** Only JSON has the schema's shape; CSV and event streams are text. */
function contentOf(media: readonly string[], schema: object): object {
  return Object.fromEntries(media.map((type) => [type, { schema: type.endsWith("json") ? schema : TEXT }]));
}

function parameters(place: "path" | "query", schema: unknown): object[] {
  const { properties = {} } = (schema ?? {}) as {
    readonly properties?: Readonly<Record<string, { readonly description?: string }>>;
  };
  return Object.entries(properties).map(([name, { description, ...own }]) => ({
    name,
    in: place,
    required: place === "path",
    ...(description === undefined ? {} : { description }),
    schema: own,
  }));
}

function viewPath({ name, key, schema }: ViewSpec): Record<string, object> {
  const rows = { type: "array", items: { $ref: `#/components/schemas/view_${name}` } };
  const columns = key.map((column) => {
    const type = schema.fields.find((f) => f.name === column)?.type ?? { kind: "string" as const };
    return { name: column, in: "query", required: false, schema: typeSchema(type) };
  });
  return {
    get: { ...operationOf({ summary: `Rows of ${name}, by ${key.join(", ")}`, answer: rows }), parameters: columns },
  };
}

function streamPath({ name }: StreamSpec, plan: ResolvedPlan): Record<string, object> {
  const row = { $ref: `#/components/schemas/stream_${name}` };
  const rows = {
    type: "array",
    items: { type: "object", properties: { partition: { type: "integer" }, offset: { type: "integer" }, row } },
  };
  const get = operationOf({ summary: `Rows of ${name} in offset order`, answer: rows });
  if (!plan.inputs.some((input) => input.name === name)) return { get };
  return {
    get,
    post: operationOf({
      summary: `Put rows into ${name}, one JSON object a line`,
      body: row,
      takes: ["application/x-ndjson"],
      answer: INGESTED,
    }),
  };
}
