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

/** Positions for every id; those in `fixed` are kept. */
export function layOut(ids: readonly string[], links: readonly [string, string][], fixed: ReadonlyMap<string, Point>): Map<string, Point> {
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
  const few = free.filter(Boolean).length;
  if (few > 0) relax(placed, pairs, free, rounds, fixed.size === 0 ? 1 : 0.5);
  return new Map(order.map((id, index) => [id, placed[index] ?? { x: 0, y: 0 }]));
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

function relax(placed: Point[], pairs: readonly [number, number][], free: readonly boolean[], rounds: number, warmth: number): void {
  const n = placed.length;
  const moveX = new Float64Array(n);
  const moveY = new Float64Array(n);
  for (let round = 0; round < rounds; round += 1) {
    const heat = EDGE_PX * 0.6 * warmth * (1 - round / rounds) + 0.5;
    moveX.fill(0);
    moveY.fill(0);
    repel(placed, free, moveX, moveY);
    for (const [a, b] of pairs) attract(placed, a, b, moveX, moveY);
    for (let index = 0; index < n; index += 1) {
      const point = placed[index];
      if (!free[index] || !point) continue;
      const dx = (moveX[index] ?? 0) - point.x * 0.012;
      const dy = (moveY[index] ?? 0) - point.y * 0.016;
      const length = Math.hypot(dx, dy) || 1;
      const step = Math.min(length, heat);
      point.x += (dx / length) * step;
      point.y += (dy / length) * step;
    }
  }
}

function attract(placed: readonly Point[], a: number, b: number, moveX: Float64Array, moveY: Float64Array): void {
  const one = placed[a];
  const other = placed[b];
  if (!one || !other) return;
  const dx = other.x - one.x;
  const dy = other.y - one.y;
  const pull = Math.hypot(dx, dy) / EDGE_PX / 6;
  moveX[a] = (moveX[a] ?? 0) + dx * pull;
  moveY[a] = (moveY[a] ?? 0) + dy * pull;
  moveX[b] = (moveX[b] ?? 0) - dx * pull;
  moveY[b] = (moveY[b] ?? 0) - dy * pull;
}

function repel(placed: readonly Point[], free: readonly boolean[], moveX: Float64Array, moveY: Float64Array): void {
  const cells = new Map<string, number[]>();
  const cellOf = (value: number) => Math.floor(value / REACH_PX);
  placed.forEach((point, index) => {
    const key = `${cellOf(point.x)},${cellOf(point.y)}`;
    const cell = cells.get(key);
    if (cell) cell.push(index);
    else cells.set(key, [index]);
  });
  placed.forEach((point, index) => {
    if (!free[index]) return;
    const column = cellOf(point.x);
    const row = cellOf(point.y);
    for (let dc = -1; dc <= 1; dc += 1) {
      for (let dr = -1; dr <= 1; dr += 1) {
        for (const other of cells.get(`${column + dc},${row + dr}`) ?? []) {
          if (other !== index) push(point, placed[other], index, other, moveX, moveY);
        }
      }
    }
  });
}

function push(point: Point, away: Point | undefined, index: number, other: number, moveX: Float64Array, moveY: Float64Array): void {
  if (!away) return;
  let dx = point.x - away.x;
  let dy = point.y - away.y;
  let squared = dx * dx + dy * dy;
  if (squared > REACH_PX * REACH_PX) return;
  if (squared < 0.01) {
    dx = index < other ? 0.1 : -0.1;
    dy = (index % 7) * 0.01;
    squared = dx * dx + dy * dy;
  }
  const force = Math.min((EDGE_PX * EDGE_PX) / squared, 40);
  moveX[index] = (moveX[index] ?? 0) + dx * force * 0.35;
  moveY[index] = (moveY[index] ?? 0) + dy * force * 0.35;
}
