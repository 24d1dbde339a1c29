/** Server-sent events to one client: bounded. A client that reads too slowly is let go and may come back. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

/** Bytes that may wait in a client's socket. */
const WAITING_BYTES_MAX = 8 << 20;
const HEARTBEAT_MS = 15_000;

export interface Events {
  send(event: string, id: string, data: unknown): void;
  onClose(callback: () => void): void;
  close(): void;
}

export function openEvents(request: FastifyRequest, reply: FastifyReply, server: FastifyInstance): Events {
  const { raw } = reply;
  reply.hijack();
  raw.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store", "x-accel-buffering": "no" });
  raw.write(": open\n\n");
  const callbacks: (() => void)[] = [];
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    clearInterval(heartbeat);
    for (const callback of callbacks) callback();
    raw.end();
  };
  const heartbeat = setInterval(() => raw.write(": still here\n\n"), HEARTBEAT_MS);
  heartbeat.unref();
  request.raw.on("close", close);
  openStreams.get(server)?.add(close);
  callbacks.push(() => openStreams.get(server)?.delete(close));
  return {
    send(event, id, data) {
      if (!open) return;
      raw.write(`event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`);
      if (raw.writableLength <= WAITING_BYTES_MAX) return;
      raw.write(": too slow\n\n");
      close();
    },
    onClose: (callback) => callbacks.push(callback),
    close,
  };
}

const openStreams = new WeakMap<FastifyInstance, Set<() => void>>();

/** Call once for each server, so that closing it ends its event streams. */
export function trackEvents(server: FastifyInstance): void {
  const open = new Set<() => void>();
  openStreams.set(server, open);
  server.addHook("preClose", (done) => {
    for (const close of [...open]) close();
    done();
  });
}
