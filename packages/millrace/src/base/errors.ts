/**
 * The error root. Three kinds of trouble, never mixed:
 *   - an outcome one expects (a late row, the end of input) is a returned value, not an error;
 *   - a failure that ends a call is a thrown `MillraceError` with a code from the closed list below;
 *   - a bug is an `assert` that stays on in production.
 *
 * A message says what was expected, what came and where; `hint` says what to do next.
 */
export type ErrorCode =
  /** The program (app module, plan, lambda) is not acceptable. */
  | "PROGRAM"
  /** A name is unknown, taken or malformed. */
  | "NAME"
  /** Input bytes or values do not fit the event type. */
  | "DECODE"
  /** A value left the range its type can hold exactly. */
  | "OVERFLOW"
  /** Stored bytes fail their checksum or are cut off. */
  | "CORRUPT"
  /** The data directory is in use, from another version, or not one. */
  | "DATA_DIR"
  /** The disk refused: full, unreadable, failed sync. */
  | "DISK"
  /** The log no longer (or not yet) holds what was asked for. */
  | "RETENTION"
  /** A limit on size, time or memory was reached. */
  | "LIMIT"
  /** A request is not understood or not allowed. */
  | "REQUEST"
  /** A worker died, or did not do what the protocol says. */
  | "WORKER"
  /** What rows are delivered to did not take them. */
  | "SINK"
  /** A command line is not understood. */
  | "USAGE";

export interface ErrorDetails {
  readonly hint?: string;
  /** Where: file:line, stream/partition/offset, operator. */
  readonly at?: string;
  readonly cause?: unknown;
}

export class MillraceError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly at: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "MillraceError";
    this.code = code;
    this.hint = details.hint;
    this.at = details.at;
  }
}

/** One line for people: message, place, and what to do. */
export function describeError(error: unknown): string {
  if (error instanceof MillraceError) {
    const at = error.at === undefined || error.message.includes(error.at) ? "" : ` (${error.at})`;
    const hint = error.hint === undefined ? "" : `\n  ${error.hint}`;
    return `${error.message}${at}${hint}`;
  }
  return error instanceof Error ? error.message : String(error);
}

/** A condition that only a bug can break. Stays on in production. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`bug: ${message}`);
}

/** A place that only a bug can reach. */
export function bug(what: string): never {
  throw new Error(`bug: ${what}`);
}

/** "did you mean …" for a misspelt name, or the list of what there is; `mark` stands before each. */
export function suggest(name: string, candidates: readonly string[], mark = ""): string {
  let best: string | undefined;
  // A name whose every letter has to change is another name.
  let bestDistance = Math.min(Math.max(2, Math.floor(name.length / 3)), name.length - 1) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  if (best !== undefined) return `did you mean "${mark}${best}"?`;
  if (candidates.length === 0) return "there are none";
  const shown = candidates
    .slice(0, 12)
    .map((candidate) => mark + candidate)
    .join(", ");
  return `there ${candidates.length === 1 ? "is" : "are"}: ${shown}${candidates.length > 12 ? ", …" : ""}`;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = (previous[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min((previous[j] as number) + 1, (current[j - 1] as number) + 1, substitute));
    }
    previous = current;
  }
  return previous[b.length] as number;
}
