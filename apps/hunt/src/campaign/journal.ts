import type { HostSpec } from "./topology.js";

export type Value = string | number | bigint | boolean | null | readonly string[];
export type Fields = Readonly<Record<string, Value>>;

export type Channel = "sysmon" | "security" | "system" | "powershell" | "classic";

export const STAGES = [
  "initial-access",
  "execution",
  "persistence",
  "discovery",
  "credential-access",
  "lateral-movement",
  "collection",
  "exfiltration",
  "defence-evasion",
  "impact",
  "command-and-control",
] as const;

export type Stage = (typeof STAGES)[number];

/** One event before it is numbered, delayed and written. */
export interface Draft {
  readonly time: number;
  readonly seq: number;
  readonly host: HostSpec;
  readonly channel: Channel;
  readonly eventId: number;
  /** The message: its first line only, as the agent is set to leave out what the fields say. */
  readonly title: string;
  readonly fields: Fields;
  /** Process id of the provider, written as ExecutionProcessID. */
  readonly executor: number;
  readonly stage: Stage | undefined;
  /** The collector delivers this one twice. */
  readonly repeated: boolean;
}

type NewDraft = Omit<Draft, "seq" | "stage" | "repeated">;

/** Collects the events of all hosts in the order in which they are thought up. */
export class Journal {
  readonly #drafts: Draft[] = [];
  #stage: Stage | undefined;
  #repeat = false;

  add(draft: NewDraft): void {
    const seq = this.#drafts.length;
    this.#drafts.push({ ...draft, seq, stage: this.#stage, repeated: this.#repeat });
  }

  /** Marks everything written by the action as belonging to a stage of the intrusion. */
  during(stage: Stage, action: () => void): void {
    this.#stage = stage;
    action();
    this.#stage = undefined;
  }

  /** Everything written by the action reaches the recording twice. */
  repeating(action: () => void): void {
    this.#repeat = true;
    action();
    this.#repeat = false;
  }

  /** Drafts within [from, to), by time of the event. */
  inOrder(from: number, to: number): Draft[] {
    return this.#drafts.filter((d) => d.time >= from && d.time < to).sort((a, b) => a.time - b.time || a.seq - b.seq);
  }
}
