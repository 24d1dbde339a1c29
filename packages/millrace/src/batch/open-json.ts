/** Lists in open attributes: kept as JSON text, and given back without the digits that a double would round. */

/** JSON text of a value; a bigint is its digits, as JSON has whole numbers of any size, and NaN and infinities are texts. */
export function jsonText(value: unknown): string {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)))
    return value === 0 ? "-0" : JSON.stringify(String(value));
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(jsonText).join(",")}]`;
  if ("toJSON" in value && typeof value.toJSON === "function") return jsonText(value.toJSON());
  const members = Object.entries(value).filter(([, item]) => item !== undefined);
  return `{${members.map(([name, item]) => `${JSON.stringify(name)}:${jsonText(item)}`).join(",")}}`;
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/gs;

/** The value of JSON text; a number that JavaScript would round to another, or to an infinity, is its text. */
export function jsonOfText(text: string): unknown {
  return JSON.parse(
    text.replace(TOKEN, (token) => {
      if (token[0] === '"') return token;
      const value = Number(token);
      const exact = Number.isFinite(value) && (Number.isSafeInteger(value) || !/^-?\d+$/.test(token));
      return exact ? token : `"${token}"`;
    }),
  );
}
