/** The console's page: files held in memory, with a policy that lets it talk to this server only. */
import type { FastifyInstance, FastifyReply } from "fastify";
import { MillraceError, suggest } from "../../base/errors.js";

/** File name -> bytes; "index.html" is "/", the others are below "/console/". */
export type PageFiles = ReadonlyMap<string, Uint8Array>;

const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
  json: "application/json",
  png: "image/png",
  woff2: "font/woff2",
};

const HEADERS = {
  "content-security-policy":
    "default-src 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'; form-action 'none'",
  "x-frame-options": "DENY",
} as const;

/** Names with a hash of their content never change what they stand for. */
const HASHED = /-[\w-]{8}\.(?:js|css)$/;

export function pageRoutes(server: FastifyInstance, files: PageFiles | null): void {
  const send = (reply: FastifyReply, name: string): FastifyReply => {
    const bytes = files?.get(name);
    if (bytes === undefined)
      throw new MillraceError("NAME", `there is no page file "${name}"`, {
        hint: suggest(name, [...(files?.keys() ?? [])]),
      });
    return reply
      .headers(HEADERS)
      .header("cache-control", HASHED.test(name) ? "public, max-age=31536000, immutable" : "no-cache")
      .type(TYPES[name.split(".").at(-1) ?? ""] ?? "application/octet-stream")
      .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
  };
  // The page holds no data: it asks for a token itself.
  const config = { open: true };
  server.get("/", { config }, (_request, reply) =>
    files === null
      ? reply.send({ millrace: "The console is not installed; the API is described at /openapi.json." })
      : send(reply, "index.html"),
  );
  server.get<{ Params: { file: string } }>("/console/:file", { config }, (request, reply) =>
    send(reply, request.params.file),
  );
}
