/** SQL and YAML cut into coloured pieces. Only colours hang on it, so it may be wrong; it never loses a character. */
export type PieceKind = "plain" | "word" | "text" | "number" | "comment" | "key" | "name";

export interface Piece {
  readonly kind: PieceKind;
  readonly text: string;
}

export type Language = "sql" | "yaml";

export function highlight(source: string, language: Language): readonly Piece[] {
  return language === "sql" ? sqlPieces(source) : source.split(/(?<=\n)/).flatMap(yamlPieces);
}

const SQL =
  /(?<comment>--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<text>'(?:[^']|'')*(?:'|$))|(?<name>"(?:[^"]|"")*(?:"|$))|(?<number>\b\d+(?:\.\d+)?\b)|(?<word>[A-Za-z_]\w*)/g;

const SQL_WORDS = new Set(
  "select from where group by order having limit offset as and or not in is null like ilike between case when then else end join left right inner outer full cross on using union all distinct with desc asc interval timestamp date true false describe exists over partition qualify values cast try_cast unnest lateral filter".split(
    " ",
  ),
);

function sqlPieces(source: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const found of source.matchAll(SQL)) {
    if (found.index > at) pieces.push({ kind: "plain", text: source.slice(at, found.index) });
    pieces.push({ kind: kindOf(found), text: found[0] });
    at = found.index + found[0].length;
  }
  if (at < source.length) pieces.push({ kind: "plain", text: source.slice(at) });
  return pieces;
}

function kindOf({ groups = {}, 0: whole }: RegExpExecArray): PieceKind {
  if (groups.word !== undefined) return SQL_WORDS.has(whole.toLowerCase()) ? "word" : "plain";
  for (const kind of ["comment", "text", "name", "number"] as const) if (groups[kind] !== undefined) return kind;
  return "plain";
}

/** One line: indentation and dash, a key, a value, a comment. */
function yamlPieces(line: string): Piece[] {
  const found = /^(\s*(?:- +)*)(?:([\w.|$*-]+)(:)(?=\s|$))?(.*?)(\s#.*|^#.*)?(\n?)$/s.exec(line);
  if (found === null) return [{ kind: "plain", text: line }];
  const [, lead = "", key = "", colon = "", value = "", comment = "", end = ""] = found;
  return [
    { kind: "plain" as const, text: lead },
    { kind: "key" as const, text: key },
    { kind: "plain" as const, text: colon },
    { kind: valueKind(value), text: value },
    { kind: "comment" as const, text: comment },
    { kind: "plain" as const, text: end },
  ].filter(({ text }) => text !== "");
}

function valueKind(value: string): PieceKind {
  const trimmed = value.trim();
  if (trimmed.startsWith("#")) return "comment";
  if (/^['"]/.test(trimmed)) return "text";
  if (/^-?\d+(?:\.\d+)?$/.test(trimmed)) return "number";
  return /^(?:true|false|null|~|[|>][+-]?)$/.test(trimmed) ? "word" : "plain";
}
