/** Who an event is about: its host, user and process, whatever its shape calls them. Null where it does not say. */
import type { Open } from "millrace";

const HOST = ["Hostname", "Computer", "computer_name", "winlog.computer_name", "host.name", "@system"];
const USER = ["User", "SubjectUserName", "AccountName", "TargetUserName", "UserName", "user.name"];
const PROCESS = ["Image", "NewProcessName", "SourceImage", "ProcessName", "Application", "process.executable"];

export function hostOf(attributes: Open): string | null {
  return firstText(attributes, HOST);
}

export function userOf(attributes: Open): string | null {
  return firstText(attributes, USER);
}

export function processOf(attributes: Open): string | null {
  return firstText(attributes, PROCESS);
}

/** The first that says something: "-" and "" stand for nothing in Windows events. */
function firstText(attributes: Open, names: readonly string[]): string | null {
  for (const name of names)
    for (const prefix of ["", "event_data.", "winlog.event_data."]) {
      const text = attributes.text(prefix + name);
      if (text !== null && text !== "-" && text !== "") return text;
    }
  return null;
}
