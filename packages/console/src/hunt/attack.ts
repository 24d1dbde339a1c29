/** ATT&CK techniques by id: names, tactics, and where in the matrix what was seen belongs. */
import { TACTICS, TECHNIQUES } from "./attack-data.js";

interface Technique {
  readonly name: string;
  /** As rules write them: "credential-access". */
  readonly tactics: readonly string[];
}

const codes = new Map<string, string>(TACTICS.map(([code, tactic]) => [code, tactic]));
const names = new Map<string, string>(TACTICS.map(([, tactic, name]) => [tactic, name]));

const techniques = new Map<string, Technique>();
for (const line of TECHNIQUES.trim().split("\n")) {
  const [head = "", tactics = "", subs = ""] = line.split("|");
  const id = head.slice(0, 5);
  const name = head.slice(6);
  const own = tactics.split(" ").map((code) => codes.get(code) as string);
  techniques.set(id, { name, tactics: own });
  for (const sub of subs.split(";").filter((one) => one !== ""))
    techniques.set(`${id}.${sub.slice(0, 3)}`, { name: sub.slice(4), tactics: own });
}

export const TACTIC_ORDER: readonly string[] = TACTICS.map(([, tactic]) => tactic);

/** Null for one that is not known: it is shown by its id. */
export function techniqueName(id: string): string | null {
  return techniques.get(id)?.name ?? null;
}

const LIKE_MAX = 8;

/** Techniques whose id or name has the text. */
export function techniquesLike(text: string): readonly { readonly id: string; readonly name: string }[] {
  const wanted = text.toLowerCase();
  const found: { id: string; name: string }[] = [];
  for (const [id, { name }] of techniques) {
    if (!`${id} ${name}`.toLowerCase().includes(wanted)) continue;
    found.push({ id, name });
    if (found.length === LIKE_MAX) break;
  }
  return found;
}

export function tacticName(tactic: string): string {
  return names.get(tactic) ?? tactic;
}

export function parentOf(id: string): string {
  return id.split(".")[0] as string;
}

/** Newer versions of the matrix have divided this tactic in two. */
const EVASION = new Set(["defense-evasion", "stealth", "defense-impairment"]);

/**
 * The tactics a technique stands under where an alert names both. A technique may serve several: of those the alert
 * names, the ones that are its own; where none is (an unknown technique, another version of the matrix), the alert's
 * that no other of its techniques claims, or all of them. Without any named, the technique's own.
 */
export function tacticsOf(technique: string, named: readonly string[], beside: readonly string[]): readonly string[] {
  const own = ownTactics(technique);
  if (named.length === 0) return own.length > 0 ? own : ["unknown"];
  const shared = named.filter((tactic) => belongs(tactic, own));
  if (shared.length > 0) return shared;
  const claimed = beside.flatMap((other) => (other === technique ? [] : ownTactics(other)));
  const free = named.filter((tactic) => !belongs(tactic, claimed));
  return free.length > 0 ? free : named;
}

function ownTactics(technique: string): readonly string[] {
  return (techniques.get(technique) ?? techniques.get(parentOf(technique)))?.tactics ?? [];
}

function belongs(tactic: string, tactics: readonly string[]): boolean {
  return tactics.includes(tactic) || (EVASION.has(tactic) && tactics.some((one) => EVASION.has(one)));
}
