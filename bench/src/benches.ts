/** All benches, in the order in which they run. */
import { append } from "./append.bench.js";
import { consoleBench } from "./console.bench.js";
import { filter } from "./filter.bench.js";
import { http } from "./http.bench.js";
import { hunt } from "./hunt.bench.js";
import { ndjson } from "./ndjson.bench.js";
import type { Bench } from "./result.js";
import { sql } from "./sql.bench.js";
import { state } from "./state.bench.js";
import { workers } from "./workers.bench.js";

export const BENCHES: readonly Bench[] = [ndjson, append, filter, state, workers, sql, http, hunt, consoleBench];
