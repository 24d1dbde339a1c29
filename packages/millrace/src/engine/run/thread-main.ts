/** A worker thread's entry: one task, driven by messages from the coordinator. */
import { parentPort, workerData } from "node:worker_threads";
import { assert, MillraceError } from "../../base/errors.js";
import { nodeDisk } from "../../base/node-disk.js";
import { outputsOf } from "../../plan/app.js";
import { loadApp } from "../../plan/load-app.js";
import { ResolvedPlan } from "../../plan/resolve.js";
import type { StatePiece } from "../epoch/state-piece.js";
import type { ExchangeMessage } from "./messages.js";
import { owned } from "./owned.js";
import { Task } from "./task.js";
import type { Reply, Request, ThreadSetup } from "./thread-tasks.js";

const port = parentPort;
assert(port !== null, "thread-main runs in a worker thread");
const setup = workerData as ThreadSetup;

function reply(message: Reply): void {
  port?.postMessage(message);
}

function failed(error: unknown): void {
  const { message = String(error), stack = "" } = error as Partial<Error>;
  const own = error instanceof MillraceError ? error : null;
  reply({ kind: "failed", message, code: own?.code ?? null, hint: own?.hint ?? null, stack });
}

async function start(): Promise<Task> {
  const app = await loadApp(setup.appUrl);
  const { partitions } = setup;
  const plan = new ResolvedPlan({ app: app.name, url: app.url, outputs: outputsOf(app), partitions });
  if (plan.hash !== setup.hash)
    throw new MillraceError("PROGRAM", `the module ${setup.appUrl} builds a different plan each time it loads`, {
      hint: "Nothing at its top level may depend on the clock, on chance, on the environment or on files that change.",
    });
  const task = new Task(plan, setup.options, nodeDisk, {
    send: (to, message) => setup.ports[to]?.postMessage(owned(message)),
  });
  for (const other of setup.ports) other?.on("message", (message: ExchangeMessage) => task.receive(message));
  return task;
}

let saving: AsyncIterator<StatePiece, void> | null = null;

async function answer(task: Task, request: Request): Promise<unknown> {
  switch (request.kind) {
    case "run":
      return owned(await task.run(request.work));
    case "save":
      if (request.begin || saving === null) saving = task.save();
      return owned((await saving.next()).value ?? null);
    case "load":
      return task.load(request.pieces, request.watermarks);
  }
}

start().then((task) => {
  port.on("message", (request: Request) => {
    answer(task, request).then((value) => reply({ kind: "done", value }), failed);
  });
  reply({ kind: "ready" });
}, failed);
