/** The program as a graph: what flows where and how fast, who is busy, and who holds time back. */
import type { ReactElement, RefObject } from "react";
import { lazy, Suspense, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useKeys } from "../../app/keys.js";
import { goQuery } from "../../app/place.js";
import type { ScreenProps } from "../../app/screens.js";
import { getGraph } from "../../client/api.js";
import { useLivePart } from "../../client/live.js";
import { useResource } from "../../client/resource.js";
import { classes } from "../../ui/controls.js";
import { counted } from "../../ui/format.js";
import { Failure, Panel, Skeleton } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import { BoxDetail } from "./box-detail.js";
import type { Box } from "./boxes.js";
import { drawingOf, layoutFor } from "./boxes.js";
import { EngineDetail } from "./engine-detail.js";
import styles from "./graph.module.css";

const Canvas = lazy(async () => ({ default: (await import("./canvas.js")).Canvas }));

export function Graph({ place }: ScreenProps): ReactElement {
  const plan = useLivePart(({ numbers }) => numbers?.status.plan ?? "");
  const { data, error, reload } = useResource(`graph ${plan}`, getGraph);
  const drawing = useMemo(() => (data === undefined ? null : drawingOf(data)), [data]);
  const [box, space] = useSpace();
  const layout = useMemo(() => (drawing === null ? null : layoutFor(drawing, space)), [drawing, space]);
  const chosen = place.query.get("node");
  const operator = drawing?.boxes.find(({ id }) => id === chosen) ?? null;
  const choose = (id: string | null): void => goQuery({ node: id });
  const step = (by: number): void => {
    const ids = inReadingOrder(drawing?.boxes ?? [], layout?.places);
    const at = chosen === null ? -1 : ids.indexOf(chosen);
    const next = ids[Math.max(0, Math.min(ids.length - 1, at + by))];
    if (next !== undefined) choose(next);
  };
  useKeys("Graph", [
    { keys: "j", does: "Next operator", run: () => step(1) },
    { keys: "k", does: "Operator before", run: () => step(-1) },
    ...(operator === null ? [] : [{ keys: "Esc", does: "Close the operator", run: () => choose(null) }]),
  ]);
  return (
    <div className={classes(split.split, split.stack)}>
      <Panel
        title="Dataflow"
        note={drawing === null ? undefined : counted(drawing.boxes.length, "operator")}
        className={split.main}
      >
        <div ref={box} className={styles.space}>
          {error !== null ? (
            <Failure error={error} retry={reload} />
          ) : drawing === null || layout === null ? (
            <Skeleton lines={12} />
          ) : (
            <Suspense fallback={<Skeleton lines={12} />}>
              <Canvas drawing={drawing} layout={layout} chosen={chosen} onChoose={choose} />
            </Suspense>
          )}
        </div>
      </Panel>
      {operator === null ? (
        <EngineDetail />
      ) : (
        <BoxDetail key={operator.id} box={operator} onClose={() => choose(null)} />
      )}
    </div>
  );
}

/** The size of the space the graph has; another one only when it differs by more than a little. */
function useSpace(): [RefObject<HTMLDivElement | null>, { readonly width: number; readonly height: number }] {
  const box = useRef<HTMLDivElement>(null);
  const [space, setSpace] = useState({ width: 800, height: 700 });
  useLayoutEffect(() => {
    const look = (): void => {
      const { clientWidth: width, clientHeight: height } = box.current as HTMLDivElement;
      setSpace((was) => (Math.abs(was.width - width) + Math.abs(was.height - height) < 40 ? was : { width, height }));
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(box.current as HTMLDivElement);
    return () => observer.disconnect();
  }, []);
  return [box, space];
}

/** Column by column, from the top. */
function inReadingOrder(
  boxes: readonly Box[],
  places: ReadonlyMap<string, { readonly x: number; readonly y: number }> | undefined,
): readonly string[] {
  const at = (id: string): { x: number; y: number } => places?.get(id) ?? { x: 0, y: 0 };
  return boxes.map(({ id }) => id).sort((a, b) => at(a).x - at(b).x || at(a).y - at(b).y);
}
