// Where the nodes of a case lie: a force layout without chance, so that a case looks the same at every visit.
// Fruchterman and Reingold (1991, doi:10.1002/spe.4380211102), repulsion cut off beyond a few edge lengths and
// found by a grid, so that a step is linear in the nodes. Nodes that lie already stay where they are: unfolding
// adds to the picture and moves nothing in it.

export interface Point {
  x: number;
  y: number;
}

const EDGE_PX = 84;
const REACH_PX = EDGE_PX * 3.2;
/** Longer than this the page is not kept from answering. */
const SLICE_MS = 8;

/** FNV-1a over the id, as a number in 0..1: the same start for the same node everywhere. */
function chance(id: string, salt: number): number {
  let hash = 0x811c9dc5 ^ salt;
  for (let at = 0; at < id.length; at += 1) {
    hash ^= id.charCodeAt(at);
    hash = Math.imul(hash, 0x01000193);
  }
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  hash ^= hash >>> 13;
  return (hash >>> 0) / 0x1_0000_0000;
}

/**
 * Positions for every id; those in `fixed` are kept. The work is done in slices: `pause` is waited for between them, and
 * where it says no, nobody wants the answer any more.
 */
export async function layOut(
  ids: readonly string[],
  links: readonly [string, string][],
  fixed: ReadonlyMap<string, Point>,
  pause: () => Promise<boolean>,
): Promise<Map<string, Point> | null> {
  const order = [...ids].sort();
  const at = new Map(order.map((id, index) => [id, index]));
  const pairs: [number, number][] = [];
  const adjacent: number[][] = order.map(() => []);
  for (const [one, other] of links) {
    const a = at.get(one);
    const b = at.get(other);
    if (a === undefined || b === undefined || a === b) continue;
    pairs.push([a, b]);
    adjacent[a]?.push(b);
    adjacent[b]?.push(a);
  }
  const placed = start(order, adjacent, fixed);
  const free = order.map((id) => !fixed.has(id));
  const rounds = order.length > 1200 ? 60 : order.length > 300 ? 140 : 320;
  const force = new Force(placed, pairs, free);
  if (free.includes(true)) {
    let slice = performance.now();
    for (let round = 0; round < rounds; round += 1) {
      force.step(EDGE_PX * 0.6 * (fixed.size === 0 ? 1 : 0.5) * (1 - round / rounds) + 0.5);
      if (performance.now() - slice < SLICE_MS) continue;
      if (!(await pause())) return null;
      slice = performance.now();
    }
  }
  return new Map(order.map((id, index) => [id, force.point(index)]));
}

/** Breadth first from what lies already, or from the best connected node: each next to the one it came from. */
function start(order: readonly string[], adjacent: readonly number[][], fixed: ReadonlyMap<string, Point>): Point[] {
  const placed: (Point | undefined)[] = order.map((id) => {
    const kept = fixed.get(id);
    return kept ? { ...kept } : undefined;
  });
  const byDegree = order.map((_, index) => index).sort((a, b) => (adjacent[b]?.length ?? 0) - (adjacent[a]?.length ?? 0) || a - b);
  const queue = byDegree.filter((index) => placed[index]);
  let lonely = 0;
  const visit = () => {
    for (let head = 0; head < queue.length; head += 1) {
      const from = queue[head] ?? 0;
      const origin = placed[from] ?? { x: 0, y: 0 };
      const fresh = (adjacent[from] ?? []).filter((next) => !placed[next]).sort((a, b) => a - b);
      const turn = chance(order[from] ?? "", 7) * Math.PI * 2;
      fresh.forEach((next, nth) => {
        const angle = turn + (nth / fresh.length) * Math.PI * 2;
        const far = EDGE_PX * (0.8 + 0.4 * chance(order[next] ?? "", 3));
        placed[next] = { x: origin.x + Math.cos(angle) * far, y: origin.y + Math.sin(angle) * far };
        queue.push(next);
      });
    }
    queue.length = 0;
  };
  visit();
  for (const seed of byDegree) {
    if (placed[seed]) continue;
    const angle = lonely * 2.399963; // golden angle: components spread evenly
    const far = lonely === 0 ? 0 : EDGE_PX * 2.2 * Math.sqrt(lonely);
    placed[seed] = { x: Math.cos(angle) * far, y: Math.sin(angle) * far };
    lonely += 1;
    queue.push(seed);
    visit();
  }
  return placed.map((point) => point ?? { x: 0, y: 0 });
}

/** The points under way. Numbers lie in flat arrays and in a grid of cells as wide as repulsion reaches. */
class Force {
  private readonly x: Float64Array;
  private readonly y: Float64Array;
  private readonly moveX: Float64Array;
  private readonly moveY: Float64Array;
  private readonly cell: Int32Array;
  private readonly byCell: Int32Array;

  constructor(
    placed: readonly Point[],
    private readonly pairs: readonly [number, number][],
    private readonly free: readonly boolean[],
  ) {
    this.x = Float64Array.from(placed, (point) => point.x);
    this.y = Float64Array.from(placed, (point) => point.y);
    this.moveX = new Float64Array(placed.length);
    this.moveY = new Float64Array(placed.length);
    this.cell = new Int32Array(placed.length);
    this.byCell = new Int32Array(placed.length);
  }

  point(index: number): Point {
    return { x: this.x[index]!, y: this.y[index]! };
  }

  /** One round: nobody goes further than `heat`. */
  step(heat: number): void {
    const { x, y, moveX, moveY } = this;
    moveX.fill(0);
    moveY.fill(0);
    this.repel();
    for (const [a, b] of this.pairs) this.attract(a, b);
    for (let index = 0; index < x.length; index += 1) {
      if (!this.free[index]) continue;
      const dx = moveX[index]! - x[index]! * 0.012;
      const dy = moveY[index]! - y[index]! * 0.016;
      const length = Math.hypot(dx, dy) || 1;
      const step = Math.min(length, heat);
      x[index]! += (dx / length) * step;
      y[index]! += (dy / length) * step;
    }
  }

  private attract(a: number, b: number): void {
    const dx = this.x[b]! - this.x[a]!;
    const dy = this.y[b]! - this.y[a]!;
    const pull = Math.hypot(dx, dy) / EDGE_PX / 6;
    this.moveX[a]! += dx * pull;
    this.moveY[a]! += dy * pull;
    this.moveX[b]! -= dx * pull;
    this.moveY[b]! -= dy * pull;
  }

  private repel(): void {
    const { x, y, cell, byCell } = this;
    const left = Math.min(...x);
    const top = Math.min(...y);
    // A rim of empty cells all around, so that every cell has eight neighbours.
    const columns = Math.floor((Math.max(...x) - left) / REACH_PX) + 3;
    const rows = Math.floor((Math.max(...y) - top) / REACH_PX) + 3;
    const begin = new Int32Array(columns * rows + 1);
    for (let index = 0; index < x.length; index += 1) {
      cell[index] = (Math.floor((y[index]! - top) / REACH_PX) + 1) * columns + Math.floor((x[index]! - left) / REACH_PX) + 1;
      begin[cell[index]! + 1]! += 1;
    }
    for (let at = 1; at < begin.length; at += 1) begin[at]! += begin[at - 1]!;
    const next = begin.slice();
    for (let index = 0; index < x.length; index += 1) byCell[next[cell[index]!]!++] = index;
    for (let index = 0; index < x.length; index += 1) {
      if (!this.free[index]) continue;
      for (let row = -1; row <= 1; row += 1) {
        const middle = cell[index]! + row * columns;
        for (let at = begin[middle - 1]!; at < begin[middle + 2]!; at += 1) this.push(index, byCell[at]!);
      }
    }
  }

  private push(index: number, other: number): void {
    let dx = this.x[index]! - this.x[other]!;
    let dy = this.y[index]! - this.y[other]!;
    let squared = dx * dx + dy * dy;
    if (squared > REACH_PX * REACH_PX || index === other) return;
    if (squared < 0.01) {
      dx = index < other ? 0.1 : -0.1;
      dy = (index % 7) * 0.01;
      squared = dx * dx + dy * dy;
    }
    const force = Math.min((EDGE_PX * EDGE_PX) / squared, 40);
    this.moveX[index]! += dx * force * 0.35;
    this.moveY[index]! += dy * force * 0.35;
  }
}
