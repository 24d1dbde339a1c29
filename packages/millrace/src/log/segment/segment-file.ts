/** Names and paths under a data directory: <data>/log/<stream>/<partition>/<first offset, 20 digits>.seg */

export interface Segment {
  /** Offset of the first entry. */
  readonly base: number;
  readonly path: string;
  /** Bytes in the file, as far as they count. */
  bytes: number;
}

export function logFolder(data: string): string {
  return `${data}/log`;
}

/** Stream names are the author's; what a file system may not take is percent-encoded. */
export function streamFolder(data: string, stream: string): string {
  const name = encodeURIComponent(stream)
    .replaceAll("*", "%2A")
    .replace(/^\.+/, (dots) => "%2E".repeat(dots.length));
  return `${logFolder(data)}/${name}`;
}

export function specPath(data: string, stream: string): string {
  return `${streamFolder(data, stream)}/stream.json`;
}

export function partitionFolder(data: string, stream: string, partition: number): string {
  return `${streamFolder(data, stream)}/${partition}`;
}

export function segmentPath(folder: string, base: number): string {
  return `${folder}/${String(base).padStart(20, "0")}.seg`;
}

/** Base offset of a segment's file name; null for other files. */
export function segmentBase(name: string): number | null {
  return /^\d{20}\.seg$/.test(name) ? Number(name.slice(0, 20)) : null;
}
