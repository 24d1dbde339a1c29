/** Shapes of the API's answers, for programs that read them: the console has its types from here. */
import type { GraphNumbers, GraphShape } from "./graph.js";
import type { Role } from "./roles.js";
import type { ApiStatus } from "./status.js";

export type { PartitionStatus, StreamStatus } from "../engine/status.js";
export type { Culprit, GraphEdge, GraphNode, GraphNumbers } from "./graph.js";
export type { ApiStatus as StatusAnswer, ReadingProgress } from "./status.js";

/** `/api/graph` */
export interface GraphAnswer extends GraphShape {
  readonly numbers: GraphNumbers;
}

/** What is on its way in over HTTP, and the bounds at which producers are told to wait (429). */
export interface IntakeNumbers {
  /** Bytes read of bodies and not durable yet. */
  readonly inFlightBytes: number;
  readonly inFlightBytesMax: number;
  /** Rows that may wait to be processed. */
  readonly lagMax: number;
  /** Requests told to wait since the process started. */
  readonly heldBack: number;
}

/** Event "numbers" of `/api/live` */
export interface LiveNumbers {
  readonly status: ApiStatus;
  readonly graph: GraphNumbers;
  readonly intake: IntakeNumbers;
}

/** A row of `/api/streams/NAME`, and of its tail; values as `row-json.ts` writes them. */
export interface StreamRowAnswer {
  readonly partition: number;
  readonly offset: number;
  readonly row: Readonly<Record<string, unknown>>;
}

/** An entry of `/api/dead-letters` */
export interface DeadLetterAnswer extends StreamRowAnswer {
  /** When it was put into its stream after all, ISO text; null where it was not. */
  readonly replayed: string | null;
}

/** `/api/access` */
export interface AccessAnswer {
  /** The token's name; null where none is asked for. */
  readonly name: string | null;
  /** What may be asked: "read", "ingest", "operate", "admin". */
  readonly may: readonly Role[];
}

/** JSON Schema of a column; `x-millrace` is its own kind. */
export interface ColumnAnswer {
  readonly type: string | readonly string[];
  readonly "x-millrace": string;
  readonly items?: ColumnAnswer;
  readonly properties?: Readonly<Record<string, ColumnAnswer>>;
}

/** An entry of `/api/views` */
export interface ViewAnswer {
  readonly name: string;
  readonly key: readonly string[];
  readonly row: { readonly properties: Readonly<Record<string, ColumnAnswer>> };
  readonly rows: number;
}

/** `/api/sql` */
export interface SqlAnswer {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly unknown[])[];
  readonly truncated: boolean;
  readonly epoch: number | null;
}

/** Every answer that is not 2xx. */
export interface ErrorAnswer {
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string };
}
