/**
 * The event type of security events: all attributes stay open, as they came. Three shapes of Windows events and others
 * besides call the same things by other names and give them other types, so no column is worth refusing an event for.
 */
import { event, t } from "millrace";

export const SecurityEvent = event("security_event", {
  /** The recording and line an event was read from; null when it was sent over the network. */
  file: t.string().from("$file").optional(),
  line: t.int().from("$line").optional(),
  rest: t.open(),
});
