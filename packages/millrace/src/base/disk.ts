/**
 * All file access of the engine goes through this contract, so that a simulated disk can stand in.
 * Paths are absolute. Failures are thrown as `MillraceError` "DISK" with the path and the system's reason.
 */
export interface Disk {
  /** Opens for reading and writing, creating the file and its folders where missing. */
  open(path: string): Promise<DiskFile>;
  /** Opens for reading only; throws `DISK` when the file is not there. */
  openRead(path: string): Promise<DiskFile>;
  /** Names (not paths) in a folder in ascending order; empty when the folder is not there. */
  list(folder: string): Promise<string[]>;
  /** Size in bytes, or null when the file is not there. */
  size(path: string): Promise<number | null>;
  remove(path: string): Promise<void>;
  /** Replaces the file's content so that after a crash it is whole, old or new. */
  replace(path: string, bytes: Uint8Array): Promise<void>;
  /** Gives a file another name in its folder, and takes that name from a file that has it. Durable when it resolves. */
  rename(from: string, to: string): Promise<void>;
}

export interface DiskFile {
  /** Reads up to `length` bytes at `position`; fewer at the end of the file. The bytes belong to the caller. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** Writes all parts one after the other, beginning at `position`. The buffers may be reused when it resolves. */
  write(position: number, parts: readonly Uint8Array[]): Promise<void>;
  /** Resolves when everything written is on the medium (fdatasync). */
  sync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}
