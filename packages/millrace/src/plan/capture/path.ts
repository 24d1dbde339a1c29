/** The value under a path of own properties, undefined where there is none. */
export function valueAtPath(root: unknown, path: readonly string[]): unknown {
  let value = root;
  for (const name of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

/** `p.limits.min`, `p["a b"]`: how people write it. */
export function pathText(path: readonly string[], root = "p"): string {
  return (
    root + path.map((name) => (/^[A-Za-z_$][\w$]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`)).join("")
  );
}
