/** The container a process runs in, by its control group. Runtimes put the container's id into the group's name. */

const ID = /(?:^|[/:-])([0-9a-f]{64}|[0-9a-f]{32}-\d+)(?:\.scope)?(?:\/|$)/m;

/** The id's first 12 digits, as tools show it; null outside of containers. `text` is /proc/PID/cgroup. */
export function containerId(text: string): string | null {
  return ID.exec(text)?.[1]?.slice(0, 12) ?? null;
}
