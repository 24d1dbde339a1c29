/** A dead letter in one line. */
import type { DeadLetterAnswer } from "millrace/client";
import { Tag } from "../../ui/controls.js";
import type { Column } from "../../ui/data-grid.js";
import { baseName, cellText, instant, text, visible } from "../../ui/format.js";

export const letterColumns: readonly Column<DeadLetterAnswer>[] = [
  { id: "offset", title: "offset", width: "72px", end: true, quiet: true, cell: ({ offset }) => offset },
  {
    id: "at",
    title: "refused (UTC)",
    width: "158px",
    quiet: true,
    cell: ({ row }) => instant(row.at)?.slice(0, 19) ?? "",
  },
  { id: "stream", title: "stream", width: "minmax(80px, 130px)", cell: ({ row }) => text(row.stream) },
  { id: "place", title: "place", width: "minmax(90px, 170px)", quiet: true, cell: ({ row }) => placeText(row) },
  { id: "reason", title: "reason", width: "minmax(200px, 2fr)", cell: ({ row }) => cellText(row.reason) },
  { id: "text", title: "text", width: "minmax(160px, 2fr)", mono: true, quiet: true, cell: ({ row }) => textOf(row) },
  {
    id: "replayed",
    title: "state",
    width: "86px",
    cell: ({ replayed }) => (replayed === null ? "" : <Tag tone="good">replayed</Tag>),
  },
];

/** http, line 3; or the operator that refused it. */
function placeText({ source, line, operator }: DeadLetterAnswer["row"]): string {
  if (typeof operator === "string") return visible(operator);
  return `${visible(baseName(String(source)))}${typeof line === "number" ? `, line ${line}` : ""}`;
}

function textOf(row: DeadLetterAnswer["row"]): string {
  return typeof row.text === "string" ? visible(row.text.slice(0, 300)) : "not UTF-8";
}
