/** `app`: a program is the outputs it lists, and whatever they read. */
import { MillraceError } from "../base/errors.js";
import type { App, Node } from "./api.js";
import { NodeHandle } from "./fluent.js";
import type { OutputNode } from "./nodes/node.js";
import { callSite } from "./place.js";
import { takeRegistered } from "./registry.js";
import { ResolvedPlan } from "./resolve.js";

const apps = new WeakSet<object>();

/**
 * import.meta says which module workers import. Only outputs (views, named streams) are listed; what they read is found
 * from them. Checks the whole program: all problems come in one `PROGRAM` error, with places.
 */
export function app<const N extends string, const P extends readonly Node[]>(
  meta: { url: string },
  name: N,
  parts: P,
): App<N, P> {
  const at = callSite();
  if (typeof meta?.url !== "string" || typeof name !== "string" || !Array.isArray(parts))
    throw new MillraceError("PROGRAM", "app takes import.meta, a name and the list of outputs", {
      at,
      hint: 'app(import.meta, "shop", [perRegion]): workers import the module that import.meta names.',
    });
  if (!/^[a-z][a-z0-9_-]{0,62}$/.test(name))
    throw new MillraceError("NAME", `"${name}" is not an app's name`, {
      at,
      hint: "A small letter, then at most 62 small letters, digits, - or _.",
    });
  const outputs = parts.map((part) => {
    const node = part instanceof NodeHandle ? part.node : undefined;
    if (node?.kind === "view" || node?.kind === "publish" || node?.kind === "sink") return node;
    throw new MillraceError(
      "PROGRAM",
      `app "${name}" lists something that is neither a view, a named stream nor a sink`,
      {
        at,
        hint: "End it with .view(name), .stream(name) or .to(name, sink); inputs and inner steps are found from the outputs.",
      },
    );
  });
  if (outputs.length === 0)
    throw new MillraceError("PROGRAM", `app "${name}" lists no outputs`, {
      at,
      hint: "List its views and named streams; inputs and inner steps are found from them.",
    });
  const registered = takeRegistered();
  const resolved = new ResolvedPlan({ app: name, url: meta.url, outputs });
  const listed = new Set<unknown>(resolved.nodes);
  for (const handle of registered)
    if (!listed.has(handle.node))
      process.emitWarning(
        `${handle.kind} "${handle.name}" (${handle.node.at}) is not among the outputs of app "${name}" and will not run`,
        "MillraceWarning",
      );
  const made: App<N, P> = Object.freeze({ name, parts, url: meta.url });
  apps.add(made);
  return made;
}

export function isApp(value: unknown): value is App {
  return typeof value === "object" && value !== null && apps.has(value);
}

/** The app's outputs as plan nodes. */
export function outputsOf(of: App): readonly OutputNode[] {
  return of.parts.map((part) => part.node as OutputNode);
}
