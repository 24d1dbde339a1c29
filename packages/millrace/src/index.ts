/** The public surface of `millrace`: every export is named here by hand. */
export { Decimal } from "./base/decimal.js";
export type { ErrorCode } from "./base/errors.js";
export { describeError, MillraceError } from "./base/errors.js";
export type { Duration, Instant } from "./base/time.js";
export type { Embedded, EmbedOptions } from "./cli/embed.js";
export { embed } from "./cli/embed.js";
export type { ServeOptions } from "./cli/serve.js";
export { Served, serve } from "./cli/serve.js";
export type { MatchableRule } from "./engine/match/matcher.js";
export type { RuleMatch, ScannedPart } from "./engine/match/scan-files.js";
export { FileScanner } from "./engine/match/scan-files.js";
export type {
  Agg,
  Aggs,
  App,
  Delivered,
  Keyed,
  NamedStream,
  NamedTable,
  Node,
  Origin,
  Row,
  Rows,
  RuleSet,
  Stream,
  StreamOpts,
  Table,
  View,
  Window,
  Windowed,
} from "./plan/api.js";
export { app } from "./plan/app.js";
export { rules, stream, table, tumble, union } from "./plan/define.js";
export type { RowAccess } from "./plan/rules/evaluate.js";
export { evaluate, testValue } from "./plan/rules/evaluate.js";
export type { Expr, FieldRef, PatternPart, Test } from "./plan/rules/expr.js";
export type { CompiledRules, Rule, RuleFile, RuleProblem } from "./plan/rules/rule-set.js";
export type { FieldTests, TextTests } from "./plan/rules/x.js";
export { x } from "./plan/rules/x.js";
export type { EventType } from "./schema/builder.js";
export { event, t } from "./schema/builder.js";
export type { Col, Cols, InputOf, Open, RowOf, Value } from "./schema/types.js";
export type { SinkSpec } from "./sink/spec.js";
export { appendTo, syslog, webhook } from "./sink/spec.js";
export type { Source } from "./source/spec.js";
export { files, http } from "./source/spec.js";
