/** Fractions of big whole numbers rounded once, to the nearest double, ties to even. */

/** Bits that a quotient gets before it is rounded: more than a double's 53, with one below that says whether anything follows. */
const BITS = 70;
const EXPONENT_MIN = -1074;

/** The double nearest to numerator / denominator * 2^power. The denominator is positive. */
export function nearestQuotient(numerator: bigint, denominator: bigint, power: number): number {
  if (numerator === 0n) return 0;
  const magnitude = numerator < 0n ? -numerator : numerator;
  const shift = BITS + bitLength(denominator) - bitLength(magnitude);
  const above = shift > 0 ? magnitude << BigInt(shift) : magnitude;
  const below = shift < 0 ? denominator << BigInt(-shift) : denominator;
  const quotient = above / below;
  const value = rounded((quotient << 1n) | (quotient * below === above ? 0n : 1n), power - shift - 1);
  return numerator < 0n ? -value : value;
}

/** The double nearest to the square root of numerator / denominator * 2^power; neither is negative. */
export function nearestRoot(numerator: bigint, denominator: bigint, power: number): number {
  if (numerator === 0n) return 0;
  let shift = 2 * BITS + bitLength(denominator) - bitLength(numerator);
  if ((power - shift) % 2 !== 0) shift++;
  const above = shift > 0 ? numerator << BigInt(shift) : numerator;
  const below = shift < 0 ? denominator << BigInt(-shift) : denominator;
  const quotient = above / below;
  const root = wholeRoot(quotient);
  const exact = quotient * below === above && root * root === quotient;
  return rounded((root << 1n) | (exact ? 0n : 1n), (power - shift) / 2 - 1);
}

/** A finite double as units * 2^power. */
export function unitsOf(value: number): { readonly units: bigint; readonly power: number } {
  bits.setFloat64(0, value);
  const high = bits.getUint32(0);
  const exponent = (high >>> 20) & 0x7ff;
  const fraction = (BigInt(high & 0xfffff) << 32n) | BigInt(bits.getUint32(4));
  const units = exponent === 0 ? fraction : fraction | (1n << 52n);
  return { units: high >>> 31 === 1 ? -units : units, power: Math.max(exponent, 1) - 1075 };
}

/** The double nearest to lead * 2^power, where the last bit of `lead` stands for all that follows it. */
function rounded(lead: bigint, power: number): number {
  const below = EXPONENT_MIN - power;
  const length = bitLength(lead);
  if (below > 0 && length - below < 53) {
    // Subnormal, or about to be: what is left of a double's digits begins here.
    const kept = lead >> BigInt(below);
    const rest = lead - (kept << BigInt(below));
    const half = 1n << BigInt(below - 1);
    const up = rest > half || (rest === half && (kept & 1n) === 1n);
    return Number(up ? kept + 1n : kept) * Number.MIN_VALUE;
  }
  // In two steps, as 2^power itself may be out of range where the product is not.
  const first = Math.max(-900, Math.min(900, power));
  return Number(lead) * 2 ** first * 2 ** (power - first);
}

function wholeRoot(square: bigint): bigint {
  let root = 1n << BigInt((bitLength(square) + 1) >> 1);
  for (;;) {
    const next = (root + square / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

function bitLength(value: bigint): number {
  const hex = value.toString(16);
  return 4 * (hex.length - 1) + 32 - Math.clz32(Number.parseInt(hex[0] as string, 16));
}

const bits = new DataView(new ArrayBuffer(8));
