/** What is special about an alert, in a word each. */
import type { ReactElement } from "react";
import { Tag } from "./controls.js";

interface MarksProps {
  readonly retro: boolean;
  /** What silences it. */
  readonly silenced: string | null;
}

export function Marks({ retro, silenced }: MarksProps): ReactElement | null {
  if (!retro && silenced === null) return null;
  return (
    <>
      {" "}
      {retro ? (
        <Tag tone="accent" title="Found by a rule that came after the event">
          retro
        </Tag>
      ) : null}{" "}
      {silenced === null ? null : <Tag title={`The silence "${silenced}" fits it`}>silenced</Tag>}
    </>
  );
}
