/** The program as a graph, and its numbers as they change. */
import type { FastifyInstance } from "fastify";
import type { Clock } from "../../base/clock.js";
import type { IntakeNumbers, LiveNumbers, ReadingProgress } from "../answers.js";
import type { Context } from "../context.js";
import type { EventStream, EventStreams } from "../events.js";
import type { GraphNumbers } from "../graph.js";
import { graphNumbers, graphShape } from "../graph.js";
import { described } from "../openapi.js";
import { apiStatus } from "../status.js";

/** Between two looks at what has changed. */
const LOOK_MS = 250;
/** Without a change the numbers are sent all the same, so that a client knows how old they are. */
const QUIET_MS = 1000;

const GRAPH = {
  type: "object",
  properties: {
    app: { type: "string" },
    plan: { type: "string" },
    nodes: { type: "array", items: { type: "object", properties: { id: { type: "string" } } } },
    edges: {
      type: "array",
      items: { type: "object", properties: { from: { type: "string" }, to: { type: "string" } } },
    },
    numbers: {
      type: "object",
      properties: {
        at: { type: "number", description: "the server's clock, epoch ms" },
        rows: { type: "array", items: { type: "integer" }, description: "in the order of edges, since the start" },
        busyMs: { type: "array", items: { type: "number" }, description: "in the order of nodes, since the start" },
        culprits: {
          type: "array",
          items: {
            type: "object",
            properties: {
              node: { type: "string" },
              stream: { type: "string" },
              partition: { type: "integer" },
              watermark: { type: ["number", "null"] },
              since: { type: ["number", "null"], description: "when its watermark last moved" },
            },
          },
          description: "the source partition that holds each window's time back",
        },
      },
    },
  },
} as const;

export function graphRoutes(
  server: FastifyInstance,
  context: Context,
  events: EventStreams,
  { intake, progress }: { readonly intake: () => IntakeNumbers; readonly progress: () => ReadingProgress | null },
): void {
  const { runtime, clock } = context;
  const shape = graphShape(runtime.plan);
  const numbers = (): GraphNumbers => graphNumbers(runtime, shape, clock);
  server.get(
    "/api/graph",
    { schema: described("The program as a graph, with its numbers", { answer: GRAPH }) },
    () => ({
      ...shape,
      numbers: numbers(),
    }),
  );
  const ticker = new Ticker(clock, () => ({
    status: apiStatus(runtime, progress()),
    graph: numbers(),
    intake: intake(),
  }));
  server.get(
    "/api/live",
    {
      schema: described("Status and the graph's numbers as they change, as server-sent events: numbers", {
        answers: ["text/event-stream"],
      }),
    },
    (_request, reply) => {
      ticker.add(events.start(reply));
      return reply;
    },
  );
}

/** Looks for all clients at once, and only while there are any. */
class Ticker {
  readonly #clock: Clock;
  readonly #look: () => LiveNumbers;
  readonly #clients = new Set<EventStream>();
  #cancel: (() => void) | null = null;
  #sent = "";
  #sentAt = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, look: () => LiveNumbers) {
    this.#clock = clock;
    this.#look = look;
  }

  add(client: EventStream): void {
    this.#clients.add(client);
    client.onClose(() => {
      this.#clients.delete(client);
      if (this.#clients.size > 0) return;
      this.#cancel?.();
      this.#cancel = null;
    });
    const numbers = this.#look();
    client.send("numbers", String(numbers.status.epoch), numbers);
    if (this.#cancel === null) this.#wait();
  }

  #wait(): void {
    this.#cancel = this.#clock.after(LOOK_MS, () => {
      const numbers = this.#look();
      const { at, ...rest } = numbers.graph;
      const text = JSON.stringify([numbers.status, numbers.intake, rest]);
      if (text !== this.#sent || at - this.#sentAt >= QUIET_MS) {
        this.#sent = text;
        this.#sentAt = at;
        for (const client of this.#clients) client.send("numbers", String(numbers.status.epoch), numbers);
      }
      if (this.#clients.size > 0) this.#wait();
    });
  }
}
