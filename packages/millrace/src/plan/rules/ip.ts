/**
 * IP addresses and networks as plain numbers: text in, 4 or 16 bytes out. An IPv6 address that wraps an IPv4 one
 * (`::ffff:10.0.0.1`, as Windows logs write it) counts as the IPv4 address. A zone (`fe80::1%eth0`) is ignored.
 */

export interface Network {
  /** 4 bytes for IPv4, 16 for IPv6. */
  readonly bytes: readonly number[];
  /** How many leading bits are fixed. */
  readonly bits: number;
}

/** `10.0.0.0/8`, `2001:db8::/32`, or a lone address; null when it is none. Host bits set are allowed and ignored. */
export function parseNetwork(text: string): Network | null {
  const slash = text.indexOf("/");
  const bytes = parseBytes(slash < 0 ? text : text.slice(0, slash));
  if (bytes === null) return null;
  if (slash < 0) return { bytes, bits: bytes.length * 8 };
  const suffix = text.slice(slash + 1);
  if (!/^\d{1,3}$/.test(suffix)) return null;
  const bits = Number(suffix);
  return bits <= bytes.length * 8 ? { bytes, bits } : null;
}

/** Whether the text is an address inside the network; anything that is no address is outside. */
export function networkHolds(network: Network, address: string): boolean {
  const bytes = parseAddress(address);
  return bytes !== null && networkHoldsAddress(network, bytes);
}

/** The bytes of an address, blanks around it aside; null when the text is none. */
export function parseAddress(text: string): readonly number[] | null {
  return parseBytes(text.trim());
}

/** `networkHolds` for an address that has been parsed. */
export function networkHoldsAddress(network: Network, bytes: readonly number[]): boolean {
  const compared = bytes.length === network.bytes.length ? bytes : unwrap(bytes);
  if (compared === null || compared.length !== network.bytes.length) return false;
  for (let bit = 0; bit < network.bits; bit += 8) {
    const kept = Math.min(8, network.bits - bit);
    const mask = (0xff << (8 - kept)) & 0xff;
    if ((((compared[bit >> 3] as number) ^ (network.bytes[bit >> 3] as number)) & mask) !== 0) return false;
  }
  return true;
}

function parseBytes(text: string): number[] | null {
  return text.includes(":") ? parse6(text.replace(/%.*$/s, "")) : parse4(text);
}

function parse4(text: string): number[] | null {
  const parts = text.split(".");
  if (parts.length !== 4) return null;
  const bytes = parts.map((part) => (/^\d{1,3}$/.test(part) ? Number(part) : 256));
  return bytes.every((byte) => byte < 256) ? bytes : null;
}

function parse6(text: string): number[] | null {
  const tail4 = /^(.*:)(\d{1,3}(?:\.\d{1,3}){3})$/.exec(text);
  if (tail4 !== null) {
    const four = parse4(tail4[2] as string);
    if (four === null) return null;
    const [a, b, c, d] = four as [number, number, number, number];
    return parse6(`${tail4[1]}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`);
  }
  const halves = text.split("::");
  if (halves.length > 2) return null;
  const head = groups(halves[0] as string);
  const tail = halves.length === 2 ? groups(halves[1] as string) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  return [...head, ...new Array<number>(missing).fill(0), ...tail].flatMap((group) => [group >> 8, group & 0xff]);
}

function groups(text: string): number[] | null {
  if (text === "") return [];
  const values = text.split(":").map((group) => (/^[0-9a-f]{1,4}$/i.test(group) ? Number.parseInt(group, 16) : -1));
  return values.every((value) => value >= 0) ? values : null;
}

function unwrap(bytes: readonly number[]): readonly number[] | null {
  const mapped = bytes.length === 16 && bytes.slice(0, 12).every((byte, i) => byte === (i < 10 ? 0 : 0xff));
  return mapped ? bytes.slice(12) : null;
}
