/** Event types as the TypeScript source that a program would have: so that its rows have types. */
import { MillraceError } from "../../base/errors.js";
import { parseInstant } from "../../base/time.js";
import type { ColumnType, Field, Schema } from "../column-type.js";
import type { NamedSchema } from "./named-schema.js";

const RESERVED =
  /^(?:app|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|event|export|extends|false|finally|for|function|if|import|in|instanceof|new|null|return|super|switch|t|this|throw|true|try|typeof|var|void|while|with|yield|let|static|await|Decimal)$/;

/** A module that exports the event type. */
export function typescriptOf({ name, schema }: NamedSchema): string {
  const columns = columnsText(schema, "  ");
  const imports = columns.includes("Decimal.parse(") ? "Decimal, event, t" : "event, t";
  return `import { ${imports} } from "millrace";\n\nexport const ${variable(name)} = event(${JSON.stringify(name)}, {\n${columns}});\n`;
}

function variable(name: string): string {
  const words = name.split(/[^A-Za-z0-9]+/).filter((word) => word !== "");
  const joined = words
    .map((word, k) => (k === 0 ? word.charAt(0).toLowerCase() : word.charAt(0).toUpperCase()) + word.slice(1))
    .join("");
  const text = /^[A-Za-z]/.test(joined) ? joined : `event${joined}`;
  return RESERVED.test(text) ? `${text}Event` : text;
}

function columnsText({ fields }: Schema, indent: string): string {
  return fields.map((f) => `${indent}${f.name}: ${columnText(f, indent)},\n`).join("");
}

function columnText(f: Field, indent: string): string {
  const from = f.from.length === 0 ? "" : `.from(${f.from.map((name) => JSON.stringify(name)).join(", ")})`;
  const value = f.default === undefined ? "" : `.default(${defaultText(f)})`;
  return `t.${typeText(f.type, indent)}${f.nullable ? ".optional()" : ""}${value}${from}`;
}

function typeText(type: ColumnType, indent: string): string {
  switch (type.kind) {
    case "decimal":
      return `decimal(${type.precision}, ${type.scale})`;
    case "oneOf":
      return `oneOf(${type.values.map((value) => JSON.stringify(value)).join(", ")})`;
    case "list":
      return `list(${columnText(type.item, indent)})`;
    case "struct":
      return `struct({\n${columnsText({ fields: type.fields }, `${indent}  `)}${indent}})`;
    default:
      return `${type.kind}()`;
  }
}

function defaultText({ name, type, default: value }: Field): string {
  switch (type.kind) {
    case "int64":
    case "timestampNs":
      if (/^-?\d+$/.test(String(value))) return `${value}n`;
      break;
    case "decimal":
      return `Decimal.parse(${JSON.stringify(String(value))})`;
    case "binary":
      return `Buffer.from(${JSON.stringify(value)}, "base64")`;
    case "timestamp": {
      const ms = typeof value === "string" ? parseInstant(value) : value;
      if (typeof ms === "number") return String(ms);
      break;
    }
    default:
      return JSON.stringify(value);
  }
  throw new MillraceError("PROGRAM", `column "${name}": ${JSON.stringify(value)} is no default of a ${type.kind}`);
}
