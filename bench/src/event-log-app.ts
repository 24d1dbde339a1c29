/** Security events to be kept; the plan reads none of their attributes. */
import { app, event, stream, t } from "millrace";

const SecurityEvent = event("security_event", { RecordNumber: t.int(), rest: t.open() });

const none = stream("events", SecurityEvent, { time: (e) => e.RecordNumber })
  .filter((e) => e.RecordNumber < 0)
  .map((e) => ({ record: e.RecordNumber }))
  .stream("none");

export default app(import.meta, "event-log", [none]);
