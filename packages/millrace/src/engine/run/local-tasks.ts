/** Tasks that share this thread: for one worker, for tests, and for a scheduler that decides who goes next. */
import type { Disk } from "../../base/disk.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import type { TaskHandle, TaskOptions } from "./messages.js";
import type { Peers } from "./task.js";
import { Task } from "./task.js";

/** wrapPeers: comes between the tasks, for tests. */
export function localTasks(
  plan: ResolvedPlan,
  options: Omit<TaskOptions, "index">,
  disk: Disk,
  wrapPeers: (peers: Peers) => Peers = (peers) => peers,
): readonly TaskHandle[] {
  const tasks: Task[] = [];
  const peers: Peers = { send: (to, message) => (tasks[to] as Task).receive(message) };
  for (let index = 0; index < options.workers; index++)
    tasks.push(new Task(plan, { ...options, index }, disk, wrapPeers(peers)));
  return tasks;
}
