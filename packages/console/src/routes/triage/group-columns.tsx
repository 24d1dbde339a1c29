/** A group of alerts in one line. */
import type { AlertGroup } from "../../hunt/alert-groups.js";
import { hourText } from "../../hunt/alert-groups.js";
import { shortHost } from "../../hunt/alerts.js";
import { LevelMark, Tag } from "../../ui/controls.js";
import type { Column } from "../../ui/data-grid.js";
import { count, visible } from "../../ui/format.js";
import { Moment } from "../../ui/moment.js";

export const groupColumns: readonly Column<AlertGroup>[] = [
  { id: "level", title: "level", width: "82px", cell: ({ level }) => <LevelMark level={level} /> },
  { id: "title", title: "rule", width: "minmax(180px, 4fr)", cell: ({ title }) => visible(title) },
  { id: "host", title: "host", width: "minmax(108px, 1.2fr)", cell: ({ host }) => visible(shortHost(host)) },
  { id: "alerts", title: "alerts", width: "66px", end: true, cell: ({ alerts }) => count(alerts) },
  { id: "hour", title: "hour (UTC)", width: "100px", quiet: true, cell: ({ from }) => hourText(from).slice(5) },
  { id: "last", title: "last (UTC)", width: "124px", quiet: true, cell: ({ last }) => <Moment at={last} short /> },
  {
    id: "state",
    title: "state",
    width: "minmax(80px, 1.6fr)",
    cell: ({ acknowledgedBy, note, silenced, alerts }) =>
      acknowledgedBy !== null ? (
        visible(note === null ? acknowledgedBy : `${acknowledgedBy}: ${note}`)
      ) : silenced > 0 ? (
        <Tag>{silenced >= alerts ? "silenced" : `${count(silenced)} silenced`}</Tag>
      ) : (
        ""
      ),
  },
];
