import { hostNoise } from "./background.js";
import { deskWork, helpDesk } from "./background-desk.js";
import { SERVER_WORK } from "./background-servers.js";
import { END, START } from "./clock.js";
import { encode } from "./encode.js";
import { credentials, discovery, entry, persistence } from "./intrusion-entry.js";
import { evasion, exfiltration, impact } from "./intrusion-finish.js";
import { collection, toBuildServer, toFileServer } from "./intrusion-spread.js";
import type { Draft, Stage } from "./journal.js";
import { Journal } from "./journal.js";
import { Machine } from "./machine.js";
import { Random } from "./random.js";
import { HOSTS } from "./topology.js";

export interface CampaignOptions {
  readonly seed: number;
  /** How busy the background is; the intrusion stays the same. 1 gives about 24,000 events. */
  readonly scale: number;
}

export interface CampaignLine {
  readonly text: string;
  /** Stage of the intrusion that wrote the event; undefined for the background. */
  readonly stage: Stage | undefined;
}

export interface Campaign {
  readonly lines: Iterable<CampaignLine>;
  /** GUIDs of processes that were running before the recording began. */
  readonly bootGuids: ReadonlySet<string>;
}

/** The options of the recording kept in the repository. */
export const RECORDED: CampaignOptions = { seed: 4471, scale: 1 };

/** The recorded events as NDJSON lines, without line ends. */
export function* generateCampaign(options: CampaignOptions): Iterable<string> {
  for (const { text } of buildCampaign(options).lines) yield text;
}

/** The same, with what only the author knows: which line belongs to which stage. */
export function buildCampaign({ seed, scale }: CampaignOptions): Campaign {
  if (!(scale > 0)) throw new RangeError(`scale must be positive, got ${scale}`);
  const rng = new Random(seed);
  const journal = new Journal();
  const machines = makeMachines(rng, journal);
  for (const m of Object.values(machines)) {
    hostNoise(m, HOSTS.dc, scale);
    if (m.spec.role === "desk") deskWork(m, scale);
    else SERVER_WORK[m.spec.role](m, scale);
  }
  helpDesk(machines.loom02);
  intrude(journal, machines);
  const bootGuids = new Set(Object.values(machines).flatMap((m) => [...m.boot.values()].map((proc) => proc.guid)));
  return { lines: deliver(journal.inOrder(START, END), rng.fork("delivery")), bootGuids };
}

type Machines = Record<keyof typeof HOSTS, Machine>;

function makeMachines(rng: Random, journal: Journal): Machines {
  const make = (key: keyof typeof HOSTS) => {
    const own = rng.fork(`host ${key}`);
    return new Machine(HOSTS[key], own, journal, START - own.int(4, 90) * 3_600_000);
  };
  return {
    loom01: make("loom01"),
    loom02: make("loom02"),
    files: make("files"),
    dc: make("dc"),
    web: make("web"),
    build: make("build"),
  };
}

function intrude(journal: Journal, machines: Machines): void {
  const { loom01, files, build } = machines;
  const implant = entry(journal, loom01);
  persistence(journal, loom01, implant);
  discovery(journal, loom01, implant);
  credentials(journal, loom01, implant);
  const shell = toFileServer(journal, machines, implant);
  const remote = toBuildServer(journal, machines, implant);
  collection(journal, files, shell);
  exfiltration(journal, files, shell, build, remote);
  evasion(journal, files, shell, build, remote);
  impact(journal, files, shell);
}

interface Stream {
  record: number;
  received: number;
  rank: number;
}

interface Arrived extends CampaignLine {
  readonly rank: number;
}

/**
 * What the collector makes of it: every host and channel is a stream that keeps its own order and
 * lags by up to a few seconds; streams overtake each other, so that receipt times step back by up
 * to a quarter of a second and event times by more. A few lines arrive twice.
 */
function* deliver(drafts: readonly Draft[], rng: Random): Iterable<CampaignLine> {
  const streams = new Map<string, Stream>();
  const waiting: Arrived[] = [];
  for (const draft of drafts) {
    const key = `${draft.host.name} ${draft.channel}`;
    const stream = streams.get(key) ?? { record: rng.int(20_000, 900_000), received: 0, rank: 0 };
    streams.set(key, stream);
    stream.record++;
    stream.received = Math.max(stream.received, draft.time + 200 + rng.int(0, 40) ** 2);
    stream.rank = Math.max(stream.rank, stream.received + rng.int(0, 250));
    const thread = 4 * rng.int(500, 503);
    const text = encode({ draft, received: stream.received, record: stream.record, thread });
    waiting.push({ text, stage: draft.stage, rank: stream.rank });
    if (draft.repeated || rng.chance(0.0005)) {
      waiting.push({ text, stage: draft.stage, rank: stream.rank + rng.int(100, 4000) });
    }
  }
  waiting.sort((a, b) => a.rank - b.rank);
  for (const { text, stage } of waiting) yield { text, stage };
}
