/** Appends deliveries to a file, one JSON object a line: `{"id": …, then the row's columns}`. */
import type { Disk, DiskFile } from "../base/disk.js";
import type { Delivery, Sink } from "./sink.js";

export class FileSink implements Sink {
  readonly #path: string;
  readonly #disk: Disk;
  #open: { readonly file: DiskFile; end: number } | null = null;

  constructor(path: string, disk: Disk) {
    this.#path = path;
    this.#disk = disk;
  }

  async deliver(deliveries: readonly Delivery[]): Promise<void> {
    this.#open ??= { file: await this.#disk.open(this.#path), end: (await this.#disk.size(this.#path)) ?? 0 };
    const { file, end } = this.#open;
    const text = deliveries.map(({ id, row }) => `${JSON.stringify({ id, ...row })}\n`).join("");
    const bytes = Buffer.from(await this.#afterBrokenLine(file, end, text));
    try {
      await file.write(end, [bytes]);
      await file.sync();
      this.#open.end = end + bytes.length;
    } catch (error) {
      // What was written of it is cut off by the next attempt, which begins at the same place.
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    await open?.file.close();
  }

  /** A crash may have left a line without its end: it stays as it is, on a line of its own. */
  async #afterBrokenLine(file: DiskFile, end: number, text: string): Promise<string> {
    if (end === 0) return text;
    const [last] = await file.read(end - 1, 1);
    return last === 0x0a ? text : `\n${text}`;
  }
}
