import assert from "node:assert/strict";
import { test } from "node:test";
import { Closing } from "./closing.js";

function three(closed: string[], failing: string): Closing {
  const opened = new Closing();
  for (const name of ["disk", "store", "server"])
    opened.add(async () => {
      closed.push(name);
      if (name === failing || failing === "all") throw new RangeError(name);
    });
  return opened;
}

test("closes in reverse order, each once, and all of them whatever fails", async () => {
  const closed: string[] = [];
  const opened = three(closed, "store");
  await assert.rejects(opened.close(), /store/);
  await opened.close();
  assert.deepEqual(closed, ["server", "store", "disk"]);
});

test("the failure that led to it is what is thrown", async () => {
  const closed: string[] = [];
  await assert.rejects(three(closed, "all").fail(new TypeError("port")), /port/);
  assert.equal(closed.length, 3);
});
