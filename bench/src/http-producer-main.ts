/** The process that http.bench.ts starts: URL, posts to warm up, posts that count; prints what it measured as JSON. */
import { produceAndWatch } from "./http-producer.js";

const [url = "", warm = "0", timed = "0"] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await produceAndWatch(url, Number(warm), Number(timed))));
