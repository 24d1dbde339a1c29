/** The ATT&CK matrix by what was seen: a column for each tactic, a cell for each technique that alerts name. */
import type { ReactElement } from "react";
import { useMemo } from "react";
import { useKeys } from "../../app/keys.js";
import { go, goQuery, link } from "../../app/place.js";
import type { ScreenProps } from "../../app/screens.js";
import { useLivePart } from "../../client/live.js";
import { useResource } from "../../client/resource.js";
import { shortHost } from "../../hunt/alerts.js";
import { tacticName, techniqueName } from "../../hunt/attack.js";
import type { Cell, TacticColumn, TechniqueCell } from "../../hunt/matrix.js";
import { matrixOf, seenTechniques } from "../../hunt/matrix.js";
import { Button, classes } from "../../ui/controls.js";
import { counted, short, visible } from "../../ui/format.js";
import { Empty, Failure, Panel, Skeleton } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import styles from "./attack.module.css";
import { TechniqueDetail } from "./technique-detail.js";

/** While alerts pour in, the matrix is counted again no more often. */
const STEP = 500;

export function AttackMatrix({ place }: ScreenProps): ReactElement {
  const host = place.query.get("host");
  const chosen = place.query.get("technique");
  const head = useLivePart(({ numbers }) => {
    const alerts = numbers?.status.alerts ?? 0;
    return alerts < STEP ? alerts : Math.floor(alerts / STEP) * STEP;
  });
  const { data, error, reload } = useResource(
    head === 0 ? null : `matrix ${host} ${head}`,
    (signal) => seenTechniques(host, head, signal),
    { keep: true },
  );
  const columns = useMemo(() => matrixOf(data ?? []), [data]);
  const cell = useMemo(() => cellIn(columns, chosen), [columns, chosen]);
  useMatrixKeys(columns, chosen);
  const techniques = new Set(columns.flatMap(({ cells }) => cells.map(({ technique }) => technique))).size;
  return (
    <div className={split.split}>
      <Panel
        title="ATT&CK techniques seen"
        note={
          data === undefined ? undefined : `${counted(techniques, "technique")} in ${counted(columns.length, "tactic")}`
        }
        className={split.main}
        actions={
          host === null ? null : (
            <Button icon="close" title="All hosts" onClick={() => goQuery({ host: null })}>
              {visible(shortHost(host))}
            </Button>
          )
        }
      >
        {error !== null ? (
          <Failure error={error} retry={reload} />
        ) : data === undefined && head > 0 ? (
          <Skeleton lines={14} />
        ) : columns.length === 0 ? (
          <Empty title="No alert names a technique">Rules name them by tags, attack.t1059 for one.</Empty>
        ) : (
          <Matrix columns={columns} chosen={chosen} />
        )}
      </Panel>
      {cell === null ? null : <TechniqueDetail cell={cell} host={host} onClose={() => goQuery({ technique: null })} />}
    </div>
  );
}

function Matrix({
  columns,
  chosen,
}: {
  readonly columns: readonly TacticColumn[];
  readonly chosen: string | null;
}): ReactElement {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div className={styles.matrix} role="group" aria-label="Matrix" tabIndex={0}>
      {columns.map(({ tactic, alerts, cells }) => (
        <section key={tactic} className={styles.column} aria-label={tacticName(tactic)}>
          <h3 className={styles.tactic}>
            {tacticName(tactic)} <span className="quiet">{short(alerts)}</span>
          </h3>
          {cells.map((cell) => (
            <CellBox key={cell.technique} cell={cell} chosen={chosen} />
          ))}
        </section>
      ))}
    </div>
  );
}

function CellBox({ cell, chosen }: { readonly cell: TechniqueCell; readonly chosen: string | null }): ReactElement {
  return (
    <div className={styles.cell} data-level={cell.level}>
      <CellButton cell={cell} chosen={chosen} />
      {cell.subs.map((sub) => (
        <CellButton key={sub.technique} cell={sub} chosen={chosen} sub />
      ))}
    </div>
  );
}

function CellButton({
  cell,
  chosen,
  sub = false,
}: {
  readonly cell: Cell;
  readonly chosen: string | null;
  readonly sub?: boolean;
}): ReactElement {
  const { technique, alerts } = cell;
  return (
    <button
      type="button"
      className={classes(styles.technique, sub && styles.sub)}
      aria-pressed={technique === chosen}
      title={`${technique}: ${counted(alerts, "alert")}`}
      onClick={() => goQuery({ technique: technique === chosen ? null : technique })}
    >
      <span className={styles.name}>{techniqueName(technique) ?? technique}</span>
      <span className={styles.count}>{short(alerts)}</span>
      <span className={styles.id}>{sub ? technique.slice(5) : technique}</span>
    </button>
  );
}

function cellIn(columns: readonly TacticColumn[], technique: string | null): Cell | null {
  if (technique === null) return null;
  for (const { cells } of columns)
    for (const cell of cells) {
      if (cell.technique === technique) return cell;
      const sub = cell.subs.find((one) => one.technique === technique);
      if (sub !== undefined) return sub;
    }
  return null;
}

/** Through the cells as through a table: arrows or h j k l. */
function useMatrixKeys(columns: readonly TacticColumn[], chosen: string | null): void {
  const grid = columns.map(({ cells }) =>
    cells.flatMap((cell) => [cell, ...cell.subs]).map(({ technique }) => technique),
  );
  const column = grid.findIndex((cells) => chosen !== null && cells.includes(chosen));
  const row = column < 0 ? -1 : (grid[column] as string[]).indexOf(chosen as string);
  const to = (nextColumn: number, nextRow: number): void => {
    const cells = grid[Math.max(0, Math.min(grid.length - 1, nextColumn))] ?? [];
    const technique = cells[Math.max(0, Math.min(cells.length - 1, nextRow))];
    if (technique !== undefined) goQuery({ technique });
  };
  useKeys("Matrix", [
    { keys: "j", does: "Next technique", run: () => to(Math.max(0, column), row + 1) },
    { keys: "k", does: "Technique before", run: () => to(Math.max(0, column), row - 1) },
    { keys: "h", does: "Tactic before", run: () => to(column - 1, row) },
    { keys: "l", does: "Next tactic", run: () => to(column + 1, row) },
    { keys: "Enter", does: "Its alerts", run: () => chosen !== null && go(link(["alerts"], { technique: chosen })) },
    { keys: "Esc", does: "Close the technique", run: () => goQuery({ technique: null }) },
  ]);
}
