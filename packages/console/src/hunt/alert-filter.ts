/** Which alerts: as words of the address, and as a condition in SQL. */
import { contains, every, literal, timestamp } from "../client/sql-text.js";

export interface AlertFilter {
  /** Empty: all. */
  readonly levels: readonly string[];
  readonly rule: string | null;
  readonly host: string | null;
  readonly user: string | null;
  /** With its sub-techniques: T1059 is T1059.001 too. */
  readonly technique: string | null;
  /** Words anywhere in title, host, user or process. */
  readonly text: string;
  /** Event time, epoch ms; `to` is not included. */
  readonly from: number | null;
  readonly to: number | null;
  /** Only those with these marks. */
  readonly marks: readonly Mark[];
}

export const MARKS = ["retro", "silenced"] as const;
export type Mark = (typeof MARKS)[number];

export const ALL_ALERTS: AlertFilter = {
  levels: [],
  rule: null,
  host: null,
  user: null,
  technique: null,
  text: "",
  from: null,
  to: null,
  marks: [],
};

export function filterFrom(query: URLSearchParams): AlertFilter {
  const number = (word: string): number | null => {
    const value = query.get(word);
    return value !== null && /^\d{1,15}$/.test(value) ? Number(value) : null;
  };
  return {
    levels: (query.get("level") ?? "").split(" ").filter((level) => level !== ""),
    rule: query.get("rule"),
    host: query.get("host"),
    user: query.get("user"),
    technique: query.get("technique"),
    text: query.get("q") ?? "",
    from: number("from"),
    to: number("to"),
    marks: MARKS.filter((mark) => (query.get("is") ?? "").split(" ").includes(mark)),
  };
}

export function isWhole({ levels, rule, host, user, technique, text, from, to, marks }: AlertFilter): boolean {
  return (
    levels.length + marks.length === 0 &&
    text === "" &&
    [rule, host, user, technique, from, to].every((one) => one === null)
  );
}

/** The condition without that on levels: for counting the levels one could choose. */
export function conditionBesideLevels(filter: AlertFilter): string {
  const { rule, host, user, technique, text, from, to, marks } = filter;
  const words = text.split(/\s+/).filter((word) => word !== "");
  return every([
    rule === null ? null : `rule = ${literal(rule)}`,
    host === null ? null : `host = ${literal(host)}`,
    user === null ? null : `"user" = ${literal(user)}`,
    technique === null ? null : techniqueCondition(technique),
    from === null ? null : `"at" >= ${timestamp(from)}`,
    to === null ? null : `"at" < ${timestamp(to)}`,
    ...marks.map((mark) => (mark === "retro" ? "retro" : "silenced is not null")),
    ...words.map((word) => `(${TEXTS.map((column) => contains(column, word)).join(" or ")})`),
  ]);
}

export function conditionOf(filter: AlertFilter): string {
  const { levels } = filter;
  return every([
    levels.length === 0 ? null : `level in (${levels.map(literal).join(", ")})`,
    conditionBesideLevels(filter),
  ]);
}

const TEXTS = ["title", "host", '"user"', "process"];

function techniqueCondition(technique: string): string {
  const own = `list_contains(techniques, ${literal(technique)})`;
  if (technique.includes(".")) return own;
  return `(${own} or len(list_filter(techniques, lambda x: starts_with(x, ${literal(`${technique}.`)}))) > 0)`;
}
