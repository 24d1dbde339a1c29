/** The public test kit: `millrace/testing`. Every export is named here by hand. */
export type { Configuration } from "./configuration.js";
export { BASE, CONFIGURATIONS, SLOW_CONFIGURATIONS } from "./configuration.js";
export type { Exercise } from "./exercise.js";
export { exerciseText } from "./exercise.js";
export type { Harness, HarnessOptions } from "./harness.js";
export { harness } from "./harness.js";
export type { LawOptions } from "./law.js";
export { law } from "./law.js";
