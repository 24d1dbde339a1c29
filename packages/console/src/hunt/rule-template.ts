/** The beginnings of new rules and silences. */

export const SILENCES = "silences";

export function newFile(set: string): string {
  return set === SILENCES ? newSilence(`silence-${newId().slice(0, 8)}`, newId(), null) : newRule();
}

/** As Sigma wants it, with an id of its own. */
function newRule(): string {
  return `title: What it finds, in a few words
id: ${newId()}
status: experimental
description: |
    What somebody does, and why it is worth a look.
tags:
    - attack.execution
logsource:
    category: process_creation
    product: windows
detection:
    selection:
        Image|endswith: '\\program.exe'
    condition: selection
level: medium
`;
}

/** A random UUID (version 4). */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** The beginning of a silence, for alerts of one rule on one host; see the hunt application's silences. */
export function silenceFile(
  rule: string,
  host: string | null,
  title: string,
): { readonly set: string; readonly file: string; readonly text: string } {
  const id = `${slug(title)}-${newId().slice(0, 8)}`;
  return { set: SILENCES, file: `console/${id}.yml`, text: newSilence(id, rule, host) };
}

function newSilence(id: string, rule: string, host: string | null): string {
  return `id: ${id}
reason: Why this is harmless, for those who ask later
# It ends by itself; without it what is known to be harmless is silenced for good.
until: ${new Date(Date.now() + 7 * 86_400_000).toISOString().slice(0, 19)}Z
alerts:
    rule: ${rule}${host === null ? "" : `\n    host: ${JSON.stringify(host)}`}
`;
}

function slug(title: string): string {
  return (
    title
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .replace(/^-|-$/g, "")
      .slice(0, 40) || "silence"
  );
}
