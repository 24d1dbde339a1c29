import assert from "node:assert/strict";
import test from "node:test";
import { AUDIT_PROCESS, plainNames, SPACED, UNNAMED_DATA, windowsNames } from "./fields.js";

test("a field's own name comes first, in every shape, and its aliases after it", () => {
  assert.deepEqual(windowsNames("Image"), ["Image", "event_data.Image", "winlog.event_data.Image"]);
  assert.deepEqual(windowsNames("EventID").slice(-2), ["event_id", "winlog.event_id"]);
  assert.deepEqual(windowsNames("Provider_Name").slice(3), ["SourceName", "source_name", "winlog.provider_name"]);
  assert.deepEqual(windowsNames("Image", AUDIT_PROCESS).slice(3), [
    "NewProcessName",
    "event_data.NewProcessName",
    "winlog.event_data.NewProcessName",
  ]);
  assert.ok(windowsNames("Data", UNNAMED_DATA).includes("message"), "an alias has aliases of its own in the header");
  assert.ok(windowsNames("ThreatName", SPACED).includes("Threat Name"));
  assert.equal(windowsNames("Image"), windowsNames("Image"), "one list for all rules");
  assert.deepEqual(windowsNames("constructor").length, 3);
});

test("Zeek's dots may be underscores", () => {
  assert.deepEqual(plainNames("id.orig_h"), ["id.orig_h", "id_orig_h"]);
  assert.deepEqual(plainNames("uri"), ["uri"]);
});
