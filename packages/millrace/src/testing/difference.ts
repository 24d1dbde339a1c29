/** The lines that one side has and the other has not. */
export function difference(expected: readonly string[], found: readonly string[]): string {
  const left = [...expected];
  const right: string[] = [];
  for (const line of found) {
    const at = left.indexOf(line);
    if (at < 0) right.push(line);
    else left.splice(at, 1);
  }
  if (left.length + right.length === 0) return "  the same lines in another order";
  return [...left.map((line) => `  - ${line}`), ...right.map((line) => `  + ${line}`)].join("\n");
}
