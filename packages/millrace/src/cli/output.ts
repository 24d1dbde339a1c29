/** Standard output for results of any size. */

/** Nobody reads any more (`| head`): nothing went wrong, and there is nothing left to do. */
export class OutputClosed extends Error {}

/** Resolves when the part has been handed on, so that a slow reader holds the work back. Rejects with `OutputClosed`. */
export function write(part: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(part, (error) => (error == null ? resolve() : reject(new OutputClosed())));
  });
}
