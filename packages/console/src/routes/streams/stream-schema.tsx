/** A stream's columns, and the attributes met in its open column. */
import type { ReactElement } from "react";
import { link } from "../../app/place.js";
import { sqlRows } from "../../client/api.js";
import { getProgramSchema } from "../../client/program-schema.js";
import { useResource } from "../../client/resource.js";
import { identifier } from "../../client/sql-text.js";
import { LinkButton, Tag } from "../../ui/controls.js";
import { Failure, Panel, Skeleton } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import table from "../../ui/table.module.css";
import type { StreamProps } from "./stream-rows.js";

export function StreamSchema({ stream, tabs }: StreamProps): ReactElement {
  const { name } = stream;
  const declared = useResource("schema", getProgramSchema);
  const inSql = useResource(`describe ${name}`, (signal) =>
    sqlRows<{ column_name: string; column_type: string }>(`describe ${identifier(name)}`, signal),
  );
  const columns = declared.data?.get(`stream_${name}`) ?? [];
  const types = new Map(columns.map(({ name: column, type }) => [column, type]));
  const error = declared.error ?? inSql.error;
  return (
    <Panel
      title={name}
      note={inSql.data === undefined ? undefined : `${columns.length} declared, ${inSql.data.length} in SQL`}
      scroll
      tabs={tabs}
      className={split.main}
      actions={
        <LinkButton href={link(["sql"], { q: `select *\nfrom ${identifier(name)}\nlimit 100` })} icon="sql">
          Ask in SQL
        </LinkButton>
      }
    >
      {error !== null ? (
        <Failure error={error} retry={inSql.reload} />
      ) : inSql.data === undefined ? (
        <Skeleton lines={16} />
      ) : (
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">column</th>
              <th scope="col">type</th>
              <th scope="col">in SQL</th>
              <th scope="col">from</th>
            </tr>
          </thead>
          <tbody>
            {inSql.data.map(({ column_name, column_type }) => (
              <tr key={column_name}>
                <td className="mono">{column_name}</td>
                <td>{types.get(column_name) ?? ""}</td>
                <td className="quiet">{column_type}</td>
                <td>
                  {column_name.startsWith("_") ? (
                    <Tag>place in the log</Tag>
                  ) : types.has(column_name) ? (
                    <Tag tone="accent">declared</Tag>
                  ) : (
                    <Tag>attribute</Tag>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
