/** A program whose windows wait: minutes close once both lanes have come to their end. */
import { app, stream, t, tumble } from "millrace";

const posts = stream("posts", { at: t.timestamp(), lane: t.string() }, { time: "at", partitions: 2 });
const minutes = posts
  .by("lane")
  .window(tumble("1m"))
  .agg((a) => ({ posts: a.count() }))
  .view("minutes");

export default app(import.meta, "lanes", [minutes]);
