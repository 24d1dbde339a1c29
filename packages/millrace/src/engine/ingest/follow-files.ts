/**
 * Files that are read on as they grow, as `tail -F` does it.
 *
 *   every round:  pattern -> files, known by what they are, not by name -> tails, each read to its last whole line
 *
 *   renamed                its tail stays: the open file is read on, whatever it is called
 *   renamed away, deleted  its tail is read on until nothing has come for `GONE_MS`; then its last line counts as it is
 *   emptied (copytruncate) the tail ends; the file begins anew, and a copy beside it is read from where the tail was
 *   packed when rotated    known by its unpacked first bytes, and passed over up to where its log was read
 *
 * How far each file was taken in stands in the log with its rows, so a start goes on there: also in a file that was
 * rotated meanwhile and is no longer found by the pattern, if its name begins with the old one. A last line without its
 * end waits, over a stop too.
 *
 * A file whose name begins with another's, and which begins as that one does, is taken for the copy that copytruncate is
 * about to leave, and not read until the other has been emptied.
 */
import { basename, resolve } from "node:path";
import { describeError, MillraceError } from "../../base/errors.js";
import type { InputPlan } from "../../plan/resolve.js";
import type { Decoded } from "../../source/decoder.js";
import { FileReading } from "../../source/file-reading.js";
import { findFiles } from "../../source/glob.js";
import { beginsAs, headOf, KnownFiles, pathOf, plainHeadOf } from "../../source/known-files.js";
import type { FilesSource } from "../../source/spec.js";
import { formatOf } from "../../source/spec.js";
import type { FileFacts } from "../../source/tail.js";
import { factsOf, isPacked, rotatedNames, Tail } from "../../source/tail.js";
import type { Runtime } from "../runtime.js";
import { mayRefuse } from "./ingest.js";
import type { TakenTo } from "./ingest-files.js";
import { ingestFiles, takeDecoded } from "./ingest-files.js";

const ROUND_MS = 500;
const GONE_MS = 10_000;
/** Records that wait for others of their event do so for so long. */
const SETTLE_MS = 2000;
/** After an error a file is left alone for so long. */
const RETRY_MS = 5000;
/** Shorter files are looked at twice before they are read: by more bytes they are told apart better. */
const YOUNG_BYTES = 1024;
/** Files held open at the same time; of others it is known how far they were read. */
const OPEN_MAX = 128;

export interface FollowOptions {
  readonly root?: string;
  readonly partition?: number;
  /** Told in words what can't be read; once for each trouble. */
  readonly tell?: (line: string) => void;
}

/** One file that is followed. */
interface Followed {
  readonly id: string;
  path: string;
  readonly at: TakenTo;
  /** Null while it rests: nothing came for long, and others need its place. */
  open: { readonly tail: Tail; readonly reading: FileReading } | null;
  facts: FileFacts;
  /** The file as it was when it was closed for others. */
  rested: FileFacts | null;
  /** The pattern finds it no more. */
  gone: boolean;
  changedMs: number;
  settled: boolean;
}

export class Follower {
  rows = 0;
  refused = 0;
  readonly #runtime: Runtime;
  readonly #input: InputPlan;
  readonly #source: FilesSource;
  readonly #options: FollowOptions;
  readonly #files = new Map<string, Followed>();
  /** Files seen and not (or no longer) followed, as they were then: packed ones, young ones. */
  readonly #seen = new Map<string, FileFacts & { readonly done: boolean }>();
  /** Names in the log of files that were emptied, by the file. */
  readonly #emptied = new Map<string, string>();
  readonly #retryAt = new Map<string, number>();
  readonly #told = new Set<string>();
  #stopped = false;
  #stopWaiting: () => void = () => {};
  #running: Promise<void> | null = null;
  #first = true;

  constructor(runtime: Runtime, input: InputPlan, source: FilesSource, options: FollowOptions = {}) {
    this.#runtime = runtime;
    this.#input = input;
    this.#source = source;
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Stops reading; what was taken is durable. */
  async close(): Promise<void> {
    this.#stopped = true;
    this.#stopWaiting();
    await this.#running;
    for (const file of this.#files.values()) await file.open?.tail.close();
    this.#files.clear();
  }

  /** Reads all there is by now. One call at a time. */
  async round(): Promise<void> {
    const found = await this.#find();
    for (const file of this.#files.values()) {
      const there = found.get(file.id);
      file.gone = there === undefined;
      if (there !== undefined) Object.assign(file, there);
    }
    for (const [id, { path, facts }] of found)
      if (!this.#stopped && !this.#files.has(id)) await this.#guarded(id, path, () => this.#begin(path, facts));
    for (const id of this.#seen.keys()) if (!found.has(id)) this.#seen.delete(id);
    if (this.#first) await this.#findRests([...found.values()].map(({ path }) => path));
    this.#first = false;
    for (const file of [...this.#files.values()])
      if (!this.#stopped) await this.#guarded(file.id, file.path, () => this.#readOn(file));
    await this.#rest();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.round();
      } catch (error) {
        this.#tell(describeError(error));
      }
      if (this.#stopped) return;
      await new Promise<void>((wake) => {
        const cancel = this.#runtime.clock.after(ROUND_MS, wake);
        this.#stopWaiting = () => {
          cancel();
          wake();
        };
      });
    }
  }

  /** The pattern's files by what they are; of several names the first. */
  async #find(): Promise<Map<string, { path: string; facts: FileFacts }>> {
    const { root } = this.#options;
    const { pattern, format } = this.#source;
    const { files, failed } = await findFiles(pattern, (path) => format !== undefined || formatOf(path) !== null, root);
    for (const { error } of failed) this.#tell(`${describeError(error)}\n  It is waited for.`);
    const found = new Map<string, { path: string; facts: FileFacts }>();
    for (const path of files) {
      const facts = await factsOf(this.#full(path));
      if (facts !== null && !found.has(facts.id)) found.set(facts.id, { path, facts });
    }
    return found;
  }

  async #begin(path: string, facts: FileFacts): Promise<void> {
    const before = this.#seen.get(facts.id);
    const unchanged = before?.size === facts.size && before.changedMs === facts.changedMs;
    if (facts.size === 0 || (unchanged && before.done)) return;
    this.#seen.set(facts.id, { ...facts, done: false });
    if (await isPacked(this.#full(path))) {
      // While it grows it is being packed.
      if (!unchanged || this.#copied(path, await plainHeadOf(this.#full(path)))) return;
      await this.#takePacked(path);
      this.#seen.set(facts.id, { ...facts, done: true });
      return;
    }
    if (!unchanged && facts.size < YOUNG_BYTES) return;
    if (this.#copied(path, await headOf(this.#full(path)))) return;
    const name = await this.#nameOf(path, facts.id);
    // So far nothing tells it from a file that was read under this name: a few more bytes will.
    if (this.#isFollowed(name) || this.#emptied.get(name) === facts.id) return;
    this.#seen.delete(facts.id);
    this.#follow(path, facts, name, false);
  }

  /** Whether it is a copy of a file that is followed under a name which this one's begins with. */
  #copied(path: string, head: Buffer | null): boolean {
    if (head === null) return false;
    for (const file of this.#files.values()) {
      const name = basename(file.path);
      if (!file.gone && basename(path) !== name && basename(path).startsWith(name) && beginsAs(file.at.name, head))
        return true;
    }
    return false;
  }

  async #takePacked(path: string): Promise<void> {
    const { root, partition } = this.#options;
    const { rows, refused, failed } = await ingestFiles(
      this.#runtime,
      this.#input,
      { ...this.#source, pattern: path },
      { complete: true, ...(root === undefined ? {} : { root }), ...(partition === undefined ? {} : { partition }) },
    );
    this.rows += rows;
    this.refused += refused;
    for (const { error } of failed) throw error;
  }

  /** Names of files that are followed are theirs; the name a file had before it was emptied is its copy's. */
  async #nameOf(path: string, id: string): Promise<string> {
    const names = [...this.#runtime.sources(this.#input)];
    const free = names.filter((name) => !this.#isFollowed(name) && this.#emptied.get(name) !== id);
    return new KnownFiles(free).nameOf(path, this.#options.root);
  }

  #isFollowed(name: string): boolean {
    for (const { at } of this.#files.values()) if (at.name === name) return true;
    return false;
  }

  #follow(path: string, facts: FileFacts, name: string, gone: boolean, file = path): void {
    const { position, line } = this.#runtime.resume(this.#input, name);
    const at = { file, name, position, line };
    const state = { open: null, rested: null, settled: false, changedMs: this.#runtime.clock.now() };
    this.#files.set(facts.id, { id: facts.id, path, at, facts, gone, ...state });
  }

  async #readOn(file: Followed): Promise<void> {
    const now = this.#runtime.clock.now();
    if (file.open === null) {
      const { facts, rested } = file;
      if (!file.gone && rested?.size === facts.size && rested.changedMs === facts.changedMs) return;
      await this.#open(file);
    }
    const { tail, reading } = file.open as NonNullable<Followed["open"]>;
    const left = await tail.left();
    if (left < 0) {
      this.#emptied.set(file.at.name, file.id);
      await this.#drop(file);
      await this.#findRests([file.path]);
    } else if (left > 0) {
      file.changedMs = now;
      file.settled = false;
      for await (const decoded of reading.more(tail)) if (!(await this.#take(file, decoded))) return;
    } else if (file.gone && now - file.changedMs >= GONE_MS) {
      for (const decoded of reading.finish()) await this.#take(file, decoded);
      await this.#drop(file);
    } else if (!file.settled && now - file.changedMs >= SETTLE_MS) {
      file.settled = true;
      for (const decoded of reading.settle()) await this.#take(file, decoded);
    }
  }

  async #open(file: Followed): Promise<void> {
    const from = this.#runtime.resume(this.#input, file.at.name);
    file.at.position = from.position;
    file.at.line = from.line;
    const { root } = this.#options;
    const now = (): number => this.#runtime.clock.now();
    const options = {
      schema: this.#input.declared,
      places: mayRefuse(this.#input),
      now,
      ...(root === undefined ? {} : { root }),
    };
    const format = this.#source.format ?? formatOf(file.at.file);
    const source = { ...this.#source, ...(format === null ? {} : { format }) };
    file.open = {
      tail: await Tail.open(this.#full(file.path)),
      reading: new FileReading(file.at.file, source, options, from),
    };
  }

  /** False when it was stopped: the rest is for the next start. */
  async #take(file: Followed, decoded: Decoded): Promise<boolean> {
    const { rows, refused } = await takeDecoded(this.#runtime, this.#input, decoded, file.at, this.#options.partition);
    this.rows += rows;
    this.refused += refused;
    return !this.#stopped;
  }

  async #drop(file: Followed): Promise<void> {
    this.#files.delete(file.id);
    await file.open?.tail.close();
    file.open = null;
  }

  /** Files that were followed at these paths and were rotated to where the pattern does not find them. */
  async #findRests(paths: readonly string[]): Promise<void> {
    const names = [...this.#runtime.sources(this.#input)].filter((name) => !this.#isFollowed(name));
    for (const path of paths) {
      const full = this.#full(path);
      if (!names.some((name) => basename(pathOf(name)) === basename(full))) continue;
      const known = new KnownFiles(names);
      for (const rotated of await rotatedNames(full)) {
        const facts = await factsOf(rotated);
        if (facts === null || this.#files.has(facts.id) || (await isPacked(rotated))) continue;
        const name = await known.nameOf(rotated);
        if (names.includes(name) && !this.#isFollowed(name)) this.#follow(rotated, facts, name, true, path);
      }
    }
  }

  /** Closes what has been quiet longest, where too many are open. */
  async #rest(): Promise<void> {
    const open = [...this.#files.values()].filter((file) => file.open !== null);
    open.sort((a, b) => a.changedMs - b.changedMs);
    for (const file of open.slice(0, Math.max(0, open.length - OPEN_MAX))) {
      await file.open?.tail.close();
      file.open = null;
      file.rested = file.facts;
    }
  }

  /** One file's trouble does not stop the others: it is told, and the file is begun again later from where the log is. */
  async #guarded(id: string, path: string, work: () => Promise<void>): Promise<void> {
    const now = this.#runtime.clock.now();
    if ((this.#retryAt.get(id) ?? 0) > now) return;
    try {
      await work();
      this.#retryAt.delete(id);
    } catch (error) {
      const file = this.#files.get(id);
      if (file !== undefined) await this.#drop(file);
      this.#retryAt.set(id, now + RETRY_MS);
      this.#tell(
        error instanceof MillraceError ? describeError(error) : `cannot read "${path}": ${describeError(error)}`,
      );
    }
  }

  #tell(line: string): void {
    if (this.#told.has(line) || this.#told.size > 1000) return;
    this.#told.add(line);
    this.#options.tell?.(`${this.#input.name}: ${line}`);
  }

  #full(path: string): string {
    return resolve(this.#options.root ?? ".", path);
  }
}
