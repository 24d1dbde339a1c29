/** Where in the user's program a call was made, for messages: the first stack frame outside this package. */
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Place } from "./nodes/node.js";

const PACKAGE = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
/** Built files, and with source maps their sources. */
const OWN = [`${PACKAGE}/dist/`, `${PACKAGE}/src/`];

export function callSite(): Place {
  const holder: { stack?: string } = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 12;
  Error.captureStackTrace(holder, callSite);
  Error.stackTraceLimit = limit;
  for (const line of (holder.stack ?? "").split("\n").slice(1)) {
    const match = /(?:file:\/\/)?(\/[^()]+?|[A-Za-z]:[^()]+?):(\d+):\d+\)?$/.exec(line);
    // Tests of this package are users of it.
    if (match === null || (OWN.some((own) => line.includes(own)) && !/\.test\.[jt]s/.test(line))) continue;
    return `${(match[1] as string).replace(/\?.*$/, "")}:${match[2]}`;
  }
  return "unknown place";
}
