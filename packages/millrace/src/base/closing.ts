/** What has been opened, to be closed in reverse order: at the end, or when opening the next thing failed. */
export class Closing {
  readonly #open: (() => Promise<void>)[] = [];

  /** `close` must not be called by anybody else. */
  add(close: () => Promise<void>): void {
    this.#open.push(close);
  }

  /** Closes everything, whatever fails on the way; then rejects with the first failure. */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (let close = this.#open.pop(); close !== undefined; close = this.#open.pop())
      try {
        await close();
      } catch (error) {
        failures.push(error);
      }
    if (failures.length > 0) throw failures[0];
  }

  /** After `error`: closes everything; what fails on the way matters less. Rejects with `error`. */
  async fail(error: unknown): Promise<never> {
    await this.close().catch(() => {});
    throw error;
  }
}
