/** How rows of a stream are shown: security events by what they say, others by their columns. */

import type { SchemaColumn } from "../../client/program-schema.js";
import type { LogPlace } from "../../hunt/alerts.js";
import { attributesOf, eventTimeOf, readEvent } from "../../hunt/security-event.js";
import { LevelMark } from "../../ui/controls.js";
import type { Column } from "../../ui/data-grid.js";
import { cellText, instant, instantAt, visible } from "../../ui/format.js";

/** A row where the list has it: `row` null where a mark stands at the offset. */
export interface ListedRow {
  readonly place: LogPlace;
  readonly row: Readonly<Record<string, unknown>> | null;
  /** The open attributes, where it is a security event. */
  readonly event: Readonly<Record<string, unknown>> | null;
}

const COLUMNS_SHOWN = 8;

export function rowColumns(schema: readonly SchemaColumn[], asEvents: boolean): readonly Column<ListedRow>[] {
  const offset: Column<ListedRow> = {
    id: "offset",
    title: "offset",
    width: "84px",
    end: true,
    quiet: true,
    cell: ({ place }) => place.offset,
  };
  if (asEvents) return [offset, ...EVENT_COLUMNS];
  const plain = schema.filter(({ name, kind }) => name !== "$time" && kind !== "open");
  const open = schema.find(({ kind }) => kind === "open");
  return [
    offset,
    ...plain.slice(0, COLUMNS_SHOWN).map((column) => plainColumn(column)),
    ...(open === undefined
      ? []
      : [
          {
            id: open.name,
            title: open.name,
            width: "minmax(280px, 3fr)",
            mono: true,
            cell: ({ row }: ListedRow) => (row === null ? "" : cellText(row[open.name])),
          },
        ]),
  ];
}

function plainColumn({ name, kind }: SchemaColumn): Column<ListedRow> {
  const number = ["int", "int32", "int64", "float64", "decimal"].includes(kind);
  const width = kind === "timestamp" ? "172px" : number ? "110px" : name === "level" ? "88px" : "minmax(90px, 1fr)";
  return {
    id: name,
    title: name,
    width,
    end: number,
    cell: ({ row }) =>
      row === null ? (
        <span className="quiet">mark</span>
      ) : name === "level" ? (
        <LevelMark level={row[name]} />
      ) : kind === "timestamp" ? (
        (instant(row[name])?.slice(0, 19) ?? "")
      ) : (
        cellText(row[name])
      ),
  };
}

const EVENT_COLUMNS: readonly Column<ListedRow>[] = [
  {
    id: "time",
    title: "time (UTC)",
    width: "158px",
    cell: ({ event }) => (event === null ? "" : timeOf(event)),
  },
  { id: "host", title: "host", width: "minmax(96px, 130px)", cell: ({ event }) => said(event, "host").split(".")[0] },
  {
    id: "event",
    title: "event",
    width: "minmax(190px, 240px)",
    cell: ({ event }) =>
      event === null ? (
        <span className="quiet">mark</span>
      ) : (
        <>
          <span className="quiet">
            {readEvent(attributesOf(event)).log} {readEvent(attributesOf(event)).id}
          </span>{" "}
          {readEvent(attributesOf(event)).name}
        </>
      ),
  },
  {
    id: "summary",
    title: "what happened",
    width: "minmax(240px, 1fr)",
    mono: true,
    cell: ({ event }) => said(event, "summary"),
  },
];

function said(event: Readonly<Record<string, unknown>> | null, what: "host" | "summary"): string {
  return event === null ? "" : visible(readEvent(attributesOf(event))[what] ?? "").slice(0, 300);
}

function timeOf(event: Readonly<Record<string, unknown>>): string {
  return instantAt(eventTimeOf(event))?.slice(0, 19) ?? "";
}
