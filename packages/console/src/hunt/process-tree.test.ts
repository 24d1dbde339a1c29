/** Who started whom, from what two logs say of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessNode, Start } from "./process-tree.js";
import { buildTree, linesOf, pathsTo, pidOf } from "./process-tree.js";

let offset = 0;
const start = (at: number, own: Partial<Start>): Start => ({
  place: { stream: "windows", partition: 0, offset: offset++ },
  at,
  guid: null,
  pid: null,
  parentGuid: null,
  parentPid: null,
  image: null,
  parentImage: null,
  commandLine: null,
  user: null,
  ...own,
});
const sysmon = (at: number, name: string, parent: string, own: Partial<Start> = {}): Start =>
  start(at, {
    guid: `{${name}}`,
    parentGuid: `{${parent}}`,
    image: `C:\\${name}.exe`,
    parentImage: `C:\\${parent}.exe`,
    ...own,
  });

/** "a(b c(d))" */
function shape(nodes: readonly ProcessNode[]): string {
  return nodes
    .map(({ image, at, children }) => {
      const name = image.replace(/^C:\\|\.exe$/g, "");
      return `${at === null ? "~" : ""}${name}${children.length > 0 ? `(${shape(children)})` : ""}`;
    })
    .join(" ");
}

test("GUIDs say who started whom, whatever the order of arrival", () => {
  const starts = [sysmon(30, "d", "c"), sysmon(10, "b", "a"), sysmon(20, "c", "a")];
  assert.equal(shape(buildTree(starts)), "~a(b c(d))");
});

test("a number is that of the last process that had it", () => {
  const audit = (at: number, image: string, pid: number, parentPid: number): Start =>
    start(at, { image: `C:\\${image}.exe`, pid, parentPid, parentImage: "C:\\p.exe" });
  const tree = buildTree([
    audit(0, "old", 7, 1),
    audit(10, "x", 8, 7),
    audit(20_000, "new", 7, 1),
    audit(30_000, "y", 9, 7),
  ]);
  assert.equal(shape(tree), "~p(old(x) new(y))");
});

test("the start that is in both logs is one process, with both places", () => {
  const tree = buildTree([
    start(100, { pid: 5, parentPid: 1, image: "C:\\b.exe", parentImage: "C:\\a.exe", user: "u" }),
    sysmon(350, "b", "a", { pid: 5, parentPid: 1, commandLine: "b -x" }),
    sysmon(9000, "b2", "a", { pid: 5, parentPid: 1 }),
  ]);
  assert.equal(shape(tree), "~a(b b2)");
  const [b] = (tree[0] as ProcessNode).children;
  assert.deepEqual([b?.places.length, b?.at, b?.commandLine, b?.user, b?.guid], [2, 100, "b -x", "u", "{b}"]);
});

test("logs that lie do not make a circle", () => {
  const tree = buildTree([sysmon(10, "a", "b"), sysmon(20, "b", "a"), sysmon(30, "self", "self")]);
  const names = new Set<string>();
  const visit = (node: ProcessNode): void => {
    assert.ok(!names.has(node.id), `${node.id} twice`);
    names.add(node.id);
    node.children.forEach(visit);
  };
  tree.forEach(visit);
  assert.equal(names.size, 3);
});

test("what is open shows, and the ways to what is wanted are open", () => {
  const tree = buildTree([sysmon(10, "b", "a"), sysmon(20, "c", "b"), sysmon(30, "d", "a")]);
  assert.equal(linesOf(tree, new Set()).length, 1);
  const open = pathsTo(tree, ({ image }) => image.includes("c.exe"));
  assert.deepEqual(
    linesOf(tree, open).map(({ node, depth }) => `${depth}${node.image.slice(3, 4)}`),
    ["0a", "1b", "2c", "1d"],
  );
});

test("process numbers in both writings", () => {
  assert.deepEqual([pidOf("0x1c38"), pidOf("7224"), pidOf("x"), pidOf(null)], [7224, 7224, null, null]);
});
