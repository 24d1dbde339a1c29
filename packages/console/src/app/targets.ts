/** What the palette can jump to: screens, the program's streams and views, and what was typed itself. */
import { useMemo } from "react";
import { useLivePart } from "../client/live.js";
import { useResource } from "../client/resource.js";
import { techniquesLike } from "../hunt/attack.js";
import { hostSummaries } from "../hunt/hosts.js";
import { visible } from "../ui/format.js";
import { go, link } from "./place.js";
import { useHunts } from "./program.js";
import type { Target } from "./rank.js";
import { SCREENS } from "./screens.js";
import { switchTheme } from "./theme.js";

export function useTargets(typed: string): readonly Target[] {
  const hunts = useHunts();
  const hosts = useHosts(hunts);
  const names = useLivePart(({ numbers }) =>
    numbers === null
      ? ""
      : JSON.stringify([numbers.status.streams.map(({ name }) => name), numbers.status.views.map(({ name }) => name)]),
  );
  return useMemo(() => {
    const [streams, views] = (names === "" ? [[], []] : JSON.parse(names)) as [string[], string[]];
    return [
      ...SCREENS.filter(({ group }) => group === "Engine" || (hunts && group !== undefined)).map(
        ({ id, title, icon, keys }) => ({
          id: `screen ${id}`,
          title,
          kind: "screen",
          icon,
          keys,
          run: () => go(link([id])),
        }),
      ),
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
      ...hosts.map((host) => ({
        id: `host ${host}`,
        title: visible(host),
        kind: "host",
        icon: "hosts" as const,
        run: () => go(link(["hosts", host])),
      })),
      ...(hunts ? typedTargets(typed) : []),
      { id: "theme", title: "Dark or light", kind: "setting", icon: "moon", keys: "g t", run: switchTheme },
    ];
  }, [names, hunts, hosts, typed]);
}

/** Hosts with alerts, found once when the palette opens. */
function useHosts(hunts: boolean): readonly string[] {
  const head = useLivePart(({ numbers }) => numbers?.status.alerts ?? 0);
  const { data } = useResource(hunts && head > 0 ? "palette hosts" : null, (signal) => hostSummaries(head, signal));
  return useMemo(() => data?.map(({ host }) => host) ?? [], [data]);
}

/** What was typed itself: a technique by its id or name, and words to look for among alerts. */
function typedTargets(typed: string): readonly Target[] {
  const text = typed.trim();
  if (text.length < 2) return [];
  return [
    ...techniquesLike(text).map(({ id, name }) => ({
      id: `technique ${id}`,
      title: `${id} ${name}`,
      kind: "technique",
      icon: "attack" as const,
      run: () => go(link(["attack"], { technique: id })),
    })),
    {
      id: "find",
      title: text,
      kind: "find among alerts",
      last: true,
      icon: "search",
      run: () => go(link(["alerts"], { q: text })),
    },
  ];
}
