/** One operator: what it does, how its lambdas run, what it keeps, and its numbers. */
import type { GraphNode } from "millrace/client";
import type { ReactElement } from "react";
import { link } from "../../app/place.js";
import type { Live } from "../../client/live.js";
import { useLive } from "../../client/live.js";
import { rateOf, shareOf } from "../../client/rates.js";
import { Button, LinkButton, Tag } from "../../ui/controls.js";
import { Fields } from "../../ui/fields.js";
import { count, percent, rate, span } from "../../ui/format.js";
import { Moment } from "../../ui/moment.js";
import { Panel } from "../../ui/panel.js";
import split from "../../ui/split.module.css";
import type { Box } from "./boxes.js";
import { placeText } from "./boxes.js";
import styles from "./graph.module.css";
import { Watermarks } from "./watermarks.js";

export function BoxDetail({ box, onClose }: { readonly box: Box; readonly onClose: () => void }): ReactElement {
  const live = useLive();
  const [first] = box.steps as [GraphNode];
  const culprit = live.numbers?.graph.culprits.find(({ node }) => box.steps.some(({ id }) => id === node));
  return (
    <Panel
      title={box.title}
      note={box.kind}
      scroll
      className={split.side}
      actions={
        <>
          <OpenButton node={first} />
          <Button look="quiet" icon="close" aria-label="Close" onClick={onClose} />
        </>
      }
    >
      <Numbers box={box} live={live} />
      {culprit === undefined ? null : (
        <p className={styles.culprit}>
          Its windows wait for{" "}
          <a href={link(["graph"], { node: culprit.stream })}>
            {culprit.stream}/{culprit.partition}
          </a>
          {culprit.watermark === null ? (
            ", from which nothing has come yet."
          ) : (
            <>
              , which is at <Moment at={culprit.watermark} />
              {culprit.since === null || live.numbers === null
                ? " and has not moved since the start."
                : ` and has not moved for ${span(live.numbers.graph.at - culprit.since)}.`}
            </>
          )}
        </p>
      )}
      {first.kind === "stream" ? <Watermarks live={live} only={first.name} /> : null}
      {box.steps.map((step) => (
        <Step key={step.id} step={step} alone={box.steps.length === 1} />
      ))}
    </Panel>
  );
}

function OpenButton({ node }: { readonly node: GraphNode }): ReactElement | null {
  const { kind, name } = node;
  if (kind === "stream" || kind === "stream out")
    return (
      <LinkButton href={link(["streams", name])} icon="streams">
        Rows
      </LinkButton>
    );
  if (kind === "view")
    return (
      <LinkButton href={link(["views", name])} icon="views">
        Rows
      </LinkButton>
    );
  return null;
}

function Numbers({ box, live }: { readonly box: Box; readonly live: Live }): ReactElement {
  const { samples } = live;
  const last = samples.at(-1);
  const total = (at: readonly number[]): number => at.reduce((sum, k) => sum + (last?.rows[k] ?? 0), 0);
  const perSecond = (at: readonly number[]): number =>
    rateOf(samples, (s) => at.reduce((sum, k) => sum + (s.rows[k] ?? 0), 0));
  const busyMs = (of: { readonly busyMs: readonly number[] }): number =>
    box.nodes.reduce((sum, k) => sum + (of.busyMs[k] ?? 0), 0);
  return (
    <table className={styles.numbers}>
      <thead>
        <tr>
          <td />
          <th scope="col">now</th>
          <th scope="col">since the start</th>
        </tr>
      </thead>
      <tbody>
        {box.into.length > 0 ? (
          <tr>
            <th scope="row">rows in</th>
            <td>{rate(perSecond(box.into))}</td>
            <td>{count(total(box.into))}</td>
          </tr>
        ) : null}
        {box.outOf.length > 0 ? (
          <tr>
            <th scope="row">rows out</th>
            <td>{rate(perSecond(box.outOf))}</td>
            <td>{count(total(box.outOf))}</td>
          </tr>
        ) : null}
        <tr>
          <th scope="row">busy</th>
          <td>{percent(shareOf(samples, busyMs))}</td>
          <td>{last === undefined ? "" : span(busyMs(last))}</td>
        </tr>
      </tbody>
    </table>
  );
}

function Step({ step, alone }: { readonly step: GraphNode; readonly alone: boolean }): ReactElement {
  const { kind, at, columns, unread, lambda, state, order } = step;
  const fields = [
    { name: "written at", value: placeText(at) },
    { name: "columns", value: columns.join("\n") },
    ...(unread.length > 0 ? [{ name: "read by nobody", value: unread.join(", ") }] : []),
    ...(state === null ? [] : [{ name: "keeps", value: state }]),
    ...(order === "arrival" ? [{ name: "order", value: "by arrival: the journal fixes it" }] : []),
  ];
  return (
    <div className={styles.step}>
      {alone ? null : <h3 className={styles.stepTitle}>{kind}</h3>}
      <Fields fields={fields} />
      {lambda === null ? null : (
        <p className={styles.lambda}>
          <Tag tone={lambda.path === "compiled" ? "good" : "warn"}>
            {lambda.path === "compiled" ? "compiled into the loop" : "called for each row"}
          </Tag>{" "}
          {lambda.why === null ? null : <span className="quiet">{lambda.why}</span>}
        </p>
      )}
    </div>
  );
}
