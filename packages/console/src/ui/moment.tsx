/** A time: UTC, to the second, with all of it and how long ago it was on hover. */
import type { ReactElement } from "react";
import { ago, epochMs, instantAt } from "./format.js";

/** short: without the year. */
export function Moment({ at, short = false }: { readonly at: unknown; readonly short?: boolean }): ReactElement {
  const ms = epochMs(at);
  const whole = instantAt(ms);
  if (whole === null || Number.isNaN(ms)) return <span className="quiet">none</span>;
  const shown = whole.slice(short ? 5 : 0, 19);
  return (
    <time dateTime={new Date(ms).toISOString()} title={`${whole} UTC, ${ago(ms, Date.now())}`}>
      {shown}
    </time>
  );
}
