/** Reading views: one row by key, a range by the first key columns, and changes as they are committed. */
import type { FastifyInstance, FastifyReply } from "fastify";
import { MillraceError, suggest } from "../../base/errors.js";
import { parseInstant } from "../../base/time.js";
import type { Field } from "../../schema/column-type.js";
import { KeyCodec } from "../../view/key-codec.js";
import { forEachChange } from "../../view/packed-changes.js";
import { RowCodec } from "../../view/row-codec.js";
import type { ViewSpec } from "../../view/store.js";
import { keyFields } from "../../view/view-key.js";
import type { Context } from "../context.js";
import { described } from "../openapi.js";
import { viewNamed } from "../context.js";
import { openEvents } from "../events.js";
import { rowJson } from "../row-json.js";

/** Query words that are not key columns. */
const WORDS = new Set(["limit", "reverse", "after"]);
const PARAMS = { type: "object", properties: { name: { type: "string" } }, required: ["name"] } as const;

export function viewRoutes(server: FastifyInstance, context: Context): void {
  const { runtime } = context;
  server.get("/api/views", { schema: described("Views with their columns, keys and numbers of rows") }, () => {
    const rows = new Map(runtime.status().views.map((view) => [view.name, view.rows]));
    return runtime.plan.views.map(({ name, key, schema }) => ({ name, key, columns: schema.fields, rows: rows.get(name) ?? 0 }));
  });
  server.get<{ Params: { name: string }; Querystring: Record<string, string> }>(
    "/api/views/:name",
    {
      schema: described("Rows of a view in key order. Key columns as query words: all of them for one row, the first few for a range.", {
        params: PARAMS,
        querystring: {
          type: "object",
          additionalProperties: { type: "string" },
          properties: {
            limit: { type: "integer", minimum: 1, maximum: 10_000, default: 1000 },
            reverse: { type: "boolean", default: false },
            after: { type: "string", description: "X-Millrace-Next of the page before" },
          },
        },
      }),
    },
    (request, reply) => readView(context, viewNamed(context, request.params.name), request.query as unknown as ViewQuery, reply),
  );
  server.get<{ Params: { name: string } }>(
    "/api/views/:name/changes",
    { schema: described("A view's rows, then its changes as they are committed, as server-sent events", { params: PARAMS }) },
    (request, reply) => {
      const view = viewNamed(context, request.params.name);
      const rows = new RowCodec(view.schema);
      const keys = new KeyCodec(keyFields(view));
      const events = openEvents(request, reply, server);
      const stop = runtime.engine.onCommit(({ epoch }, results) => {
        for (const changes of results.flatMap((result) => result.views))
          if (changes.view === view.name)
            forEachChange(changes, (key, value) => {
              if (value.length > 0) events.send("row", String(epoch), rowJson(view.schema, rows.decode(value)));
              else events.send("delete", String(epoch), Object.fromEntries(view.key.map((name, k) => [name, keys.decode(key)[k]])));
            });
      });
      events.onClose(stop);
      const reader = runtime.store.read();
      try {
        for (const { value } of reader.range(view.name, {})) events.send("row", String(reader.commit?.epoch ?? 0), rowJson(view.schema, rows.decode(value)));
        events.send("ready", String(reader.commit?.epoch ?? 0), {});
      } finally {
        reader.close();
      }
      return reply;
    },
  );
}

type ViewQuery = Record<string, string> & { limit: number; reverse: boolean; after?: string };

function readView({ runtime }: Context, view: ViewSpec, query: ViewQuery, reply: FastifyReply): unknown {
  const fields = keyFields(view);
  const keys = new KeyCodec(fields);
  const rows = new RowCodec(view.schema);
  const values = keyValues(view, fields, query);
  const reader = runtime.store.read();
  try {
    reply.header("x-millrace-epoch", String(reader.commit?.epoch ?? 0));
    if (values.length === fields.length && fields.length > 0) {
      const value = reader.get(view.name, keys.encode(values));
      return value === null ? [] : [rowJson(view.schema, rows.decode(value))];
    }
    const { from, to } = keys.encodePrefix(values);
    const after = query.after === undefined ? null : Buffer.from(query.after, "base64url");
    const bounds = after === null ? { from, to } : query.reverse ? { from, to: after } : { from: Buffer.concat([after, Buffer.from([0])]), to };
    const found = [...reader.range(view.name, { ...bounds, limit: query.limit, reverse: query.reverse })];
    const last = found[found.length - 1];
    if (last !== undefined && found.length === query.limit) reply.header("x-millrace-next", Buffer.from(last.key).toString("base64url"));
    return found.map(({ value }) => rowJson(view.schema, rows.decode(value)));
  } finally {
    reader.close();
  }
}

/** The key columns that the query gives, which must be the first ones. */
function keyValues(view: ViewSpec, fields: readonly Field[], query: ViewQuery): unknown[] {
  const given = Object.keys(query).filter((word) => !WORDS.has(word));
  for (const word of given)
    if (!view.key.includes(word)) throw new MillraceError("REQUEST", `"${word}" is not a key column of "${view.name}"`, { hint: suggest(word, view.key) });
  const values: unknown[] = [];
  for (const f of fields) {
    if (query[f.name] === undefined) break;
    values.push(keyValue(f, query[f.name] as string));
  }
  if (values.length < given.length)
    throw new MillraceError("REQUEST", `the key of "${view.name}" is ${view.key.join(", ")}: give its first columns`, { hint: "Other questions are for SQL." });
  return values;
}

function keyValue(f: Field, text: string): unknown {
  switch (f.type.kind) {
    case "string":
    case "oneOf":
    case "decimal":
      return text;
    case "bool":
      if (text === "true" || text === "false") return text === "true";
      break;
    case "int64":
    case "timestampNs":
      if (/^-?\d{1,19}$/.test(text)) return BigInt(text);
      break;
    case "timestamp": {
      const ms = parseInstant(text) ?? (/^-?\d{1,16}$/.test(text) ? Number(text) : null);
      if (ms !== null) return ms;
      break;
    }
    default:
      if (text.trim() !== "" && Number.isFinite(Number(text))) return Number(text);
  }
  throw new MillraceError("REQUEST", `"${text}" is not a value of the key column "${f.name}" (${f.type.kind})`);
}
