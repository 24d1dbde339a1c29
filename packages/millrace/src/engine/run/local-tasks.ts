/** Tasks that share this thread: for one worker, for tests, and for a scheduler that decides who goes next. */
import type { Disk } from "../../base/disk.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import type { TaskHandle, TaskOptions } from "./messages.js";
import { Task } from "./task.js";

export function localTasks(plan: ResolvedPlan, options: Omit<TaskOptions, "index">, disk: Disk): readonly TaskHandle[] {
  const tasks: Task[] = [];
  const peers = { send: (to: number, message: Parameters<Task["receive"]>[0]) => (tasks[to] as Task).receive(message) };
  for (let index = 0; index < options.workers; index++) tasks.push(new Task(plan, { ...options, index }, disk, peers));
  return tasks;
}
