/** ISO times from bytes. */

/**
 * Epoch ms of `YYYY-MM-DDThh:mm:ss[.f…](Z|±hh:mm)` (or a blank for the T); NaN for any other form, valid or not:
 * `parseInstant` decides those. Digits beyond the millisecond are cut off, as there.
 */
export function isoInstant(bytes: Uint8Array, from: number, to: number): number {
  const size = to - from;
  if (size < 20 || size > 35) return Number.NaN;
  const separator = bytes[from + 10];
  if (bytes[from + 4] !== 45 || bytes[from + 7] !== 45 || bytes[from + 13] !== 58 || bytes[from + 16] !== 58)
    return Number.NaN;
  if (separator !== 84 && separator !== 32) return Number.NaN;
  const year = two(bytes, from) * 100 + two(bytes, from + 2);
  const month = two(bytes, from + 5);
  const day = two(bytes, from + 8);
  const seconds = clockSeconds(bytes, from + 11, 59) + two(bytes, from + 17);
  // Days 29 to 31 and second 60 depend on more than the digit: left to parseInstant.
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= 28 && two(bytes, from + 17) <= 59 && year >= 1))
    return Number.NaN;
  let p = from + 19;
  let millis = 0;
  if (bytes[p] === 46) {
    let unit = 100;
    const first = ++p;
    for (; p < to && isDigit(bytes[p] as number); p++) {
      millis += ((bytes[p] as number) - 48) * unit;
      unit = unit >= 10 ? unit / 10 : 0;
    }
    if (p === first || p - first > 9) return Number.NaN;
  }
  let offset = 0;
  if (bytes[p] === 90 && p + 1 === to) offset = 0;
  else if ((bytes[p] === 43 || bytes[p] === 45) && p + 6 === to && bytes[p + 3] === 58) {
    offset = clockSeconds(bytes, p + 1, 59);
    if (bytes[p] === 45) offset = -offset;
  } else return Number.NaN;
  return (daysOf(year, month, day) * 86_400 + seconds - offset) * 1000 + millis;
}

/** hh:mm in seconds; NaN when out of range. */
function clockSeconds(bytes: Uint8Array, at: number, minutesMax: number): number {
  const hours = two(bytes, at);
  const minutes = two(bytes, at + 3);
  return hours <= 23 && minutes <= minutesMax ? hours * 3600 + minutes * 60 : Number.NaN;
}

function two(bytes: Uint8Array, at: number): number {
  const high = (bytes[at] as number) - 48;
  const low = (bytes[at + 1] as number) - 48;
  return high >= 0 && high <= 9 && low >= 0 && low <= 9 ? high * 10 + low : Number.NaN;
}

function isDigit(c: number): boolean {
  return c >= 48 && c <= 57;
}

/** Days since 1970-01-01 in the Gregorian calendar (Hinnant, "chrono-compatible low-level date algorithms"). */
function daysOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}
