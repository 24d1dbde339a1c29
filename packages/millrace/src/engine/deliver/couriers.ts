/** All sinks of a running program. */
import type { Clock } from "../../base/clock.js";
import type { Disk } from "../../base/disk.js";
import { batchOf } from "../../batch/build.js";
import { DEAD_LETTERS, DEAD_LETTERS_EDGE, deadLetterRow } from "../../log/dead-letters.js";
import type { Log } from "../../log/log.js";
import type { ResolvedPlan } from "../../plan/resolve.js";
import { openSink } from "../../sink/open-sink.js";
import type { Store } from "../../view/store.js";
import type { Engine } from "../run/engine.js";
import type { CourierParts, SinkStatus } from "./courier.js";
import { Courier } from "./courier.js";

export interface CouriersParts {
  readonly plan: ResolvedPlan;
  readonly log: Log;
  readonly store: Store;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly engine: Engine;
}

export class Couriers {
  readonly #couriers: readonly Courier[];
  readonly #stopListening: () => void;

  /** Begins to deliver. */
  constructor(parts: CouriersParts) {
    const { plan, store, clock, disk, engine } = parts;
    this.#couriers = plan.sinks.map((node) => {
      const sink = openSink(node.name, node.sink, { disk, clock });
      return new Courier(node, plan.view(node.input.name), { store, clock, sink, refused: refusedInto(parts) });
    });
    this.#stopListening =
      this.#couriers.length === 0
        ? () => {}
        : engine.onCommit((_commit, results) => {
            const changes = results.flatMap(({ views }) => views);
            for (const courier of this.#couriers) courier.changed(changes);
          });
    for (const courier of this.#couriers) courier.start();
  }

  status(): readonly SinkStatus[] {
    return this.#couriers.map((courier) => courier.status());
  }

  async close(): Promise<void> {
    this.#stopListening();
    await Promise.all(this.#couriers.map((courier) => courier.close()));
  }
}

/** What a sink refuses is kept with its reason, as what a source gives and does not fit. */
function refusedInto({ log, clock }: CouriersParts): CourierParts["refused"] {
  return async (sink, { id, row }, reason) => {
    const at = clock.now();
    const bytes = Buffer.from(JSON.stringify({ id, ...row }));
    const letter = deadLetterRow({ at, source: `sink ${sink}`, stream: sink, reason, bytes });
    await log.append([
      {
        stream: DEAD_LETTERS.name,
        partition: DEAD_LETTERS_EDGE,
        rows: batchOf(DEAD_LETTERS.schema, [letter]),
        appendTime: at,
      },
    ]);
  };
}
