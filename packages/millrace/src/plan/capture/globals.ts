/** What a lambda may name without capturing it: JavaScript's own deterministic functions, and which of them are refused. */

/** Standard names that mean the same on every thread and machine; using them is no capture. */
export const STANDARD_NAMES: ReadonlySet<string> = new Set(
  (
    "undefined NaN Infinity Math Number String Boolean BigInt JSON Array Object Date Map Set RegExp Uint8Array Error TypeError " +
    "RangeError parseInt parseFloat isNaN isFinite encodeURIComponent decodeURIComponent encodeURI decodeURI"
  ).split(" "),
);

/** Functions that may stand in an analysed expression, by the text of their name. All are pure. */
export const PURE_FUNCTIONS: ReadonlySet<string> = new Set([
  ..."Number String Boolean BigInt parseInt parseFloat isNaN isFinite".split(" "),
  ..."Number.isInteger Number.isSafeInteger Number.isFinite Number.isNaN Number.parseInt Number.parseFloat".split(" "),
  ..."BigInt.asIntN BigInt.asUintN String.fromCharCode String.fromCodePoint Date.UTC Date.parse JSON.stringify".split(
    " ",
  ),
  ..."Array.isArray Object.keys Object.values Object.entries".split(" "),
  ..."encodeURIComponent decodeURIComponent encodeURI decodeURI".split(" "),
  ...Object.getOwnPropertyNames(Math)
    .filter((name) => name !== "random" && typeof Math[name as "abs"] === "function")
    .map((name) => `Math.${name}`),
]);

/** Of these, the ones that take one argument, so that `list.map(Number)` is `list.map(x => Number(x))`. */
export const UNARY_FUNCTIONS: ReadonlySet<string> = new Set(
  "Number String Boolean BigInt parseFloat isNaN isFinite".split(" "),
);

export const CONSTANTS: ReadonlyMap<string, number> = new Map<string, number>([
  ...(["E", "LN10", "LN2", "LOG10E", "LOG2E", "PI", "SQRT1_2", "SQRT2"] as const).map((name): [string, number] => [
    `Math.${name}`,
    Math[name],
  ]),
  ...(
    [
      "EPSILON",
      "MAX_SAFE_INTEGER",
      "MAX_VALUE",
      "MIN_SAFE_INTEGER",
      "MIN_VALUE",
      "NaN",
      "NEGATIVE_INFINITY",
      "POSITIVE_INFINITY",
    ] as const
  ).map((name): [string, number] => [`Number.${name}`, Number[name]]),
]);

/** Methods that read their object and change nothing, whatever of string, number, list, Decimal, Open, bytes or regular expression it is. */
export const PURE_METHODS: ReadonlySet<string> = new Set([
  ..."at charAt charCodeAt codePointAt indexOf lastIndexOf includes startsWith endsWith slice substring substr split".split(
    " ",
  ),
  ..."trim trimStart trimEnd toLowerCase toUpperCase replace replaceAll padStart padEnd repeat concat normalize".split(
    " ",
  ),
  ..."match search isWellFormed toWellFormed toFixed toPrecision toExponential toString".split(" "),
  ..."join some every filter map find findIndex findLast findLastIndex flat flatMap reduce toSorted toReversed".split(
    " ",
  ),
  ..."add sub mul cmp rescale toNumber text number int64 bool has names test".split(" "),
]);

/** Methods that may be given a function written in place. */
export const CALLBACK_METHODS: ReadonlySet<string> = new Set(
  "some every filter map find findIndex findLast findLastIndex flatMap reduce toSorted replace replaceAll".split(" "),
);

/** Methods that change the object they are called on, wherever they exist. */
export const MUTATING_METHODS: ReadonlySet<string> = new Set(
  "push pop shift unshift splice sort reverse fill copyWithin".split(" "),
);

/** The same, for names that other, harmless objects have too (`Decimal.add`): refused only on captured names. */
export const MUTATING_COLLECTION_METHODS: ReadonlySet<string> = new Set(["set", "delete", "clear"]);

/** Functions of `Object` that change their first argument. */
export const MUTATING_OBJECT_FUNCTIONS: ReadonlySet<string> = new Set(
  "assign defineProperty defineProperties freeze seal preventExtensions setPrototypeOf".split(" "),
);

export const OPEN_METHODS = ["text", "number", "int64", "bool", "has"] as const;
export type OpenMethod = (typeof OPEN_METHODS)[number];

export function isOpenMethod(name: string): name is OpenMethod {
  return (OPEN_METHODS as readonly string[]).includes(name);
}

interface Forbidden {
  readonly why: string;
  readonly instead: string;
}

const CLOCK: Forbidden = {
  why: "the answer would depend on when it is computed, and a replay would differ",
  instead: "Use the row's own time: a timestamp column.",
};
const CHANCE: Forbidden = {
  why: "a replay would roll other numbers and give another answer",
  instead: "To sample, choose by a column of the row: e.id % 100 === 0.",
};
export const OUTSIDE: Forbidden = {
  why: "what it finds outside the row may be different on the next run and on another machine",
  instead:
    "Read it once, where the program is built, and pass the value as a parameter: .filter((e, p) => e.price > p.min, { min: 100 }).",
};
const LANGUAGE: Forbidden = {
  why: "it depends on the machine's language and zone, and on its version of the language data",
  instead:
    "Keep numbers, times and texts as they are, and format them where they are shown; compare texts with < and >.",
};
const EFFECT: Forbidden = {
  why: "it computes a value and does nothing else, as it may run again after a crash, on any thread",
  instead: "To send results somewhere, deliver a view: .view(name).to(name, webhook(url)).",
};
const CODE: Forbidden = {
  why: "code made from text cannot be read in advance, so nobody can say what it does",
  instead: "Write the expression itself, or choose between written functions by a parameter.",
};

/**
 * Functions of Node's own modules that look at the machine, or change it, at once: refused by their name wherever they
 * come from. Those that take their time give a promise or want a callback, which a lambda has no use for.
 */
export const OUTSIDE_FUNCTIONS: ReadonlySet<string> = new Set(
  (
    "readFileSync writeFileSync appendFileSync existsSync accessSync statSync lstatSync fstatSync readdirSync readSync " +
    "writeSync openSync closeSync opendirSync readlinkSync realpathSync mkdirSync mkdtempSync rmSync rmdirSync unlinkSync " +
    "renameSync copyFileSync cpSync truncateSync utimesSync linkSync symlinkSync chmodSync chownSync " +
    "execSync execFileSync spawnSync hrtime cpuUsage memoryUsage " +
    "randomUUID randomBytes randomInt randomFillSync getRandomValues " +
    "hostname networkInterfaces userInfo homedir tmpdir loadavg freemem totalmem"
  ).split(" "),
);

/** Free names that a lambda may not use at all. */
export const FORBIDDEN_NAMES: ReadonlyMap<string, Forbidden> = new Map<string, Forbidden>([
  ...["process", "fetch", "require", "localStorage", "navigator"].map((name): [string, Forbidden] => [name, OUTSIDE]),
  ...["globalThis", "global", "window", "self"].map((name): [string, Forbidden] => [name, OUTSIDE]),
  ...["performance"].map((name): [string, Forbidden] => [name, CLOCK]),
  ...["Intl"].map((name): [string, Forbidden] => [name, LANGUAGE]),
  ...["crypto"].map((name): [string, Forbidden] => [name, CHANCE]),
  ...["setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "queueMicrotask", "WebSocket"].map(
    (name): [string, Forbidden] => [name, EFFECT],
  ),
  ...["eval", "Function"].map((name): [string, Forbidden] => [name, CODE]),
]);

/** Members of allowed names that a lambda may not use. */
export const FORBIDDEN_MEMBERS: ReadonlyMap<string, Forbidden> = new Map([
  ["Math.random", CHANCE],
  ["Date.now", CLOCK],
]);
