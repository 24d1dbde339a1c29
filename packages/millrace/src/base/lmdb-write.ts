/**
 * One durable transaction of lmdb-js, with its failures made whole. When LMDB can't write, lmdb-js rejects with an error
 * that has the cause as `commitError`: a promise that is rejected too, and would end the process where nobody takes it.
 * For the same reason databases are opened with `eventTurnBatching: false`: the batches of a turn have promises that
 * nobody sees. After a failure the database goes on as it was before the transaction.
 */
import { getSystemErrorName } from "node:util";
import { MillraceError } from "./errors.js";
import { diskError } from "./node-disk.js";

interface Transactional {
  childTransaction(action: () => void): Promise<unknown>;
}

/** Durable when it resolves, nothing of it when it rejects: with `DISK`, or with what `action` threw. */
export async function lmdbWrite(path: string, db: Transactional, action: () => void): Promise<void> {
  try {
    // Not `transaction`: lmdb-js commits what that has done when its callback throws.
    await db.childTransaction(action);
  } catch (error) {
    const cause = await causeOf(error);
    const { code } = cause as { readonly code?: unknown };
    // LMDB's failures have numbers: the system's, or negative ones of its own.
    throw typeof code === "number" ? writeError(path, code, cause) : cause;
  }
}

async function causeOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { readonly commitError?: Promise<unknown> };
  if (commitError === undefined) return error;
  return commitError.then(
    () => error,
    (cause: unknown) => cause,
  );
}

function writeError(path: string, code: number, cause: unknown): MillraceError {
  const name = code > 0 ? getSystemErrorName(-code) : "";
  // What it could write only a part of, which is how a disk gets full, it calls an I/O error.
  if (name !== "EIO") return diskError(path, cause, name);
  return new MillraceError("DISK", `${path}: a write was cut short: the disk is full, or the device fails`, {
    hint: "Free space; writing goes on when there is room. If there is some, check the disk's health (dmesg, smartctl).",
    cause,
  });
}
