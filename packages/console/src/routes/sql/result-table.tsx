/** A result's rows; sorted by a column where one asks for it. */
import type { SqlAnswer } from "millrace/client";
import type { ReactElement } from "react";
import { useMemo, useState } from "react";
import type { Column } from "../../ui/data-grid.js";
import { DataGrid } from "../../ui/data-grid.js";
import { cellText, instant } from "../../ui/format.js";

type ResultRow = readonly unknown[];

export function ResultTable({ answer }: { readonly answer: SqlAnswer }): ReactElement {
  const [selected, setSelected] = useState(-1);
  const columns = useMemo(() => columnsOf(answer), [answer]);
  return (
    <DataGrid
      label="Rows of the result"
      columns={columns}
      count={answer.rows.length}
      row={(index) => answer.rows[index]}
      selected={selected}
      onSelect={setSelected}
      primary
      listKey={String(answer.epoch)}
      minWidth={Math.min(columns.length * 110, 4000)}
    />
  );
}

/** As wide as what they hold, within bounds. */
function columnsOf({ columns, rows }: SqlAnswer): readonly Column<ResultRow>[] {
  return columns.map(({ name, type }, k) => {
    const number = /INT|DOUBLE|FLOAT|DECIMAL/.test(type) && !type.endsWith("[]");
    const sample = rows.slice(0, 100).map((row) => shown(row[k]).length);
    const wide = Math.max(name.length, ...sample);
    const px = Math.round(Math.min(420, Math.max(60, wide * 7.3 + 18)));
    return {
      id: `${k}`,
      title: name,
      width: k === columns.length - 1 && !number ? `minmax(${px}px, 1fr)` : `${px}px`,
      end: number,
      mono: !number,
      cell: (row) => (row[k] === null ? <span className="quiet">null</span> : shown(row[k])),
    };
  });
}

function shown(value: unknown): string {
  return instant(value)?.replace(/\.000$/, "") ?? cellText(value);
}
