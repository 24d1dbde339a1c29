/** Which of the attributes that summaries read a stream has, by SQL's names for them: attributes are columns only where events have them. */
import { sqlRows } from "../client/api.js";
import { identifier } from "../client/sql-text.js";
import { NAMES, SHAPES, SUMMARY_ATTRIBUTES } from "./security-event.js";

/** All columns of a stream, attributes among them, by SQL's names. */
export async function streamColumns(stream: string, signal: AbortSignal): Promise<readonly string[]> {
  const rows = await sqlRows<{ column_name: string }>(`describe ${identifier(stream)}`, signal);
  return rows.map(({ column_name }) => column_name);
}

export async function eventColumns(stream: string, signal: AbortSignal): Promise<readonly string[]> {
  const there = new Set(await streamColumns(stream, signal));
  const plain = [...new Set([...Object.values(NAMES).flat(), ...SUMMARY_ATTRIBUTES])];
  return plain.flatMap((name) => SHAPES.map((shape) => shape + name)).filter((name) => there.has(name));
}
