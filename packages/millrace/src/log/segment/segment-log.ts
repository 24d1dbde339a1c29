/**
 * The durable log on this machine: segment files for the data, LMDB for the index.
 *
 *   <data>/lock                                  the process that writes
 *   <data>/log/<stream>/stream.json              the stream's spec
 *   <data>/log/<stream>/<partition>/<offset>.seg entries (envelope.ts)
 *   <data>/index                                 where they are; rebuilt when it is gone
 */
import type { Disk } from "../../base/disk.js";
import { assert, MillraceError } from "../../base/errors.js";
import { encodeChunk } from "../../batch/chunk-codec.js";
import type { Appended, AppendRequest, EntryRef, Log, MarkRequest, StreamSpec, TakenPosition } from "../log.js";
import { checkSpec, unknownPartition } from "../spec-difference.js";
import { timeRange } from "../time-range.js";
import type { DataLock } from "./data-lock.js";
import { lockData } from "./data-lock.js";
import type { EntryIndex } from "./entry-index.js";
import { checkSource } from "./envelope.js";
import { openLmdbIndex } from "./lmdb-index.js";
import { openPartition } from "./open-partition.js";
import type { Damage, OpenReport } from "./open-report.js";
import { emptyReport } from "./open-report.js";
import { SegmentPartition } from "./partition.js";
import { logFolder, specPath } from "./segment-file.js";
import type { Draft } from "./segment-writer.js";
import { verifyPartition } from "./verify-partition.js";

export interface SegmentLogOptions {
  /** Reads what another process may be writing: what was durable when it was opened. Takes no lock, changes nothing. */
  readonly readOnly?: boolean;
  /** A segment is closed when it has reached this size. 256 MiB. */
  readonly segmentBytesMax?: number;
  /** Another index than LMDB under <data>/index, which needs real files. */
  readonly index?: EntryIndex;
  /** Another lock than the file <data>/lock, which needs real files. */
  readonly lock?: (data: string) => Promise<DataLock>;
}

const SEGMENT_BYTES_MAX = 256 << 20;

/**
 * Opens the log of a data directory, creating what is missing. Throws `DATA_DIR` when another process writes it;
 * damage does not keep it from opening: see `opened`.
 */
export async function openSegmentLog(disk: Disk, data: string, options: SegmentLogOptions = {}): Promise<SegmentLog> {
  const readOnly = options.readOnly === true;
  const lock = readOnly ? null : await (options.lock ?? lockData)(data);
  let index: EntryIndex | null = null;
  try {
    index = options.index ?? (await openLmdbIndex(`${data}/index`, { readOnly }));
    const log = new SegmentLog({
      disk,
      data,
      index,
      lock,
      readOnly,
      segmentBytesMax: options.segmentBytesMax ?? SEGMENT_BYTES_MAX,
    });
    await log.load();
    if (!readOnly) await index.settled();
    return log;
  } catch (error) {
    await index?.close();
    await lock?.release();
    throw error;
  }
}

interface Settings {
  readonly disk: Disk;
  readonly data: string;
  readonly index: EntryIndex;
  readonly lock: DataLock | null;
  readonly readOnly: boolean;
  readonly segmentBytesMax: number;
}

interface Stream {
  spec: StreamSpec;
  readonly partitions: readonly SegmentPartition[];
}

type Listener = (stream: string, partition: number, end: number) => void;

export class SegmentLog implements Log {
  /** What opening found: torn tails cut off, damage, how much had to be scanned. */
  readonly opened: OpenReport = emptyReport();
  readonly #settings: Settings;
  readonly #streams = new Map<string, Stream>();
  readonly #listeners = new Set<Listener>();

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Reads the stored streams. Called once, by `openSegmentLog`. */
  async load(): Promise<void> {
    const { disk, data } = this.#settings;
    for (const folder of await disk.list(logFolder(data))) {
      const path = `${logFolder(data)}/${folder}/stream.json`;
      if ((await disk.size(path)) !== null) await this.#openStream(await readSpec(disk, path));
    }
  }

  async ensure(spec: StreamSpec): Promise<void> {
    const stored = this.#streams.get(spec.name);
    checkSpec(stored?.spec, spec);
    if (stored !== undefined && JSON.stringify(stored.spec) === JSON.stringify(spec)) return;
    this.#mayWrite();
    const { disk, data } = this.#settings;
    await disk.replace(specPath(data, spec.name), Buffer.from(`${JSON.stringify(spec, null, 2)}\n`));
    if (stored === undefined) await this.#openStream(spec);
    else stored.spec = spec;
  }

  streams(): readonly StreamSpec[] {
    return [...this.#streams.values()].map(({ spec }) => spec).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async append(requests: readonly AppendRequest[]): Promise<readonly Appended[]> {
    this.#mayWrite();
    const drafts = requests.map((request) => this.#rowsDraft(request));
    const rows = await allOf(
      requests.map(({ stream, partition }, k) => this.#partition(stream, partition).append(drafts[k] as Draft)),
    );
    return rows.map(({ from, to }) => ({ from, to }));
  }

  async mark(requests: readonly MarkRequest[]): Promise<void> {
    this.#mayWrite();
    const partitions = requests.map(({ stream, partition }) => this.#partition(stream, partition));
    await allOf(
      requests.map(({ reason: kind, watermark, appendTime }, k) => {
        const times = { appendTime, timeMin: watermark, timeMax: watermark };
        return (partitions[k] as SegmentPartition).append({
          kind,
          rows: 0,
          ...times,
          source: null,
          body: new Uint8Array(0),
        });
      }),
    );
  }

  bounds(stream: string, partition: number): { readonly start: number; readonly end: number } {
    const { start, end } = this.#partition(stream, partition);
    return { start, end };
  }

  highs(stream: string, partition: number): { readonly timeHigh: number; readonly markHigh: number } {
    return this.#partition(stream, partition).highs;
  }

  entries(stream: string, partition: number, from: number, to: number): readonly EntryRef[] {
    return this.#partition(stream, partition).entries(from, to);
  }

  offsetAt(stream: string, partition: number, time: number, by: "event" | "append"): number {
    return this.#partition(stream, partition).offsetAt(time, by);
  }

  async truncate(stream: string, partition: number, end: number): Promise<void> {
    this.#mayWrite();
    await this.#partition(stream, partition).truncate(end);
  }

  async retain(
    stream: string,
    partition: number,
    limit: { before?: number; bytesMax?: number; keepFrom: number },
  ): Promise<number> {
    this.#mayWrite();
    return this.#partition(stream, partition).retain(limit);
  }

  sourcePosition(stream: string, partition: number, source: string): TakenPosition | null {
    return this.#partition(stream, partition).sourcePosition(source);
  }

  sources(stream: string, partition: number): Iterable<string> {
    return this.#partition(stream, partition).sources();
  }

  onAppend(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Reads every byte of every segment and checks it. Call it while nothing is appended. */
  async verify(): Promise<readonly Damage[]> {
    const damages: Damage[] = [];
    for (const { spec, partitions } of this.#streams.values())
      for (let partition = 0; partition < partitions.length; partition++)
        damages.push(
          ...(await verifyPartition(
            this.#settings.disk,
            spec.name,
            partition,
            partitions[partition] as SegmentPartition,
          )),
        );
    return damages;
  }

  async close(): Promise<void> {
    const { index, lock, readOnly } = this.#settings;
    try {
      if (!readOnly)
        for (const { partitions } of this.#streams.values()) await Promise.all(partitions.map((p) => p.close()));
      await index.close();
    } finally {
      await lock?.release();
    }
  }

  #rowsDraft({ stream, partition, rows, appendTime, source }: AppendRequest): Draft {
    this.#partition(stream, partition);
    const { spec } = this.#streams.get(stream) as Stream;
    const { fields } = spec.schema;
    assert(rows.schema.fields.length === fields.length, `rows for "${stream}" are not in its stored schema`);
    if (source !== undefined) checkSource(Buffer.byteLength(source.source));
    const kind = "rows" as const;
    return {
      kind,
      rows: rows.length,
      appendTime,
      ...timeRange(rows, spec.time),
      source: source ?? null,
      body: encodeChunk(rows),
    };
  }

  #partition(stream: string, partition: number): SegmentPartition {
    const found = this.#streams.get(stream)?.partitions[partition];
    if (found === undefined) throw unknownPartition(stream, partition, this.streams());
    return found;
  }

  async #openStream(spec: StreamSpec): Promise<void> {
    const { disk, data, index, readOnly, segmentBytesMax } = this.#settings;
    const stream = spec.name;
    const partitions: SegmentPartition[] = [];
    for (let partition = 0; partition < spec.partitions; partition++) {
      const state = await openPartition({ disk, data, stream, partition, index, readOnly, report: this.opened });
      const onDurable = (end: number) => this.#tell(stream, partition, end);
      partitions.push(
        new SegmentPartition({ disk, data, stream, partition, index, segmentBytesMax, onDurable }, state),
      );
    }
    this.#streams.set(stream, { spec, partitions });
  }

  #mayWrite(): void {
    if (this.#settings.readOnly) throw new MillraceError("REQUEST", `${this.#settings.data} is open for reading only`);
  }

  #tell(stream: string, partition: number, end: number): void {
    for (const listener of this.#listeners) listener(stream, partition, end);
  }
}

async function readSpec(disk: Disk, path: string): Promise<StreamSpec> {
  const file = await disk.openRead(path);
  try {
    const bytes = await file.read(0, (await disk.size(path)) ?? 0);
    return JSON.parse(Buffer.from(bytes).toString()) as StreamSpec;
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    throw new MillraceError("CORRUPT", `${path} does not hold a stream's spec`, { cause: error });
  } finally {
    await file.close();
  }
}

/** Waits for all, so that none goes on unseen, and then throws the first failure. */
async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(promises);
  return results.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value;
  });
}
