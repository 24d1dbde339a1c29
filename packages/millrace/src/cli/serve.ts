/** A program in this process with its HTTP API: what `millrace run` does, for other programs. */
import { isMainThread } from "node:worker_threads";
import { Closing } from "../base/closing.js";
import type { App } from "../plan/api.js";
import { startServer } from "../server/server.js";
import { consoleFiles } from "./console-files.js";
import { Embedded } from "./embed.js";
import type { OpenedProgram, ProgramOptions } from "./open.js";
import { openProgram } from "./open.js";
import { TokenFile } from "./token-file.js";
import { watchRules } from "./watch-rules.js";

export interface ServeOptions extends ProgramOptions {
  /** Default 8080; 0 takes any that is free. */
  readonly port?: number;
  /** Default: this machine only. Anything else needs a token. */
  readonly host?: string;
  /** One token that may do everything. With a data directory, those of `millrace token` are known too. */
  readonly token?: string;
  /** Certificate and key, PEM: then it speaks HTTPS. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Requests a second that one client address may make. Default 2,000. */
  readonly rate?: number;
  /** Told in words when rule files changed while it runs, and what is wrong with them. */
  readonly onRules?: (lines: readonly string[]) => void;
  /** Folder of another console page: index.html, and the files it asks for below /console/. */
  readonly console?: string;
}

/** A program in this process that is also served. */
export class Served extends Embedded {
  /** http://127.0.0.1:PORT */
  readonly url: string;
  readonly #opened: Closing;

  /** `opened`: the program, its server, and what else serves it. */
  constructor(program: OpenedProgram, url: string, opened: Closing) {
    super(program);
    this.url = url;
    this.#opened = opened;
  }

  override close(): Promise<void> {
    return this.#opened.close();
  }
}

/**
 * Runs a program in this process with its HTTP API, live; its files are for the caller to ingest. In a worker thread
 * (which imports the program's module, and with it perhaps this call) it never settles. Throws `REQUEST` when the port
 * can't be had, `USAGE` when others could reach it without a token, and what `openProgram` throws.
 */
export async function serve(app: App, options: ServeOptions = {}): Promise<Served> {
  if (!isMainThread) return new Promise(() => {});
  const { port = 8080, host, token, tls, rate, onRules = () => {}, console: folder, ...own } = options;
  const opened = new Closing();
  try {
    const program = await openProgram(app, own);
    opened.add(() => program.close());
    const tokens = own.data === undefined ? undefined : new TokenFile(own.data);
    const page = consoleFiles(folder);
    const server = await startServer(program, { port, host, token, tokens, tls, rate, page });
    opened.add(() => server.close());
    program.runtime.live();
    const watching = watchRules(program.runtime, onRules);
    opened.add(() => watching.close());
    return new Served(program, server.url, opened);
  } catch (error) {
    return opened.fail(error);
  }
}
