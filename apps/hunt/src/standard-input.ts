/** Events from standard input into the running program, piece by piece as they come, as fast as it takes them. */
import type { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { HttpDelivery } from "./collect/http-delivery.js";

/** A longer line is cut here: what comes of it is no event. */
const LINE_BYTES_MAX = 16 << 20;

/** Resolves when the input ends, or the signal comes. Lines that are no events become dead letters, as over HTTP. */
export async function takeStandardInput(input: Readable, url: string, stop: Promise<void>): Promise<void> {
  const delivery = new HttpDelivery({
    url: new URL(url),
    stream: "windows",
    id: null,
    token: undefined,
    inDoubt: false,
    warn: (message) => void process.stderr.write(`${message}\n`),
    wait: (ms) => Promise.race([delay(ms), stop]),
  });
  void stop.then(() => input.destroy());
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const piece of input as AsyncIterable<Buffer>) {
      const bytes = Buffer.concat([rest, piece]);
      const end = bytes.lastIndexOf(0x0a) + 1;
      const whole = end === 0 && bytes.length > LINE_BYTES_MAX ? bytes.length : end;
      rest = bytes.subarray(whole);
      if (whole > 0) await delivery.deliver({ text: bytes.toString("utf8", 0, whole) });
    }
  } catch (error) {
    // The end of the program closes the input in the middle of a read.
    if ((error as { code?: string }).code !== "ERR_STREAM_PREMATURE_CLOSE") throw error;
  }
  if (rest.length > 0) await delivery.deliver({ text: `${rest.toString("utf8")}\n` });
}
