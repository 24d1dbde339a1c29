/** Before a message crosses threads: a typed array that is a view into a larger buffer would take the whole buffer along. */
export function owned<T>(value: T): T {
  return copy(value) as T;
}

function copy(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (ArrayBuffer.isView(value)) {
    const view = value as Uint8Array;
    // A Buffer arrives as a plain Uint8Array either way. Shared memory is shared, not copied.
    if (view.buffer instanceof SharedArrayBuffer || view.byteLength === view.buffer.byteLength) return view;
    return Buffer.isBuffer(view) ? new Uint8Array(view) : view.slice();
  }
  if (Array.isArray(value)) return value.map(copy);
  const result: Record<string, unknown> = {};
  for (const key in value) result[key] = copy((value as Record<string, unknown>)[key]);
  return result;
}
