/**
 * Field names of rules to attribute names of events, in order of preference.
 *
 * Windows events come in three shapes, and a rule should not care which:
 *   flat        {"EventID":1,"Channel":"…","Image":"…"}                            collectors and exports
 *   winlogbeat  {"event_id":1,"log_name":"…","event_data":{"Image":"…"}}           up to version 6
 *   winlogbeat  {"winlog":{"event_id":1,"channel":"…","event_data":{"Image":"…"}}} from version 7
 * Nested objects are attributes with dotted names.
 */

/** A field of a rule that an event calls by another name, for one log source. */
export type FieldAliases = Readonly<Record<string, readonly string[]>>;

/** What stands in the header of a Windows event, beside the rule's own name for it. */
const HEADER: FieldAliases = {
  Channel: ["log_name", "winlog.channel"],
  EventID: ["event_id", "winlog.event_id"],
  Provider_Name: ["SourceName", "source_name", "winlog.provider_name"],
  Computer: ["Hostname", "computer_name", "winlog.computer_name"],
  ComputerName: ["Hostname", "computer_name", "winlog.computer_name"],
  Message: ["message"],
};

/** How one Windows log source calls its fields. */
export interface FieldNaming {
  readonly aliases: FieldAliases;
  /**
   * The source's own names have spaces ("Threat Name"), which rules leave out ("ThreatName") as the specification
   * asks: a name is then also looked for with a space before each capital.
   */
  readonly spaced: boolean;
}

export const PLAIN_NAMING: FieldNaming = { aliases: {}, spaced: false };

/** Security 4688 tells of a started process in other words than Sysmon. */
export const AUDIT_PROCESS: FieldNaming = {
  aliases: { Image: ["NewProcessName"], ParentImage: ["ParentProcessName"], LogonId: ["SubjectLogonId"] },
  spaced: false,
};

/** Old channels have unnamed data; collectors keep it only in the rendered message. */
export const UNNAMED_DATA: FieldNaming = { aliases: { Data: ["Message"] }, spaced: false };

/** Windows Defender writes names with spaces. */
export const SPACED: FieldNaming = { aliases: {}, spaced: true };

/** Thousands of rules name the same few hundred fields: each list of names is made once. */
const known = new WeakMap<FieldNaming, Map<string, readonly string[]>>();

/** The attribute names of a field of a Windows event: its own name first, in every shape, then its aliases. */
export function windowsNames(field: string, naming: FieldNaming = PLAIN_NAMING): readonly string[] {
  let lists = known.get(naming);
  if (lists === undefined) {
    lists = new Map();
    known.set(naming, lists);
  }
  let names = lists.get(field);
  if (names === undefined) {
    names = [...new Set(makeNames(field, naming))];
    lists.set(field, names);
  }
  return names;
}

function makeNames(field: string, { aliases, spaced }: FieldNaming): string[] {
  const names = [...inEveryShape(field), ...own(HEADER, field)];
  if (spaced) names.push(...inEveryShape(field.replace(/(?<=[a-z])(?=[A-Z])/g, " ")));
  for (const alias of own(aliases, field)) names.push(...inEveryShape(alias), ...own(HEADER, alias));
  return names;
}

function own(aliases: FieldAliases, field: string): readonly string[] {
  return Object.hasOwn(aliases, field) ? (aliases[field] as readonly string[]) : [];
}

/** The attribute names of a field of any other event. Zeek's `id.orig_h` is `id_orig_h` in many exports. */
export function plainNames(field: string): readonly string[] {
  return field.includes(".") ? [field, field.replaceAll(".", "_")] : [field];
}

function inEveryShape(field: string): string[] {
  return [field, `event_data.${field}`, `winlog.event_data.${field}`];
}
