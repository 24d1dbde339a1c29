/** Where boxes stand: whatever is read is before its reader, and no two in one place. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { layered } from "./layout.js";

const SIZE = { width: 100, height: 50 };
const arc = (text: string): { from: string; to: string } => {
  const [from = "", to = ""] = text.split(">");
  return { from, to };
};

test("layers follow the longest way, and a source stands just before its reader", () => {
  const arcs = ["in>a", "a>b", "b>out", "in>out", "rules>b"].map(arc);
  const { places } = layered(["in", "a", "b", "rules", "out"], arcs, SIZE, "right");
  const layer = (id: string): number => places.get(id)?.layer ?? -1;
  assert.deepEqual(["in", "a", "b", "rules", "out"].map(layer), [0, 1, 2, 1, 3]);
});

test("every arc leads forward and no two boxes lie over one another, in both directions", () => {
  const ids = Array.from({ length: 24 }, (_, k) => `n${k}`);
  const arcs = ids.flatMap((id, k) =>
    [1, 3, 7].filter((d) => k + d < 24 && (k * d) % 4 < 2).map((d) => ({ from: id, to: `n${k + d}` })),
  );
  for (const direction of ["right", "down"] as const) {
    const { places, width, height } = layered(ids, arcs, SIZE, direction);
    for (const { from, to } of arcs)
      assert.ok((places.get(from)?.layer ?? 0) < (places.get(to)?.layer ?? 0), `${from} > ${to}`);
    const all = [...places.values()];
    for (const a of all) {
      assert.ok(a.x >= 0 && a.y >= 0 && a.x + SIZE.width <= width + 1e-9 && a.y + SIZE.height <= height + 1e-9);
      for (const b of all)
        assert.ok(a === b || Math.abs(a.x - b.x) >= SIZE.width || Math.abs(a.y - b.y) >= SIZE.height, direction);
    }
  }
});

test("crossings that need not be are undone", () => {
  const { places } = layered(["a", "b", "x", "y"], ["a>y", "b>x"].map(arc), SIZE, "right");
  const y = (id: string): number => places.get(id)?.y ?? 0;
  assert.equal(y("a") < y("b"), y("y") < y("x"));
});
