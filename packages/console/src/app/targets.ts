/** What the palette can jump to: screens, the program's streams and views, and what was typed itself. */
import { useMemo } from "react";
import { useLivePart } from "../client/live.js";
import { go, link } from "./place.js";
import { useHunts } from "./program.js";
import type { Target } from "./rank.js";
import { SCREENS } from "./screens.js";
import { switchTheme } from "./theme.js";

export function useTargets(_typed: string): readonly Target[] {
  const hunts = useHunts();
  const names = useLivePart(({ numbers }) =>
    numbers === null
      ? ""
      : JSON.stringify([numbers.status.streams.map(({ name }) => name), numbers.status.views.map(({ name }) => name)]),
  );
  return useMemo(() => {
    const [streams, views] = (names === "" ? [[], []] : JSON.parse(names)) as [string[], string[]];
    return [
      ...SCREENS.filter(({ group }) => group === "Engine" || hunts).map(({ id, title, icon, keys }) => ({
        id: `screen ${id}`,
        title,
        kind: "screen",
        icon,
        keys,
        run: () => go(link([id])),
      })),
      ...streams
        .filter((name) => name !== "dead_letters")
        .map((name) => ({
          id: `stream ${name}`,
          title: name,
          kind: "stream",
          icon: "streams" as const,
          run: () => go(link(["streams", name])),
        })),
      ...views.map((name) => ({
        id: `view ${name}`,
        title: name,
        kind: "view",
        icon: "views" as const,
        run: () => go(link(["views", name])),
      })),
      { id: "theme", title: "Dark or light", kind: "setting", icon: "moon", keys: "g t", run: switchTheme },
    ];
  }, [names, hunts]);
}
