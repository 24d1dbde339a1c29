/** Certificate and key of an HTTPS server, from files. */
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { MillraceError } from "../base/errors.js";

export interface Tls {
  readonly cert: string;
  readonly key: string;
}

/** Undefined when neither is named. Throws `USAGE` when one is missing, or they don't fit. */
export function readTls(certPath: string | undefined, keyPath: string | undefined): Tls | undefined {
  if (certPath === undefined && keyPath === undefined) return undefined;
  if (certPath === undefined || keyPath === undefined)
    throw new MillraceError("USAGE", "--tls-cert and --tls-key go together");
  try {
    const tls = { cert: readFileSync(certPath, "utf8"), key: readFileSync(keyPath, "utf8") };
    createSecureContext(tls);
    return tls;
  } catch (cause) {
    throw new MillraceError("USAGE", `the certificate and key can't be used: ${(cause as Error).message}`, {
      hint: "Both are PEM files; the certificate may be a chain, the server's own first.",
      cause,
    });
  }
}
