/** Rule sets: what is in force, files changed while events flow, rules tried on history, and how far hunts are. */
import type { FastifyInstance } from "fastify";
import { MillraceError, suggest } from "../../base/errors.js";
import { rowJson } from "../../batch/row-json.js";
import { writeRuleFile } from "../../engine/rules/rule-files.js";
import type { RuleKeeper } from "../../engine/rules/rule-keeper.js";
import { TIME_COLUMN } from "../../plan/resolve.js";
import type { RuleEntry, RuleProblem } from "../../plan/rules/rule-set.js";
import type { Context } from "../context.js";
import { HttpError } from "../http-error.js";
import { described } from "../openapi.js";

const SET = { set: { type: "string", maxLength: 63 } } as const;
const FILE = { ...SET, path: { type: "string", minLength: 1, maxLength: 200 } } as const;
const TEXT_MAX = 1 << 20;
/** A trial looks no longer. */
const TRIAL_MS_MAX = 60_000;

const PROBLEMS = {
  type: "array",
  items: {
    type: "object",
    properties: { file: { type: "string" }, line: { type: "integer" }, message: { type: "string" } },
  },
} as const;
const RULES = { type: "array", items: { type: "object", additionalProperties: true } } as const;
const FILE_ANSWER = {
  type: "object",
  properties: { file: { type: "string" }, text: { type: "string" }, rules: RULES, problems: PROBLEMS },
} as const;
const CHANGED = {
  type: "object",
  properties: { change: { type: ["integer", "null"] }, problems: PROBLEMS },
} as const;

type At<P extends string> = { Params: Record<P, string> };

export function ruleRoutes(server: FastifyInstance, context: Context): void {
  listRoutes(server, context);
  fileRoutes(server, context);
  tryRoute(server, context);
  huntsRoute(server, context);
}

function listRoutes(server: FastifyInstance, context: Context): void {
  server.get("/api/rules", { schema: described("Rule sets", { answer: RULES }) }, () =>
    Array.from(context.runtime.rules.values(), (keeper) => ({
      name: keeper.set.name,
      files: keeper.texts.size,
      rules: keeper.compiled().rules.length,
      problems: keeper.problems.map(problemJson),
      changes: keeper.changes.length,
    })),
  );
  server.get<At<"set"> & { Querystring: { after: string; limit: number } }>(
    "/api/rules/:set",
    {
      schema: described("Files of a rule set by path, with their rules. Go on with `after` the last path.", {
        params: { type: "object", properties: SET },
        querystring: {
          type: "object",
          additionalProperties: false,
          properties: {
            after: { type: "string", maxLength: 200, default: "" },
            limit: { type: "integer", minimum: 1, maximum: 10_000, default: 1000 },
          },
        },
        answer: { type: "object", properties: { files: { type: "array", items: FILE_ANSWER } } },
      }),
    },
    ({ params, query }) => {
      const keeper = keeperOf(context, params.set);
      const paths = [...new Set([...keeper.texts.keys(), ...keeper.problems.map(({ path }) => path)])].sort();
      const page = paths.filter((path) => path > query.after).slice(0, query.limit);
      const { rules } = keeper.compiled();
      return {
        files: page.map((file) => ({
          file,
          rules: rules.filter((rule) => rule.file === file).map(ruleJson(keeper)),
          problems: keeper.problems.filter(({ path }) => path === file).map(problemJson),
        })),
      };
    },
  );
}

function fileRoutes(server: FastifyInstance, context: Context): void {
  const params = { type: "object", properties: FILE };
  server.get<At<"set" | "path">>(
    "/api/rules/:set/files/:path",
    { schema: described("A rule file", { params, answer: FILE_ANSWER }) },
    (request) => {
      const keeper = keeperOf(context, request.params.set);
      return fileJson(keeper, request.params.path);
    },
  );
  server.put<At<"set" | "path"> & { Querystring: { retro?: boolean }; Body: string }>(
    "/api/rules/:set/files/:path",
    {
      bodyLimit: TEXT_MAX,
      config: { needs: "operate" },
      schema: described("Writes a rule file and puts it in force for what comes; retro: for the history too", {
        params,
        querystring: { type: "object", additionalProperties: false, properties: { retro: { type: "boolean" } } },
        body: { type: "string", maxLength: TEXT_MAX },
        takes: ["text/plain"],
        answer: CHANGED,
      }),
    },
    ({ params: { set, path }, query, body }) => change(context, keeperOf(context, set), path, body, query.retro),
  );
  server.delete<At<"set" | "path">>(
    "/api/rules/:set/files/:path",
    {
      config: { needs: "operate" },
      schema: described("Removes a rule file; what it has found stays", { params, answer: CHANGED }),
    },
    ({ params: { set, path } }) => {
      const keeper = keeperOf(context, set);
      fileJson(keeper, path);
      return change(context, keeper, path, null, undefined);
    },
  );
}

async function change(
  { runtime }: Context,
  keeper: RuleKeeper,
  file: string,
  text: string | null,
  retro: boolean | undefined,
): Promise<object> {
  const written = await keeper.change([{ file, text }], {
    by: "api",
    ...(retro === undefined ? {} : { retro }),
    before: async () => writeRuleFile(keeper.set, runtime.plan.url, file, text),
  });
  const problems = written.problems.filter(({ path }) => path === file);
  if (written.change === null && problems.length > 0)
    throw new HttpError(422, "DECODE", `"${file}" gives no rule: ${problems[0]?.reason}`, {
      hint: "Nothing was changed: what the file said before is in force.",
      also: { problems: problems.map(problemJson) },
    });
  return { change: written.change, problems: problems.map(problemJson) };
}

function tryRoute(server: FastifyInstance, context: Context): void {
  server.post<At<"set"> & { Body: { file: string; text: string; limit: number; timeoutMs: number } }>(
    "/api/rules/:set/try",
    {
      bodyLimit: 2 * TEXT_MAX,
      config: { needs: "operate" },
      schema: described("What a rule file would find in the history. Nothing of it stays.", {
        params: { type: "object", properties: SET },
        body: {
          type: "object",
          required: ["file", "text"],
          additionalProperties: false,
          properties: {
            file: FILE.path,
            text: { type: "string", maxLength: TEXT_MAX },
            limit: { type: "integer", minimum: 1, maximum: 10_000, default: 100, description: "matches at most" },
            timeoutMs: { type: "integer", minimum: 100, maximum: TRIAL_MS_MAX, default: 20_000 },
          },
        },
        answer: {
          type: "object",
          properties: {
            rules: { type: "array", items: { type: "string" } },
            problems: PROBLEMS,
            scanned: { type: "integer" },
            total: { type: "integer" },
            matched: { type: "integer" },
            rows: RULES,
            complete: { type: "boolean" },
          },
        },
      }),
    },
    async (request, reply) => {
      const { file, text, limit, timeoutMs } = request.body;
      const keeper = keeperOf(context, request.params.set);
      let gone = false;
      reply.raw.once("close", () => {
        gone = !reply.raw.writableFinished;
      });
      const options = { rowsMax: limit, msMax: timeoutMs, stopped: () => gone };
      const trial = await context.runtime.tryRules(keeper, { file, text }, options);
      return {
        ...trial,
        problems: trial.problems.map(problemJson),
        rows: trial.rows.map(({ stream, row }) => ({ stream, row: rowJson(shown(context, stream), row) })),
      };
    },
  );
}

function huntsRoute(server: FastifyInstance, context: Context): void {
  server.get<At<"set">>(
    "/api/rules/:set/hunts",
    {
      schema: described("Changes whose new rules were, or are being, run over the history; the newest first", {
        params: { type: "object", properties: SET },
        answer: RULES,
      }),
    },
    ({ params }) => {
      const { set, changes } = keeperOf(context, params.set);
      const { hunts, counters } = context.runtime.engine.commit;
      return changes
        .filter(({ retro, change: number }) => retro && number > 1)
        .slice(-1000)
        .reverse()
        .map(({ change: number, files, by }) => {
          const parts = hunts.filter((hunt) => hunt.set === set.name && hunt.change === number);
          const open = parts.some(({ next, to }) => next < to);
          return {
            change: number,
            files,
            by,
            state: open ? "running" : "done",
            scanned: parts.reduce((sum, { from, next }) => sum + next - from, 0),
            total: parts.reduce((sum, { from, to }) => sum + to - from, 0),
            matched: counters[`retro/${set.name}/${number}`] ?? 0,
          };
        });
    },
  );
}

function keeperOf({ runtime }: Context, set: string): RuleKeeper {
  const keeper = runtime.rules.get(set);
  if (keeper !== undefined) return keeper;
  throw new MillraceError("NAME", `there is no rule set "${set}"`, { hint: suggest(set, [...runtime.rules.keys()]) });
}

function fileJson(keeper: RuleKeeper, file: string): object {
  const text = keeper.texts.get(file);
  const problems = keeper.problems.filter(({ path }) => path === file).map(problemJson);
  if (text === undefined && problems.length === 0)
    throw new MillraceError("NAME", `"${keeper.set.name}" has no file "${file}"`, {
      hint: suggest(file, [...keeper.texts.keys()]),
    });
  const rules = keeper.compiled().rules.filter((rule) => rule.file === file);
  return { file, text: text ?? "", rules: rules.map(ruleJson(keeper)), problems };
}

function ruleJson(keeper: RuleKeeper): (rule: RuleEntry) => object {
  return ({ row }) => rowJson(keeper.set.meta, row as Parameters<typeof rowJson>[1]);
}

function problemJson({ path, line, reason }: RuleProblem): object {
  return { file: path, line, message: reason };
}

function shown({ runtime }: Context, stream: string): Parameters<typeof rowJson>[0] {
  const spec = runtime.plan.published.find(({ name }) => name === stream);
  return { fields: (spec?.schema.fields ?? []).filter(({ name }) => name !== TIME_COLUMN) };
}
