/** An alert in one line. */
import type { Alert } from "../../hunt/alerts.js";
import { shortHost } from "../../hunt/alerts.js";
import { LevelMark } from "../../ui/controls.js";
import type { Column } from "../../ui/data-grid.js";
import { baseName, visible } from "../../ui/format.js";
import { Marks } from "../../ui/marks.js";
import { Moment } from "../../ui/moment.js";

export const alertColumns: readonly Column<Alert>[] = [
  { id: "level", title: "level", width: "82px", cell: ({ level }) => <LevelMark level={level} /> },
  { id: "at", title: "time (UTC)", width: "126px", quiet: true, cell: ({ at }) => <Moment at={at} short /> },
  {
    id: "title",
    title: "rule",
    width: "minmax(160px, 4fr)",
    cell: (alert) => (
      <>
        {visible(alert.title)}
        <Marks {...alert} />
      </>
    ),
  },
  { id: "host", title: "host", width: "minmax(108px, 1fr)", cell: ({ host }) => visible(shortHost(host)) },
  { id: "user", title: "user", width: "minmax(86px, 1fr)", cell: ({ user }) => visible(user ?? "") },
  {
    id: "process",
    title: "process",
    width: "minmax(96px, 1fr)",
    cell: ({ process }) => (process === null ? "" : visible(baseName(process))),
  },
  {
    id: "techniques",
    title: "techniques",
    width: "minmax(56px, 1fr)",
    quiet: true,
    cell: ({ techniques }) => visible(techniques.join(" ")),
  },
];
