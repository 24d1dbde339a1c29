/** Serving a program until it is told to stop: the HTTP API, signals, and an orderly end. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { existsSync } from "node:fs";
import type { App } from "../plan/api.js";
import type { RunningServer } from "../server/server.js";
import { startServer } from "../server/server.js";
import { Embedded } from "./embed.js";
import type { OpenedProgram, ProgramOptions } from "./open.js";
import { openProgram } from "./open.js";

/** After so long an orderly stop is given up. */
const STOP_MS = 20_000;

export interface ServeCommand {
  readonly port: number;
  readonly host: string;
  readonly token: string | undefined;
  readonly verbose: boolean;
  /** Called when a signal asks to stop. */
  readonly stopping: () => void;
}

/** `stopped` resolves when a signal came and the server is closed. A second signal ends the process at once. */
export async function serveUntilStopped(program: OpenedProgram, options: ServeCommand): Promise<{ readonly url: string; readonly stopped: Promise<void> }> {
  const server = await startServer(program, { ...options, page: consolePage() });
  const stopped = new Promise<void>((resolve, reject) => {
    const stop = (): void => {
      process.once("SIGINT", () => process.exit(130));
      process.once("SIGTERM", () => process.exit(143));
      process.stderr.write("\nStopping: what has been taken in is kept.\n");
      setTimeout(() => process.exit(1), STOP_MS).unref();
      options.stopping();
      server.close().then(resolve, reject);
    };
    process.once("SIGINT", stop);
    process.once("SIGTERM", stop);
  });
  return { url: server.url, stopped };
}

/** The console's page, where it is installed beside. */
export function consolePage(): string | undefined {
  const require = createRequire(import.meta.url);
  try {
    const folder = join(dirname(require.resolve("millrace-console")), "page");
    return existsSync(join(folder, "index.html")) ? folder : undefined;
  } catch {
    return undefined;
  }
}

export interface ServeOptions extends ProgramOptions {
  /** Default 8080; 0 takes any that is free. */
  readonly port?: number;
  readonly host?: string;
  readonly token?: string;
}

/** A program in this process that is also served. */
export class Served extends Embedded {
  readonly url: string;
  readonly #server: RunningServer;

  constructor(program: OpenedProgram, server: RunningServer) {
    super(program);
    this.url = server.url;
    this.#server = server;
  }

  override async close(): Promise<void> {
    await this.#server.close();
    await super.close();
  }
}

/** Runs a program in this process with its HTTP API, live, as `millrace run` does; its files are for the caller to ingest. */
export async function serve(app: App, options: ServeOptions = {}): Promise<Served> {
  const { port = 8080, host, token, ...own } = options;
  const program = await openProgram(app, own);
  try {
    const server = await startServer(program, { port, ...(host === undefined ? {} : { host }), token, page: consolePage() });
    program.runtime.live();
    return new Served(program, server);
  } catch (error) {
    await program.close();
    throw error;
  }
}
