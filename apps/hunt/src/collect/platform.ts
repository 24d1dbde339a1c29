/** What this collector can't give elsewhere, and what gives it there. */

const INSTEAD = `Any collector that writes JSON lines will do: POST them to /ingest/windows of a running program (hunt watch).`;

/** Null where the collector works. */
export function notGiven(platform: NodeJS.Platform): { readonly what: string; readonly instead: string } | null {
  switch (platform) {
    case "linux":
      return null;
    case "win32":
      return {
        what: "hunt collect reads /proc, which Windows does not have: neither processes nor connections are given",
        instead: `Use Sysmon, and a collector of its log such as winlogbeat or NXLog. ${INSTEAD}`,
      };
    case "darwin":
      return {
        what: "hunt collect reads /proc, which macOS does not have: neither processes nor connections are given",
        instead: `Use eslogger (macOS 13 and newer) or osquery. ${INSTEAD}`,
      };
    default:
      return {
        what: `hunt collect reads /proc as Linux has it; on ${platform} neither processes nor connections are given`,
        instead: INSTEAD,
      };
  }
}
