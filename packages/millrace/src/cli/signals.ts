/** Stopping in good order: the first signal asks, the second ends at once, and so does an orderly stop that takes too long. */

const STOP_MS_MAX = 20_000;

export interface Stop {
  /** True once a signal has come. */
  readonly asked: () => boolean;
  /** Resolves when a signal comes. */
  readonly signal: Promise<void>;
  /** What a process that was told to stop answers: 128 + the signal's number; 0 when none came. */
  readonly exitCode: () => number;
  /** Signals do again what they do by themselves. */
  release(): void;
}

/** From now on signals stop in good order. */
export function stopOnSignals(): Stop {
  let code = 0;
  let resolve: () => void = () => {};
  const signal = new Promise<void>((done) => {
    resolve = done;
  });
  const onSignal = (name: NodeJS.Signals): void => {
    const own = name === "SIGINT" ? 130 : 143;
    if (code !== 0) process.exit(own);
    code = own;
    process.stderr.write("\nStopping: what has been taken in is kept. Once more ends it at once.\n");
    setTimeout(() => process.exit(own), STOP_MS_MAX).unref();
    resolve();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    asked: () => code !== 0,
    signal,
    exitCode: () => code,
    release() {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
