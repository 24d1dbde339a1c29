/** Room for more groups: `to`, longer, with what `from` holds in front. */
export function grown<A extends Float64Array | Int32Array | Uint8Array>(from: A, to: A): A {
  to.set(from as never);
  return to;
}
