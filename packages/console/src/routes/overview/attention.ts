/** What deserves a look, in order of weight: facts worked out of the numbers, each with the place that says more. */
import type { LiveNumbers } from "millrace/client";
import { link } from "../../app/place.js";
import type { Sample } from "../../client/rates.js";
import { rateOf, shareOf } from "../../client/rates.js";
import { count, counted, percent, span } from "../../ui/format.js";

export interface Concern {
  readonly id: string;
  readonly tone: "bad" | "warn" | "info";
  readonly title: string;
  readonly detail: string;
  readonly href: string;
}

/** A watermark that stands for longer, while others move, is worth a word. */
const STILL_MS = 30_000;
/** Waiting rows below this are the ordinary way of things. */
const LAG_ROWS = 50_000;
const BUSY_SHARE = 0.85;

export function concernsOf({ status, graph, intake }: LiveNumbers, samples: readonly Sample[]): readonly Concern[] {
  const concerns: Concern[] = [];
  const graphHref = link(["graph"]);
  if (status.failure !== null)
    concerns.push({ id: "failure", tone: "bad", title: "The engine stopped", detail: status.failure, href: graphHref });
  if (intake.heldBack > 0)
    concerns.push({
      id: "held",
      tone: "warn",
      title: `Producers were told to wait ${count(intake.heldBack)} times`,
      detail: `at ${count(intake.lagMax)} waiting rows, or ${count(intake.inFlightBytesMax / 1048576)} MiB on their way in`,
      href: graphHref,
    });
  concerns.push(...behind(status.lag, samples, graphHref));
  for (const { node, stream, partition, watermark, since } of graph.culprits) {
    const still = since === null ? null : graph.at - since;
    if (still !== null && still < STILL_MS) continue;
    concerns.push({
      id: `culprit ${node}`,
      tone: watermark === null || status.lag > 0 ? "warn" : "info",
      title: `${stream}/${partition} holds ${node} open`,
      detail:
        watermark === null
          ? "nothing has come from that partition yet"
          : `its watermark has not moved ${still === null ? "since the start" : `for ${span(still)}`}`,
      href: graphHref,
    });
  }
  if (status.deadLetters > 0)
    concerns.push({
      id: "dead",
      tone: "warn",
      title: `${counted(status.deadLetters, "dead letter")}`,
      detail: "rows that could not be taken, kept with their bytes and the reason",
      href: link(["dead-letters"]),
    });
  const late = status.streams.reduce((sum, stream) => sum + stream.late, 0);
  if (late > 0)
    concerns.push({
      id: "late",
      tone: "info",
      title: `${counted(late, "late row")}`,
      detail: "behind the watermark of their own partition",
      href: link(["streams"]),
    });
  return concerns;
}

function behind(lag: number, samples: readonly Sample[], href: string): Concern[] {
  if (lag < LAG_ROWS) return [];
  const change = rateOf(samples, (sample) => -sample.lag) - rateOf(samples, (sample) => sample.lag);
  const busy = shareOf(samples, (sample) => sample.workMs);
  const trend =
    change > 0 ? `about ${span((1000 * lag) / change)} to catch up` : change < 0 ? "and growing" : "and not shrinking";
  return [
    {
      id: "lag",
      tone: change > 0 ? "info" : "warn",
      title: `${count(lag)} rows wait`,
      detail: busy > BUSY_SHARE ? `${trend}; the engine works ${percent(busy)} of the time` : trend,
      href,
    },
  ];
}
