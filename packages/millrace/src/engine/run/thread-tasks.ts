/**
 * Tasks on worker threads. Each imports the app's module, works the plan out by itself and must arrive at the same hash;
 * tasks talk to each other over ports of their own, not through the coordinator.
 */
import type { MessagePort } from "node:worker_threads";
import { MessageChannel, Worker } from "node:worker_threads";
import { MillraceError } from "../../base/errors.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import type { StatePiece } from "../epoch/state-piece.js";
import type { EpochResult, EpochWork, TaskHandle, TaskOptions } from "./messages.js";
import { owned } from "./owned.js";

export interface ThreadSetup {
  readonly appUrl: string;
  readonly hash: string;
  readonly partitions: Readonly<Record<string, number>>;
  readonly options: TaskOptions;
  /** Ports to the other tasks, by index; none to itself. */
  readonly ports: readonly (MessagePort | null)[];
}

export type Request =
  | { readonly kind: "run"; readonly work: EpochWork }
  /** Asks for the next piece of the state, or (`begin`) for the first; null follows the last. */
  | { readonly kind: "save"; readonly begin: boolean }
  | {
      readonly kind: "load";
      readonly pieces: readonly StatePiece[];
      readonly watermarks: Readonly<Record<string, number>>;
    };

export type Reply =
  | { readonly kind: "ready" }
  | { readonly kind: "done"; readonly value: unknown }
  | {
      readonly kind: "failed";
      readonly message: string;
      readonly code: string | null;
      readonly hint: string | null;
      readonly stack: string;
    };

/** Starts the threads and waits until each has the plan. */
export async function threadTasks(
  plan: ResolvedPlan,
  appUrl: string,
  options: Omit<TaskOptions, "index">,
): Promise<readonly TaskHandle[]> {
  const { workers } = options;
  const ports: (MessagePort | null)[][] = Array.from({ length: workers }, () =>
    new Array<MessagePort | null>(workers).fill(null),
  );
  for (let a = 0; a < workers; a++)
    for (let b = a + 1; b < workers; b++) {
      const channel = new MessageChannel();
      (ports[a] as (MessagePort | null)[])[b] = channel.port1;
      (ports[b] as (MessagePort | null)[])[a] = channel.port2;
    }
  const partitions = Object.fromEntries(plan.inputPlans.map((input) => [input.name, input.partitions]));
  const tasks: ThreadTask[] = [];
  try {
    for (const [index, own] of ports.entries())
      tasks.push(new ThreadTask({ appUrl, hash: plan.hash, partitions, options: { ...options, index }, ports: own }));
    await Promise.all(tasks.map((task) => task.ready));
  } catch (error) {
    // A thread that is ended while it loads a native module takes the process with it.
    await Promise.allSettled(tasks.map((task) => task.ready));
    await Promise.all(tasks.map((task) => task.close()));
    throw error;
  }
  return tasks;
}

class ThreadTask implements TaskHandle {
  readonly ready: Promise<unknown>;
  readonly #worker: Worker;
  #pending: { resolve: (value: unknown) => void; reject: (error: unknown) => void } | null = null;
  #died: MillraceError | null = null;
  #closing = false;

  constructor(setup: ThreadSetup) {
    const transfer = setup.ports.filter((port) => port !== null);
    this.#worker = new Worker(new URL("./thread-main.js", import.meta.url), {
      workerData: setup,
      transferList: transfer,
      name: `millrace-${setup.options.index}`,
    });
    this.#worker.on("message", (reply: Reply) => this.#reply(reply));
    this.#worker.on("error", (error) => this.#fail(error.message, error));
    this.#worker.on("exit", (code) => this.#fail(`it ended with code ${code}`));
    this.ready = new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
    });
    this.ready.catch(() => {}); // awaited by threadTasks
  }

  run(work: EpochWork): Promise<EpochResult> {
    return this.#ask({ kind: "run", work }) as Promise<EpochResult>;
  }

  async *save(): AsyncGenerator<StatePiece, void> {
    for (let begin = true; ; begin = false) {
      const piece = (await this.#ask({ kind: "save", begin })) as StatePiece | null;
      if (piece === null) return;
      yield piece;
    }
  }

  async load(pieces: readonly StatePiece[], watermarks: Readonly<Record<string, number>>): Promise<void> {
    await this.#ask({ kind: "load", pieces: owned(pieces), watermarks });
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#worker.terminate();
  }

  #ask(request: Request): Promise<unknown> {
    if (this.#died !== null) return Promise.reject(this.#died);
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#worker.postMessage(request);
    });
  }

  #reply(reply: Reply): void {
    const pending = this.#pending;
    this.#pending = null;
    if (reply.kind === "failed") {
      const error = new MillraceError(
        (reply.code ?? "WORKER") as "WORKER",
        reply.message,
        reply.hint === null ? {} : { hint: reply.hint },
      );
      error.stack = reply.stack;
      pending?.reject(error);
    } else pending?.resolve(reply.kind === "done" ? reply.value : undefined);
  }

  #fail(reason: string, cause?: unknown): void {
    if (this.#closing) return;
    this.#died ??= new MillraceError("WORKER", `a worker thread died: ${reason}`, { cause });
    this.#pending?.reject(this.#died);
    this.#pending = null;
  }
}
