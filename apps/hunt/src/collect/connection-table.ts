/**
 * The network connections of this machine, and which are new since the last look.
 *
 * A connection is (network, protocol, local end, remote end). One that was opened and closed between two looks is still
 * seen when this side closed it: it waits for a minute in TIME_WAIT, but no process has it then. Each network that a
 * followed process lives in is looked at (containers have their own), through the files of such a process.
 */
import type { Socket } from "./net-files.js";
import { parseSockets } from "./net-files.js";
import type { ProcFiles } from "./proc-files.js";
import { isRead } from "./proc-files.js";
import type { ProcessInfo } from "./process-table.js";
import { SocketOwners } from "./socket-owners.js";

/** The most connections that are followed; more are counted. */
const CONNECTIONS_MAX = 65_536;
const NETWORKS_MAX = 64;
const TABLE_BYTES_MAX = 16 << 20;
/** Looks at which the process of a new connection is searched for. */
const SEARCHES = 2;

export interface Connection extends Socket {
  readonly network: string;
  readonly kind: "connection" | "listener";
  /** Who opened it; null where nothing tells (datagrams). */
  readonly initiated: boolean | null;
  /** Null where it may not be seen, or no process has the connection any more. */
  readonly process: ProcessInfo | null;
}

interface Followed {
  inode: number;
  look: number;
}

interface Pending {
  readonly socket: Socket;
  readonly network: string;
  readonly initiated: boolean | null;
  searches: number;
}

export interface ConnectionCounts {
  /** Told without a process. */
  ownerless: number;
  tooMany: number;
}

export class ConnectionTable {
  readonly counts: ConnectionCounts = { ownerless: 0, tooMany: 0 };
  readonly #proc: ProcFiles;
  readonly #owners: SocketOwners;
  readonly #followed = new Map<string, Followed>();
  /** Told before this collector was started: the ends, and the inode of each. */
  #known: ReadonlyMap<string, number>;
  #pending: Pending[] = [];
  #look = 0;

  /** `known`: keys that were told before, as `keys` gives them. */
  constructor(proc: ProcFiles, known: ReadonlySet<string> = new Set()) {
    this.#proc = proc;
    this.#owners = new SocketOwners(proc);
    this.#known = new Map(Array.from(known, splitKey));
  }

  get size(): number {
    return this.#followed.size;
  }

  /** Looks once. New connections, in the order of the kernel's tables. */
  poll(processes: Iterable<ProcessInfo>): Connection[] {
    const first = this.#look++ === 0;
    this.counts.tooMany = 0;
    const followed = [...processes];
    for (const [network, pid] of networksOf(followed)) this.#pollNetwork(network, pid);
    for (const [key, { look }] of this.#followed) if (look !== this.#look) this.#followed.delete(key);
    if (first) this.#known = new Map();
    return this.#tell(followed);
  }

  /** Forgets what was found and not told yet. */
  skip(): void {
    this.#pending = [];
  }

  /** The keys of all connections there are. */
  *keys(): Iterable<string> {
    for (const [key, { inode }] of this.#followed) yield `${key} ${inode}`;
  }

  #pollNetwork(network: string, pid: string): void {
    const sockets = (["tcp", "udp"] as const).flatMap((protocol) =>
      ["", "6"].flatMap((version) => {
        const text = this.#proc.read(`${pid}/net/${protocol}${version}`, TABLE_BYTES_MAX);
        return isRead(text) ? parseSockets(text, protocol) : [];
      }),
    );
    const listening = new Set(sockets.filter(isListener).map(({ protocol, localPort }) => `${protocol} ${localPort}`));
    for (const socket of sockets) {
      const key = socketKey(network, socket);
      const known = this.#followed.get(key);
      if (known !== undefined) {
        known.look = this.#look;
        // The same ends with another socket are another connection; no socket is the old one on its way out.
        if (socket.inode === 0 || socket.inode === known.inode || known.inode === 0) continue;
        known.inode = socket.inode;
      } else {
        if (this.#followed.size >= CONNECTIONS_MAX) {
          this.counts.tooMany++;
          continue;
        }
        const before = this.#known.get(key);
        // Without an inode it is the one that was told, on its way out.
        const told = before !== undefined && (socket.inode === 0 || socket.inode === before);
        this.#followed.set(key, { inode: told ? before : socket.inode, look: this.#look });
        if (told) continue;
      }
      const initiated = socket.protocol === "udp" ? null : !listening.has(`tcp ${socket.localPort}`);
      this.#pending.push({ socket, network, initiated, searches: 0 });
    }
  }

  /** Finds the processes of what is new; what has none yet is looked for once more. */
  #tell(processes: readonly ProcessInfo[]): Connection[] {
    const wanted = new Set(this.#pending.map(({ socket }) => socket.inode).filter((inode) => inode !== 0));
    const owners = this.#owners.find(wanted, processes);
    const told: Connection[] = [];
    const later: Pending[] = [];
    for (const pending of this.#pending) {
      const { socket, network, initiated } = pending;
      const process = owners.get(socket.inode) ?? null;
      if (process === null && socket.inode !== 0 && ++pending.searches < SEARCHES) {
        later.push(pending);
        continue;
      }
      if (process === null) this.counts.ownerless++;
      told.push({ ...socket, network, initiated, process, kind: isListener(socket) ? "listener" : "connection" });
    }
    this.#pending = later;
    return told;
  }
}

function splitKey(key: string): [string, number] {
  const at = key.lastIndexOf(" ");
  return [key.slice(0, at), Number(key.slice(at + 1))];
}

function socketKey(network: string, { protocol, localIp, localPort, remoteIp, remotePort }: Socket): string {
  return `${network} ${protocol} ${localIp} ${localPort} ${remoteIp} ${remotePort}`;
}

function isListener({ state, remotePort }: Socket): boolean {
  return state === "LISTEN" || (state === "BOUND" && remotePort === 0);
}

/** Each network, with the process through which it is looked at; our own always. */
function networksOf(processes: readonly ProcessInfo[]): Map<string, string> {
  const networks = new Map<string, string>();
  const own = processes.find(({ pid }) => pid === process.pid)?.network ?? "own";
  networks.set(own, "self");
  for (const { network, pid } of processes) {
    if (network === null || networks.has(network)) continue;
    if (networks.size >= NETWORKS_MAX) break;
    networks.set(network, String(pid));
  }
  return networks;
}
