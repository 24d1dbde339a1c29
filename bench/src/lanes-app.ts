/** The newest post of each lane and part. */
import { app, event, stream, t } from "millrace";

const Post = event("post", { at: t.timestamp(), lane: t.int32(), part: t.int32(), seq: t.int32() });

const lanes = stream("posts", Post, { time: "at" })
  .by("lane", "part")
  .agg((a) => ({ last: a.max("seq"), events: a.count() }), { keep: "forever" })
  .view("lanes");

export default app(import.meta, "lanes", [lanes]);
