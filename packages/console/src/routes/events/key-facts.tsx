/** The attributes a hunter looks at first, in an order that tells a story; each value leads to where it was seen besides. */
import type { ReactElement } from "react";
import { link } from "../../app/place.js";
import type { EventRow } from "../../hunt/events.js";
import { attributesOf, firstOf, NAMES } from "../../hunt/security-event.js";
import { Fields } from "../../ui/fields.js";
import { visible } from "../../ui/format.js";

const GROUPS: readonly (readonly string[])[] = [
  [
    "Image",
    "NewProcessName",
    "SourceImage",
    "CommandLine",
    "CurrentDirectory",
    "ProcessId",
    "NewProcessId",
    "ProcessGuid",
  ],
  [
    "IntegrityLevel",
    "LogonId",
    "SubjectLogonId",
    "Hashes",
    "OriginalFileName",
    "Description",
    "Company",
    "Signed",
    "Signature",
  ],
  ["ParentImage", "ParentProcessName", "ParentCommandLine", "ParentProcessId", "ParentProcessGuid"],
  ["TargetImage", "GrantedAccess", "CallTrace", "TargetFilename", "TargetObject", "Details", "ImageLoaded", "PipeName"],
  [
    "Protocol",
    "SourceIp",
    "SourcePort",
    "DestinationIp",
    "DestinationHostname",
    "DestinationPort",
    "QueryName",
    "QueryResults",
  ],
  ["TargetUserName", "TargetDomainName", "LogonType", "IpAddress", "WorkstationName", "AuthenticationPackageName"],
  ["ServiceName", "ServiceFileName", "ImagePath", "StartType", "TaskName", "TaskContent", "ScriptBlockText", "Path"],
];

export function KeyFacts({ event }: { readonly event: EventRow }): ReactElement {
  const get = attributesOf(event.attributes);
  const host = firstOf(get, NAMES.host);
  const user = firstOf(get, NAMES.user);
  const found = GROUPS.flat().flatMap((name) => {
    const value = get(name);
    return value === null ? [] : [{ name, value }];
  });
  const who = [
    ...(host === null
      ? []
      : [{ name: "host", value: host, shown: <a href={link(["alerts"], { host })}>{visible(host)}</a> }]),
    ...(user === null
      ? []
      : [{ name: "user", value: user, shown: <a href={link(["alerts"], { user })}>{visible(user)}</a> }]),
  ];
  return <Fields fields={[...who, ...found]} />;
}
