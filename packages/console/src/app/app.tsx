/** The frame: where one can go, how the program is, and the screen one is at. */
import type { ReactElement } from "react";
import { Suspense, useEffect, useState, useSyncExternalStore } from "react";
import { Access } from "../client/access.js";
import { getAccess } from "../client/api.js";
import { accessStore } from "../client/http.js";
import { startLive, useLivePart } from "../client/live.js";
import { useResource } from "../client/resource.js";
import { Empty } from "../ui/panel.js";
import styles from "./app.module.css";
import { Caught } from "./caught.js";
import { KeyList } from "./key-list.js";
import type { Binding } from "./keys.js";
import { startKeys, useKeys } from "./keys.js";
import { Nav } from "./nav.js";
import { Palette } from "./palette.js";
import { go, link, usePlace } from "./place.js";
import { SCREENS, screenOf } from "./screens.js";
import { switchTheme } from "./theme.js";
import { TokenPrompt } from "./token-prompt.js";
import { TopBar } from "./top-bar.js";

export function App(): ReactElement {
  const access = useSyncExternalStore(accessStore.subscribe, accessStore.get);
  useEffect(startKeys, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: with another token everything is asked again
  useEffect(startLive, [access.version]);
  return (
    <>
      <Shell key={access.version} />
      {access.refused ? <TokenPrompt again={access.version > 0} /> : null}
    </>
  );
}

function Shell(): ReactElement {
  const place = usePlace();
  const [open, setOpen] = useState<"palette" | "keys" | null>(null);
  useGlobalKeys(setOpen);
  useTitle();
  const screen = screenOf(place);
  const access = useResource("access", getAccess).data ?? null;
  return (
    <Access value={access}>
      <div className={styles.shell}>
        {/* biome-ignore lint/a11y/useValidAnchor: the address is the place in the console, so the jump is made here */}
        <a className={styles.skip} href="#main" onClick={focusMain}>
          Skip to content
        </a>
        <Nav current={screen?.id ?? null} onKeys={() => setOpen("keys")} />
        <TopBar place={place} screen={screen} onPalette={() => setOpen("palette")} />
        <main id="main" className={styles.main} tabIndex={-1}>
          <Caught place={place.path.join("/")}>
            <Suspense fallback={<div className={styles.waiting} />}>
              {screen === null ? (
                <Empty title="There is no such place in the console.">
                  <a href={link(["overview"])}>To the overview</a>
                </Empty>
              ) : (
                <screen.component place={place} />
              )}
            </Suspense>
          </Caught>
        </main>
        {open === "palette" ? <Palette onClose={() => setOpen(null)} /> : null}
        {open === "keys" ? <KeyList onClose={() => setOpen(null)} /> : null}
      </div>
    </Access>
  );
}

function useGlobalKeys(setOpen: (open: "palette" | "keys") => void): void {
  const leads: Binding[] = SCREENS.filter(({ group }) => group !== undefined).map(({ keys, title, id }) => ({
    keys,
    does: title,
    run: () => go(link([id])),
  }));
  useKeys("Everywhere", [
    { keys: "Ctrl K", does: "Jump to anything", typing: true, run: () => setOpen("palette") },
    { keys: "?", does: "Keys", run: () => setOpen("keys") },
    { keys: "g t", does: "Dark or light", run: switchTheme },
    ...leads,
  ]);
}

function useTitle(): void {
  const app = useLivePart(({ numbers }) => numbers?.status.app ?? "");
  const alerts = useLivePart(({ numbers }) => numbers?.status.alerts ?? 0);
  useEffect(() => {
    document.title = `${alerts > 0 ? `(${alerts}) ` : ""}${app === "" ? "" : `${app} · `}Millrace`;
  }, [app, alerts]);
}

function focusMain(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
