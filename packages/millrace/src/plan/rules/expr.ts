/**
 * Rule expressions: predicates as data.
 *
 * A lambda is opaque to its neighbours; thousands of rules evaluated together need predicates that can be
 * compared, shared, routed by a field's value and evaluated once per distinct value of a column. `x` builds them.
 *
 * Meaning, for one row:
 *   - A field reference names one or more attributes; the first that is present (not null) gives the value.
 *   - A test over an absent field is false, except `absent`. `not` is two-valued: not(test over absent) is true.
 *   - Strings compare without case unless `cased`. Case folding is `toLowerCase()`.
 *   - A number or boolean attribute is compared with strings by its decimal text; a string attribute is compared
 *     with a number by its number, when it is one. A list attribute matches when one of its items does.
 *   - `anyField` tests every text of the row: string attributes and the strings in lists, not numbers.
 *   - Text longer than `TESTED_CHARS_MAX` is tested by its beginning only: it bounds what a pattern can cost.
 */

/** How many UTF-16 units of a value `matches` looks at. */
export const TESTED_CHARS_MAX = 65_536;

/** Attribute names in order of preference; names are case-sensitive. */
export interface FieldRef {
  readonly names: readonly string[];
}

/** A wildcard pattern: literal pieces, `{ any: true }` for `*` (zero or more), `{ one: true }` for `?` (exactly one). */
export type PatternPart = string | { readonly any: true } | { readonly one: true };

export type Test =
  | { readonly kind: "eq"; readonly value: string | number | bigint | boolean; readonly cased: boolean }
  | { readonly kind: "contains" | "startsWith" | "endsWith"; readonly value: string; readonly cased: boolean }
  | { readonly kind: "like"; readonly parts: readonly PatternPart[]; readonly cased: boolean }
  | { readonly kind: "matches"; readonly source: string; readonly flags: string }
  | { readonly kind: "cidr"; readonly network: string }
  | { readonly kind: "lt" | "lte" | "gt" | "gte"; readonly value: number }
  | { readonly kind: "exists" }
  | { readonly kind: "absent" }
  | {
      readonly kind: "compareField";
      readonly other: FieldRef;
      readonly how: "eq" | "contains" | "startsWith" | "endsWith";
      readonly cased: boolean;
    }
  | {
      /** A part of a timestamp's UTC calendar: epoch ms, or ISO text. */
      readonly kind: "timePart";
      readonly part: TimePart;
      readonly how: "eq" | "lt" | "lte" | "gt" | "gte";
      readonly value: number;
    };

/** Weeks are ISO 8601 weeks (1 to 53, the week that holds Thursday); days are days of the month. */
export type TimePart = "minute" | "hour" | "day" | "week" | "month" | "year";

export type Expr =
  | { readonly op: "all" | "any"; readonly of: readonly Expr[] }
  | { readonly op: "not"; readonly of: Expr }
  | { readonly op: "always"; readonly value: boolean }
  | { readonly op: "test"; readonly field: FieldRef; readonly test: Test }
  | { readonly op: "anyField"; readonly test: Test };
