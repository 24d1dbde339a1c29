/** Views: all of them, or the rows of one, by key. */
import type { ViewAnswer } from "millrace/client";
import type { ReactElement } from "react";
import { link } from "../../app/place.js";
import type { ScreenProps } from "../../app/screens.js";
import { getViews } from "../../client/api.js";
import { useLive } from "../../client/live.js";
import { columnType } from "../../client/program-schema.js";
import { useResource } from "../../client/resource.js";
import { count, counted } from "../../ui/format.js";
import { Empty, Failure, Panel, Skeleton } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import table from "../../ui/table.module.css";
import { ViewRows } from "./view-rows.js";

export function Views({ place }: ScreenProps): ReactElement {
  const { data, error, reload } = useResource("views", getViews);
  const name = place.path[1];
  if (error !== null)
    return (
      <Panel title="Views" className={split.main}>
        <Failure error={error} retry={reload} />
      </Panel>
    );
  if (data === undefined)
    return (
      <Panel title={name ?? "Views"} className={split.main}>
        <Skeleton lines={12} />
      </Panel>
    );
  if (name === undefined) return <ViewList views={data} />;
  const view = data.find((one) => one.name === name);
  if (view === undefined)
    return (
      <Panel title={name} className={split.main}>
        <Empty title={`There is no view "${name}"`}>
          <a href={link(["views"])}>All views</a>
        </Empty>
      </Panel>
    );
  return <ViewRows key={name} view={view} views={data} place={place} />;
}

function ViewList({ views }: { readonly views: readonly ViewAnswer[] }): ReactElement {
  const live = useLive();
  const rows = new Map(live.numbers?.status.views.map((view) => [view.name, view.rows]));
  return (
    <Panel title="Views" note={counted(views.length, "view")} scroll className={split.main}>
      {views.length === 0 ? (
        <Empty title="This program has no views">A view is a keyed result that is kept up to date.</Empty>
      ) : (
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">view</th>
              <th scope="col">one row for each</th>
              <th scope="col">columns</th>
              <th scope="col" className={table.end}>
                rows
              </th>
            </tr>
          </thead>
          <tbody>
            {views.map(({ name, key, row, rows: known }) => (
              <tr key={name}>
                <td>
                  <a href={link(["views", name])}>{name}</a>
                </td>
                <td>{key.join(", ")}</td>
                <td className="quiet">
                  {Object.entries(row.properties)
                    .filter(([column]) => !key.includes(column))
                    .map(([column, type]) => `${column}: ${columnType(type)}`)
                    .join(", ")}
                </td>
                <td className={table.end}>{count(rows.get(name) ?? known)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
