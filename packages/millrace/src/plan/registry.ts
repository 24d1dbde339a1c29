/** Remembers outputs that were made, so that `app()` can warn of one that it does not list. Weak: holds nothing alive. */
import type { NodeHandle } from "./fluent.js";

let made: WeakRef<NodeHandle>[] = [];

export function registerOutput(handle: NodeHandle): void {
  made.push(new WeakRef(handle));
}

/** Outputs made since the last call. */
export function takeRegistered(): readonly NodeHandle[] {
  const handles = made.map((ref) => ref.deref()).filter((handle) => handle !== undefined);
  made = [];
  return handles;
}
