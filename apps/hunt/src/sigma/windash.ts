/**
 * The dashes of command line flags: Windows programs take `-x` and `/x` alike, and some take the longer dashes that
 * word processors make of `-`. Each dash that begins a flag (no word character before it, one after it) is replaced
 * by every one of the five; a dash inside a word, as in `-no-profile`, stays.
 */
import type { PatternPart } from "millrace";
import { RuleProblem } from "./problem.js";
import { joinText } from "./values.js";

/** Hyphen, slash, en dash, em dash, horizontal bar. */
export const DASHES: readonly string[] = ["-", "/", "\u2013", "\u2014", "\u2015"];

const FLAG = /(?<![\w])[-/\u2013\u2014\u2015](?=\w)/gu;

/** All combinations over the flags of one value; a value without flags comes back as it is. */
export function expandDashes(parts: readonly PatternPart[], variantsMax: number): PatternPart[][] {
  let variants: PatternPart[][] = [[]];
  const append = (choices: readonly PatternPart[]) => {
    if (variants.length * choices.length > variantsMax)
      throw new RuleProblem(`"windash" would make more than ${variantsMax} variants of one value`);
    variants = variants.flatMap((variant) => choices.map((choice) => [...variant, choice]));
  };
  for (const part of parts) {
    if (typeof part !== "string") append([part]);
    else {
      let from = 0;
      for (const match of part.matchAll(FLAG)) {
        append([part.slice(from, match.index)]);
        append(DASHES);
        from = match.index + 1;
      }
      append([part.slice(from)]);
    }
  }
  return variants.map(joinText);
}
