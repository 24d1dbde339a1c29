/** `millrace schema`: event types as the schemas of others, and the schemas of others as event types. */
import { readFileSync, statSync } from "node:fs";
import { extname } from "node:path";
import { MillraceError, suggest } from "../../base/errors.js";
import { diskError } from "../../base/node-disk.js";
import { outputsOf } from "../../plan/app.js";
import { ResolvedPlan } from "../../plan/resolve.js";
import { avroOf, schemaOfAvro } from "../../schema/exchange/avro.js";
import { jsonSchemaOf, schemaOfJsonSchema } from "../../schema/exchange/json-schema.js";
import type { NamedSchema } from "../../schema/exchange/named-schema.js";
import { protobufOf, schemaOfProtobuf } from "../../schema/exchange/protobuf.js";
import { typescriptOf } from "../../schema/exchange/typescript.js";
import { parse } from "../arguments.js";
import { loadProgram } from "../program-file.js";

export const SCHEMA_HELP = `millrace schema FILE [NAME] [--as typescript|avro|json-schema|protobuf]
  Writes an event type in another language: TypeScript from a schema, a schema from a program.

  FILE         a program, or order.avsc (Avro), order.schema.json (JSON Schema), order.proto (Protobuf)
  NAME         of a program a stream or table, of a .proto file a message; needed where there are several
  --as FORMAT  default typescript

  For example:
    millrace schema order.avsc > order.ts
    millrace schema app.ts orders --as protobuf`;

const FILE_BYTES_MAX = 4 << 20;

const WRITERS = {
  typescript: typescriptOf,
  avro: (named: NamedSchema) => json(avroOf(named)),
  "json-schema": (named: NamedSchema) => json(jsonSchemaOf(named)),
  protobuf: protobufOf,
} as const;

const READERS: Readonly<Record<string, (text: string, name: string | undefined) => NamedSchema>> = {
  ".avsc": (text) => schemaOfAvro(text),
  ".json": (text) => schemaOfJsonSchema(text),
  ".proto": schemaOfProtobuf,
};

export async function schemaCommand(args: readonly string[]): Promise<number> {
  const parsed = parse(args, { as: { type: "string" }, verbose: { type: "boolean" } });
  const [file, name, more] = parsed.words;
  if (more !== undefined) parsed.unexpected(more);
  const formats = Object.keys(WRITERS) as (keyof typeof WRITERS)[];
  const write = WRITERS[parsed.oneOf("as", formats, "typescript")];
  if (file === undefined)
    throw new MillraceError("USAGE", "millrace schema needs a file", {
      hint: "For example: millrace schema order.avsc",
    });
  const read = READERS[extname(file)];
  process.stdout.write(write(read === undefined ? await ofProgram(file, name) : read(textOf(file), name)));
  return 0;
}

function json(schema: object): string {
  return `${JSON.stringify(schema, null, 2)}\n`;
}

function textOf(file: string): string {
  try {
    if (statSync(file).size > FILE_BYTES_MAX)
      throw new MillraceError("LIMIT", `${file} has more than ${FILE_BYTES_MAX} bytes, which no schema needs`);
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    throw diskError(file, error);
  }
}

async function ofProgram(file: string, name: string | undefined): Promise<NamedSchema> {
  const app = await loadProgram(file, "schema");
  const plan = new ResolvedPlan({ app: app.name, url: app.url, outputs: outputsOf(app) });
  const names = plan.inputPlans.map((input) => input.name);
  const found = plan.inputPlans.find((input) => input.name === (name ?? (names.length === 1 ? names[0] : undefined)));
  if (found !== undefined) return { name: found.name, schema: found.declared };
  throw new MillraceError(
    "USAGE",
    name === undefined ? `${app.name} has several streams and tables` : `${app.name} has no stream or table "${name}"`,
    {
      hint: name === undefined ? `Say which: ${names.join(", ")}.` : suggest(name, names),
    },
  );
}
