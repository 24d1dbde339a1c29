import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Vector } from "../../batch/vector.js";
import type { ExactSum } from "./exact-sum.js";
import { ExactSums } from "./exact-sum.js";
import { nearestQuotient, nearestRoot } from "./nearest.js";

const SEED = Number(process.env.MILLRACE_SEED ?? 20_260_103);
const RUNS = process.env.MILLRACE_TEST === "all" ? 20_000 : 1500;
/** Units of every double, and of every square of one. */
const UNIT = 1074;
const SQUARE_UNIT = 2148;

const finite = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0.1, 0.2, 0.3, 1e16, -1e16, 1, -1, 5e-324, 1.7976931348623157e308, -1.7976931348623157e308, -0),
  fc.double({ noNaN: true, min: -1000, max: 1000 }),
  // Half of the step between the largest doubles: a few of these and they round to infinity.
  fc.constantFrom(1.7976931348623157e308, 9.9e291, 6e291, -6e291),
);

test("sums and sums of squares are exact, in any order, in any number of parts, through saving and renumbering", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ value: finite, part: fc.integer({ min: 0, max: 2 }) }), { maxLength: 40 }),
      fc.boolean(),
      (added, squares) => {
        const parts = [0, 1, 2].map((part) =>
          sumOf(
            squares,
            added.filter((each) => each.part === part).map(({ value }) => value),
          ),
        );
        const whole = new ExactSums(squares);
        whole.resize(8, null);
        for (const part of parts) whole.merge(part.save(Int32Array.of(5)), Int32Array.of(2));
        whole.resize(4, Int32Array.of(2, 3));
        const expected = added.reduce((sum, { value }) => sum + unitsIn(value, squares), 0n);
        assert.equal(unitsOfSum(whole.exact(0), squares), expected);
        assert.equal(unitsOfSum(whole.exact(1), squares), 0n);
        if (!squares) assert.equal(whole.value(0), exactNumber(expected, 1n, UNIT));
      },
    ),
    { seed: SEED, numRuns: RUNS },
  );
});

test("infinities and NaN answer as addition would, whatever is added besides", () => {
  const special = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
  fc.assert(
    fc.property(fc.array(finite, { maxLength: 9 }), fc.array(special, { minLength: 1, maxLength: 3 }), (some, odd) => {
      const expected = odd.reduce((a, b) => a + b);
      assert.deepEqual(sumOf(false, [...odd, ...some]).value(5), expected);
      assert.deepEqual(sumOf(false, [...some, ...odd]).value(5), expected);
      const merged = sumOf(false, some);
      merged.merge(sumOf(false, odd).save(Int32Array.of(5)), Int32Array.of(5));
      assert.deepEqual(merged.value(5), expected);
    }),
    { seed: SEED, numRuns: RUNS / 10 },
  );
});

test("quotients and roots are the nearest doubles, ties to even, subnormal ones too", () => {
  const whole = fc.oneof(fc.bigInt({ min: 0n, max: 1n << 70n }), fc.bigInt({ min: 0n, max: 9n }));
  const power = fc.oneof(fc.integer({ min: -1200, max: 1000 }), fc.integer({ min: -1080, max: -1060 }));
  fc.assert(
    fc.property(whole, fc.bigInt({ min: 1n, max: 1n << 60n }), power, (numerator, denominator, by) => {
      const [above, below] = by < 0 ? [numerator, denominator << BigInt(-by)] : [numerator << BigInt(by), denominator];
      assert.equal(nearestQuotient(numerator, denominator, by), exactNumber(above, below, 0));
      assert.equal(nearestQuotient(-numerator, denominator, by) + 0, 0 - exactNumber(above, below, 0));
      const root = nearestRoot(numerator, denominator, by);
      // A root is the nearest double when the square lies between those of the middles to its neighbours.
      if (root === 0 || root > 1e300 || root < 1e-300) return;
      const ulp = neighbour(root) - root;
      const lower = 2n * unitsIn(root, false) - unitsIn(ulp, false);
      const upper = 2n * unitsIn(root, false) + unitsIn(ulp, false);
      const square = (4n * above) << BigInt(2 * UNIT);
      assert(lower * lower * below <= square && square <= upper * upper * below, `${root} of ${above}/${below}`);
    }),
    { seed: SEED, numRuns: RUNS },
  );
});

function sumOf(squares: boolean, values: readonly number[]): ExactSums {
  const sums = new ExactSums(squares);
  sums.resize(6, null);
  const vector: Vector = {
    kind: "float64",
    length: values.length,
    validity: null,
    values: Float64Array.from(values),
  };
  if (squares) for (const value of values) sums.addSquare(5, value);
  else sums.addAll(values, vector, new Int32Array(values.length).fill(5));
  return sums;
}

function unitsOfSum(sum: ExactSum, squares: boolean): bigint {
  assert(sum.special === null);
  return sum.units << BigInt(sum.power + (squares ? SQUARE_UNIT : UNIT));
}

/** A double, or its square, in the units of all, by doubling. */
function unitsIn(value: number, squared: boolean): bigint {
  let scaled = value;
  let bits = 0;
  while (!Number.isInteger(scaled)) {
    scaled *= 2;
    bits++;
  }
  const units = BigInt(scaled) << BigInt(UNIT - bits);
  return squared ? units * units : units;
}

/** The nearest double of numerator / denominator / 2^power, as the runtime reads its decimal digits. */
function exactNumber(numerator: bigint, denominator: bigint, power: number): number {
  const digits = 2200;
  const quotient = (numerator * 10n ** BigInt(digits)) / (denominator << BigInt(power));
  return Number(`${quotient}e-${digits}`);
}

function neighbour(value: number): number {
  const double = Float64Array.of(value);
  const words = new BigUint64Array(double.buffer);
  words[0] = (words[0] as bigint) + 1n;
  return double[0] as number;
}
