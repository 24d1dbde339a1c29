/** Queries to begin with, as far as the program has what they ask for. */
import type { StatusAnswer } from "millrace/client";
import { identifier } from "../../client/sql-text.js";

export interface Example {
  readonly title: string;
  readonly sql: string;
}

const HUNT: readonly (Example & { readonly needs: readonly string[] })[] = [
  {
    title: "Alerts by rule",
    needs: ["alerts"],
    sql: "select title, level, count(*) as alerts, count(distinct host) as hosts\nfrom alerts\ngroup by all\norder by alerts desc",
  },
  {
    title: "Alerts by minute",
    needs: ["alerts"],
    sql: 'select time_bucket(interval 1 minute, "at") as minute, count(*) as alerts\nfrom alerts\ngroup by 1\norder by 1',
  },
  {
    title: "Techniques by host",
    needs: ["alerts"],
    sql: "select host, unnest(techniques) as technique, count(*) as alerts\nfrom alerts\ngroup by all\norder by alerts desc\nlimit 50",
  },
  {
    title: "Programs started",
    needs: ["windows", "alerts"],
    sql: 'select "Image", count(*) as n\nfrom windows\nwhere "EventID" = 1\ngroup by 1\norder by n desc\nlimit 20',
  },
];

export function examplesFor(status: StatusAnswer | undefined): readonly Example[] {
  if (status === undefined) return [];
  const names = new Set(status.streams.map(({ name }) => name));
  const fitting = HUNT.filter(({ needs }) => needs.every((name) => names.has(name)));
  const plain = [
    ...status.streams.filter(({ kind }) => kind !== "dead_letters").map(({ name }) => name),
    ...status.views.map(({ name }) => name),
  ].slice(0, 6 - fitting.length);
  return [
    ...fitting,
    ...plain.map((name) => ({ title: `Rows of ${name}`, sql: `select *\nfrom ${identifier(name)}\nlimit 100` })),
    {
      title: "Dead letters",
      sql: 'select "at", stream, source, line, reason\nfrom dead_letters\norder by "at" desc\nlimit 100',
    },
  ];
}
