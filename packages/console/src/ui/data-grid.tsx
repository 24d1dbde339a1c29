/**
 * A list of rows of one height, of any length: only what is in sight is in the document. Moved through by keyboard
 * (j k, arrows, Home End, Page keys), opened by Enter. The row of a number comes from the caller, which may not have it
 * yet: then its place is kept.
 */
import { useVirtualizer } from "@tanstack/react-virtual";
import type { KeyboardEvent, ReactElement, ReactNode, RefObject } from "react";
import { useEffect, useId, useRef } from "react";
import type { Binding } from "../app/keys.js";
import { useKeys } from "../app/keys.js";
import { classes } from "./controls.js";
import styles from "./data-grid.module.css";

const ROW_HEIGHT = 26;
/** A row and the line below it. */
const HEAD_HEIGHT = ROW_HEIGHT + 1;

export interface Column<T> {
  readonly id: string;
  readonly title: string;
  /** A track of CSS grid: "90px", "minmax(120px, 1fr)". */
  readonly width: string;
  readonly end?: boolean;
  readonly mono?: boolean;
  readonly quiet?: boolean;
  readonly cell: (row: T, index: number) => ReactNode;
}

interface GridProps<T> {
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly count: number;
  readonly row: (index: number) => T | undefined;
  /** -1: none. */
  readonly selected?: number;
  readonly onSelect?: (index: number) => void;
  readonly onOpen?: (index: number) => void;
  /** j, k and Enter reach it wherever the focus is. */
  readonly primary?: boolean;
  /** Instead of rows when there are none. */
  readonly empty?: ReactNode;
  /** A change of it scrolls back to the top. */
  readonly listKey?: string;
  /** Told when it is scrolled to the top, and away from it. */
  readonly onTop?: (top: boolean) => void;
  /** The narrowest it gets before it scrolls sideways. */
  readonly minWidth?: number;
}

export function DataGrid<T>(props: GridProps<T>): ReactElement {
  const { label, columns, count, row, selected = -1, onSelect, onOpen, primary = false, empty, listKey } = props;
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const rows = useRows(box, count, selected, listKey);
  const shown = rows.getVirtualItems();
  const move = (to: number): void => {
    const next = Math.max(0, Math.min(count - 1, to));
    if (count === 0) return;
    onSelect?.(next);
  };
  useGridKeys(primary, move, selected, onOpen);

  const pressed = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor((box.current?.clientHeight ?? 0) / ROW_HEIGHT) - 2);
    const to = keyTarget(event.key, selected, page, count);
    if (onSelect !== undefined && to !== undefined) move(to);
    else if (event.key === "Enter" && selected >= 0 && onOpen !== undefined) onOpen(selected);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const template = { gridTemplateColumns: columns.map(({ width }) => width).join(" ") };
  if (count === 0) return <div className={classes(styles.box, styles.empty)}>{empty}</div>;
  return (
    <div
      ref={box}
      className={styles.box}
      role="grid"
      aria-label={label}
      aria-rowcount={count + 1}
      aria-colcount={columns.length}
      tabIndex={0}
      aria-activedescendant={shown.some(({ index }) => index === selected) ? `${id}-${selected}` : undefined}
      onKeyDown={pressed}
      onScroll={(event) => props.onTop?.(event.currentTarget.scrollTop < ROW_HEIGHT)}
    >
      <div className={styles.sheet} style={{ minWidth: props.minWidth ?? 0 }}>
        <GridHead columns={columns} template={template} />
        <div role="rowgroup" className={styles.rows} style={{ height: rows.getTotalSize() }}>
          {shown.map(({ index, start }) => (
            <GridRow
              key={index}
              {...{ index, columns, template, onSelect, onOpen }}
              id={`${id}-${index}`}
              top={start - HEAD_HEIGHT}
              row={row(index)}
              selected={onSelect === undefined ? null : index === selected}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

/** What is in sight of so many rows; the chosen one is brought there, and another list begins at its top. */
function useRows(
  box: RefObject<HTMLDivElement | null>,
  count: number,
  selected: number,
  listKey: string | undefined,
): ReturnType<typeof useVirtualizer<HTMLDivElement, Element>> {
  const rows = useVirtualizer<HTMLDivElement, Element>({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
    // The head stands above the first row, and stays in sight.
    scrollMargin: HEAD_HEIGHT,
    scrollPaddingStart: HEAD_HEIGHT,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list begins at its top
  useEffect(() => {
    box.current?.scrollTo({ top: 0 });
  }, [listKey]);
  const there = selected >= 0 && selected < count;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when another is chosen, or the chosen one appears
  useEffect(() => {
    if (there) rows.scrollToIndex(selected, { align: "auto" });
  }, [selected, there]);
  return rows;
}

/** The row a key leads to; undefined for other keys. */
function keyTarget(key: string, selected: number, page: number, count: number): number | undefined {
  switch (key) {
    case "ArrowDown":
      return selected + 1;
    case "ArrowUp":
      return selected - 1;
    case "PageDown":
      return selected + page;
    case "PageUp":
      return selected - page;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return undefined;
  }
}

function GridHead<T>({
  columns,
  template,
}: {
  readonly columns: readonly Column<T>[];
  readonly template: { readonly gridTemplateColumns: string };
}): ReactElement {
  return (
    <div role="rowgroup" className={styles.head}>
      <div role="row" aria-rowindex={1} className={styles.row} style={template}>
        {columns.map(({ id, title, end }) => (
          <div key={id} role="columnheader" className={classes(styles.cell, end && styles.end)}>
            {title}
          </div>
        ))}
      </div>
    </div>
  );
}

interface RowProps<T> {
  readonly id: string;
  readonly index: number;
  readonly top: number;
  readonly row: T | undefined;
  readonly columns: readonly Column<T>[];
  readonly template: { readonly gridTemplateColumns: string };
  readonly selected: boolean | null;
  readonly onSelect: ((index: number) => void) | undefined;
  readonly onOpen: ((index: number) => void) | undefined;
}

function GridRow<T>({ id, index, top, row, columns, template, selected, onSelect, onOpen }: RowProps<T>): ReactElement {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys
    <div
      id={id}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected ?? undefined}
      className={classes(styles.row, styles.place, onSelect !== undefined && styles.can)}
      style={{ ...template, transform: `translateY(${top}px)` }}
      onClick={() => onSelect?.(index)}
      onDoubleClick={() => onOpen?.(index)}
    >
      {columns.map((column) => (
        <div
          key={column.id}
          role="gridcell"
          className={classes(
            styles.cell,
            column.end && styles.end,
            column.mono && styles.mono,
            column.quiet && styles.quiet,
          )}
        >
          {row === undefined ? <span className={styles.waiting} /> : column.cell(row, index)}
        </div>
      ))}
    </div>
  );
}

function useGridKeys(
  primary: boolean,
  move: (to: number) => void,
  selected: number,
  onOpen: ((index: number) => void) | undefined,
): void {
  const bindings: Binding[] = [
    { keys: "j", does: "Next row", run: () => move(selected + 1) },
    { keys: "k", does: "Row before", run: () => move(selected - 1) },
  ];
  if (onOpen !== undefined)
    bindings.push({ keys: "Enter", does: "Open", run: () => (selected >= 0 ? onOpen(selected) : move(0)) });
  useKeys("List", primary ? bindings : NONE);
}

const NONE: readonly Binding[] = [];
