/**
 * A layered layout: what reads stands right of what is read.
 *
 *   1. A box's layer is the longest way to it from a source; one that nothing leads to moves up to just before its reader.
 *   2. In a layer boxes are ordered by the middle of their neighbours' places, a few times forth and back: few crossings.
 *   3. Layers are columns of one width, or rows of one height; each is centred on the longest.
 */
export interface Placed {
  readonly x: number;
  readonly y: number;
  readonly layer: number;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Arc {
  readonly from: string;
  readonly to: string;
}

/** Between layers, and between boxes of one layer. */
/** Ways to the right have numbers beside them. */
const GAP = { right: 56, down: 34, boxes: 26 } as const;
const SWEEPS = 4;

/** Layers from left to right, or from the top down. */
export type Direction = "right" | "down";

export function layered(
  ids: readonly string[],
  arcs: readonly Arc[],
  size: Size,
  direction: Direction,
): { readonly places: ReadonlyMap<string, Placed>; readonly width: number; readonly height: number } {
  const layers = layersOf(ids, arcs);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let k = 1; k < layers.length; k++) order(layers[k] as string[], layers[k - 1] as string[], arcs, "from");
    for (let k = layers.length - 2; k >= 0; k--) order(layers[k] as string[], layers[k + 1] as string[], arcs, "to");
  }
  const right = direction === "right";
  const longest = Math.max(1, ...layers.map((layer) => layer.length));
  const along = (right ? size.width : size.height) + GAP[direction];
  const across = (right ? size.height : size.width) + GAP.boxes;
  const places = new Map<string, Placed>();
  layers.forEach((layer, k) => {
    const before = ((longest - layer.length) * across) / 2;
    layer.forEach((id, n) => {
      const at = before + n * across;
      places.set(id, right ? { x: k * along, y: at, layer: k } : { x: at, y: k * along, layer: k });
    });
  });
  const length = layers.length * along - GAP[direction];
  const breadth = longest * across - GAP.boxes;
  return { places, width: right ? length : breadth, height: right ? breadth : length };
}

function layersOf(ids: readonly string[], arcs: readonly Arc[]): string[][] {
  const layer = new Map<string, number>(ids.map((id) => [id, 0]));
  // The plan has no circles: after as many rounds as there are boxes nothing moves any more.
  for (let round = 0, moved = true; moved && round < ids.length; round++) {
    moved = false;
    for (const { from, to } of arcs) {
      const least = (layer.get(from) ?? 0) + 1;
      if ((layer.get(to) ?? 0) >= least) continue;
      layer.set(to, least);
      moved = true;
    }
  }
  for (const id of ids) {
    const readers = arcs.filter(({ from }) => from === id).map(({ to }) => layer.get(to) ?? 0);
    if (readers.length > 0 && !arcs.some(({ to }) => to === id)) layer.set(id, Math.min(...readers) - 1);
  }
  const count = Math.max(0, ...layer.values()) + 1;
  return Array.from({ length: count }, (_, k) => ids.filter((id) => layer.get(id) === k));
}

/** By the middle of the neighbours' places in the layer beside; those without any keep theirs. */
function order(layer: string[], beside: readonly string[], arcs: readonly Arc[], side: "from" | "to"): void {
  const other = side === "from" ? "to" : "from";
  const middle = new Map(
    layer.map((id, at) => {
      const places = arcs
        .filter((arc) => arc[other] === id)
        .map((arc) => beside.indexOf(arc[side]))
        .filter((place) => place >= 0);
      const mean = places.reduce((sum, place) => sum + place, 0) / places.length;
      return [id, places.length === 0 ? at : mean] as const;
    }),
  );
  layer.sort((a, b) => (middle.get(a) as number) - (middle.get(b) as number));
}
