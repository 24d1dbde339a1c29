/** A result drawn. */
import type { SqlAnswer } from "millrace/client";
import type { ReactElement } from "react";
import { useMemo } from "react";
import { Chart } from "../../ui/chart.js";
import { short } from "../../ui/format.js";
import { Empty } from "../../ui/panel.js";
import { chartOf } from "./chart-of.js";

export function ResultChart({ answer }: { readonly answer: SqlAnswer }): ReactElement {
  const charted = useMemo(() => chartOf(answer), [answer]);
  if (charted === null)
    return (
      <Empty title="There is nothing to draw">
        A chart needs a column of numbers, and one of times or names to draw them over.
      </Empty>
    );
  const { x, series, names } = charted;
  return <Chart label="Result" x={x} series={series} format={short} {...(names === undefined ? {} : { names })} />;
}
