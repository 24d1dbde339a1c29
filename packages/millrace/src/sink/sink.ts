/**
 * The sink contract: takes rows out of the program, at least once. The id of a delivery is made of what is delivered, so
 * that the same row is the same delivery after a crash, a restart or a rebuild, and receivers can tell.
 */
import { MillraceError } from "../base/errors.js";

export interface Delivery {
  readonly id: string;
  /** The row as JSON has it. */
  readonly row: Readonly<Record<string, unknown>>;
}

export interface Sink {
  /**
   * Resolves when all are delivered, in order. Rejects with `Refused` when the receiver will never take them, with
   * anything else when it may later; some may have been delivered then, and are delivered again.
   */
  deliver(deliveries: readonly Delivery[]): Promise<void>;
  close(): Promise<void>;
}

/** The receiver understood and said no: to try again is useless. */
export class Refused extends MillraceError {
  constructor(message: string) {
    super("SINK", message);
  }
}
