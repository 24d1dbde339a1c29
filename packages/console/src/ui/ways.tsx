/** Buttons that lead on, each with its key. */
import type { ReactElement } from "react";
import { useKeys } from "../app/keys.js";
import { go } from "../app/place.js";
import type { Way } from "../hunt/ways.js";
import { LinkButton } from "./controls.js";

export function Ways({ ways }: { readonly ways: readonly Way[] }): ReactElement {
  useKeys(
    "From here",
    ways.map(({ keys, title, href }) => ({ keys, does: title, run: () => go(href) })),
  );
  return (
    <>
      {ways.map(({ keys, title, icon, href }) => (
        <LinkButton key={keys} href={href} icon={icon} keys={keys}>
          {title}
        </LinkButton>
      ))}
    </>
  );
}
