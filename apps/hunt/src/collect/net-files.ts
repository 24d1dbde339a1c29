/**
 * The kernel's tables of sockets: /proc/net/tcp, tcp6, udp, udp6. Source: proc_net(5), include/net/tcp_states.h.
 *
 *   0: 0100007F:1F90 0200007F:C3A4 01 …  uid timeout 333331 …       local, remote, state, …, inode
 *
 * Addresses are the bytes of the address in words of the machine's byte order.
 */
import { endianness } from "node:os";

export interface Socket {
  readonly protocol: "tcp" | "udp";
  readonly localIp: string;
  readonly localPort: number;
  readonly remoteIp: string;
  readonly remotePort: number;
  readonly state: string;
  readonly uid: number;
  /** 0 when no process has it any more (TIME_WAIT). */
  readonly inode: number;
}

const STATES = [
  ...["", "ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT", "CLOSE", "CLOSE_WAIT"],
  ...["LAST_ACK", "LISTEN", "CLOSING", "SYN_RECV"],
];
const LITTLE = endianness() === "LE";

/** The sockets of one table; lines of another shape are left out. */
export function parseSockets(text: string, protocol: "tcp" | "udp"): Socket[] {
  const sockets: Socket[] = [];
  for (const line of text.split("\n")) {
    const fields = line.trim().split(/\s+/);
    if (fields.length < 10 || !/^\d+:$/.test(fields[0] as string)) continue;
    const local = parseEnd(fields[1] as string);
    const remote = parseEnd(fields[2] as string);
    if (local === null || remote === null) continue;
    sockets.push({
      protocol,
      localIp: local.ip,
      localPort: local.port,
      remoteIp: remote.ip,
      remotePort: remote.port,
      state: stateName(protocol, Number.parseInt(fields[3] as string, 16)),
      uid: Number(fields[7]),
      inode: Number(fields[9]),
    });
  }
  return sockets;
}

/** A datagram socket that is bound and nothing more has the number of CLOSE. */
function stateName(protocol: "tcp" | "udp", state: number): string {
  if (protocol === "udp") return state === 1 ? "ESTABLISHED" : "BOUND";
  return STATES[state] ?? String(state);
}

function parseEnd(text: string): { ip: string; port: number } | null {
  const [address = "", port = ""] = text.split(":");
  const ip = parseAddress(address);
  return ip === null || !/^[0-9A-F]{4}$/.test(port) ? null : { ip, port: Number.parseInt(port, 16) };
}

/** 8 or 32 hexadecimal digits to an address as people write it. IPv4 inside IPv6 becomes IPv4. */
export function parseAddress(hex: string, little = LITTLE): string | null {
  if (!/^(?:[0-9A-F]{8}|[0-9A-F]{32})$/.test(hex)) return null;
  const bytes: number[] = [];
  for (let word = 0; word < hex.length; word += 8) {
    const four = [0, 2, 4, 6].map((at) => Number.parseInt(hex.slice(word + at, word + at + 2), 16));
    bytes.push(...(little ? four.reverse() : four));
  }
  if (bytes.length === 4) return bytes.join(".");
  const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return mapped ? bytes.slice(12).join(".") : ipv6(bytes);
}

/** RFC 5952: the longest run of zero groups is "::", the first of equals. */
function ipv6(bytes: readonly number[]): string {
  const groups = Array.from({ length: 8 }, (_, k) => ((bytes[2 * k] as number) << 8) | (bytes[2 * k + 1] as number));
  let [from, length] = [-1, 1];
  for (let k = 0; k < 8; k++) {
    let run = 0;
    while (k + run < 8 && groups[k + run] === 0) run++;
    if (run > length) [from, length] = [k, run];
  }
  const text = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(":");
  return from < 0 ? text(groups) : `${text(groups.slice(0, from))}::${text(groups.slice(from + length))}`;
}
