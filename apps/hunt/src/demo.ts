/** `hunt demo`: what `npm start` runs. */
export async function demo(_args: readonly string[]): Promise<number> {
  return 0;
}
