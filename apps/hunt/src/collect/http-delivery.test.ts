/** Events to a real hunt program, over a connection that breaks at the worst moments. */
import assert from "node:assert/strict";
import type { Server, Socket } from "node:net";
import { connect, createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import type { App, Served } from "millrace";
import { serve } from "millrace";
import { HttpDelivery } from "./http-delivery.js";

/** Between collector and program: passes everything on, and can lose answers or refuse connections. */
class Wire {
  /** How many more answers are lost on their way back. */
  lose = 0;
  #refuse = 0;
  readonly #server: Server;
  readonly #open = new Set<Socket>();

  constructor(port: number) {
    this.#server = createServer((near) => {
      if (this.#refuse > 0) {
        this.#refuse--;
        near.destroy();
        return;
      }
      const far = connect(port, "127.0.0.1");
      for (const socket of [near, far]) {
        this.#open.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => {
          this.#open.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      near.on("data", (bytes) => far.write(bytes));
      far.on("data", (bytes) => {
        if (this.lose === 0) {
          near.write(bytes);
          return;
        }
        this.lose--;
        near.destroy();
      });
    });
  }

  listen(): Promise<URL> {
    return new Promise((resolve) => {
      this.#server.listen(0, "127.0.0.1", () => {
        resolve(new URL(`http://127.0.0.1:${(this.#server.address() as { port: number }).port}`));
      });
    });
  }

  /** Ends all connections, and refuses so many new ones. */
  cut(refuse: number): void {
    this.#refuse = refuse;
    for (const socket of this.#open) socket.destroy();
  }

  close(): void {
    this.cut(0);
    this.#server.close();
  }
}

function lines(id: string, from: number, to: number): string {
  let text = "";
  for (let number = from; number <= to; number++) {
    const event = { "@timestamp": new Date(1_781_600_000_000 + number).toISOString(), n: number };
    text += `${JSON.stringify({ ...event, collector: { id, number } })}\n`;
  }
  return text;
}

describe("events over HTTP", () => {
  let hunt: Served;
  let wire: Wire;
  let url: URL;
  const warnings: string[] = [];
  const waits: number[] = [];

  before(async () => {
    const { default: app } = (await import("../app.js")) as { default: App };
    hunt = await serve(app, { port: 0 });
    wire = new Wire(Number(new URL(hunt.url).port));
    url = await wire.listen();
  });
  after(async () => {
    wire.close();
    await hunt.close();
  });

  const delivery = (id: string, options: { inDoubt?: boolean; url?: URL } = {}): HttpDelivery =>
    new HttpDelivery({
      url: options.url ?? url,
      stream: "windows",
      id,
      token: undefined,
      inDoubt: options.inDoubt ?? false,
      warn: (message) => warnings.push(message),
      wait: async (ms) => {
        waits.push(ms);
      },
    });
  /** What arrived of a collector: how many, how many different, the highest. */
  const arrived = async (id: string): Promise<unknown> => {
    await hunt.settle();
    const { rows } = await hunt.sql(
      `select count(*), count(distinct "collector.number"), max("collector.number") from windows where "collector.id" = '${id}'`,
    );
    return rows[0]?.map(Number);
  };

  test("arrive once", async () => {
    await delivery("plain").deliver({ text: lines("plain", 1, 100) });
    assert.deepEqual(await arrived("plain"), [100, 100, 100]);
  });

  test("an answer that got lost: the program is asked, and nothing arrives twice", async () => {
    const sender = delivery("lost");
    wire.lose = 1;
    await sender.deliver({ text: lines("lost", 1, 50) });
    await sender.deliver({ text: lines("lost", 51, 60) });
    assert.deepEqual(await arrived("lost"), [60, 60, 60]);
    assert.ok(waits.length > 0, "it waited before it tried again");
  });

  test("after a restart the first events are in doubt: those that arrived are left out", async () => {
    await delivery("again").deliver({ text: lines("again", 1, 30) });
    await delivery("again", { inDoubt: true }).deliver({ text: lines("again", 11, 40) });
    assert.deepEqual(await arrived("again"), [40, 40, 40]);
  });

  test("nobody answers for a while: the pauses grow, and it is said once that events wait", async () => {
    waits.length = 0;
    warnings.length = 0;
    wire.cut(4);
    await delivery("patient").deliver({ text: lines("patient", 1, 5) });
    assert.deepEqual(await arrived("patient"), [5, 5, 5]);
    assert.equal(warnings.filter((message) => message.includes("wait on disk")).length, 1);
    assert.ok(warnings.some((message) => message.includes("answers again")));
    assert.deepEqual(waits.slice(0, 2), [500, 1000]);
  });

  test("a program with too much to do (429) is given the time it asks for", async () => {
    const busy = await serve(((await import("../app.js")) as { default: App }).default, { port: 0 });
    const refusing = new Proxy429(new URL(busy.url));
    const at = await refusing.listen();
    waits.length = 0;
    await delivery("busy", { url: at }).deliver({ text: lines("busy", 1, 5) });
    assert.deepEqual(waits, [3000, 3000]);
    assert.equal(busy.status().streams.find(({ name }) => name === "windows")?.partitions[0]?.end, 5);
    refusing.close();
    await busy.close();
  });

  test("a program that wants none of it ends the sending, with a hint", async () => {
    await assert.rejects(
      delivery("wrong", { url: new URL(`${hunt.url}/api/streams/nothing`) }).deliver({ text: lines("wrong", 1, 2) }),
      /refuses events.*nothing/s,
    );
  });

  test("where the program can't be asked, events are sent again, and that is said", async () => {
    warnings.length = 0;
    const direct = new URL(`${hunt.url}/ingest/windows`);
    await delivery("blind", { inDoubt: true, url: direct }).deliver({ text: lines("blind", 1, 3) });
    assert.match(warnings.join(), /may be there twice/);
    assert.deepEqual(await arrived("blind"), [3, 3, 3]);
  });
});

/** Refuses the first two bodies as a busy server does, then passes them on. */
class Proxy429 {
  readonly #wire: Server;

  constructor(target: URL) {
    let refused = 0;
    this.#wire = createServer((near) => {
      near.on("error", () => {});
      near.once("data", (bytes) => {
        if (refused++ < 2) {
          const body = JSON.stringify({ error: { code: "LIMIT", message: "busy" } });
          near.end(
            `HTTP/1.1 429 Too Many Requests\r\nretry-after: 3\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
          );
          return;
        }
        const far = connect(Number(target.port), "127.0.0.1", () => far.write(bytes));
        far.on("error", () => {});
        far.on("close", () => near.destroy());
        near.on("close", () => far.destroy());
        near.pipe(far);
        far.pipe(near);
      });
    });
  }

  listen(): Promise<URL> {
    return new Promise((resolve) => {
      this.#wire.listen(0, "127.0.0.1", () => {
        resolve(new URL(`http://127.0.0.1:${(this.#wire.address() as { port: number }).port}`));
      });
    });
  }

  close(): void {
    this.#wire.close();
  }
}
