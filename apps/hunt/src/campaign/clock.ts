/** The recorded window: two hours of a Tuesday afternoon, written down as fixed instants. */
export const START = Date.UTC(2025, 2, 11, 13, 0, 0);
export const END = START + 2 * 3_600_000;

/** The hosts keep local time one hour ahead of UTC. */
const LOCAL_OFFSET = 3_600_000;

/** The instant of a UTC clock time such as `13:14:05` on the recorded day. */
export function at(clock: string): number {
  const [hours = "0", minutes = "0", seconds = "0"] = clock.split(":");
  return Date.UTC(2025, 2, 11, Number(hours), Number(minutes), Number(seconds));
}

export function isoUtc(time: number): string {
  return new Date(time).toISOString();
}

/** `2025-03-11 13:14:05.120`, as Sysmon writes UtcTime. */
export function sysmonUtc(time: number): string {
  return isoUtc(time).replace("T", " ").replace("Z", "");
}

/** `2025-03-11 14:14:05`: local time without a zone, as the collecting agent writes EventTime. */
export function localSeconds(time: number): string {
  return sysmonUtc(time + LOCAL_OFFSET).slice(0, 19);
}
