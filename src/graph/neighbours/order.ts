// Rows in an order where neighbours in the list are neighbours in space, so that good limits are found early.
//
// A k-d tree (Bentley, "Multidimensional binary search trees used for associative searching", 1975): split the
// rows at the median of the column that varies most, again in both halves, down to one block. The order only
// makes the search faster: the answer does not depend on it.
import { indexOfLargest } from '../../core/statistics.js';
import type { Part } from './protocol.js';

/** keys (n, columns) → the row numbers 0 … n − 1, each leaf of the tree in one piece of at most `leafRows`. */
export function orderByPlace(keys: Float32Array, columns: number, leafRows: number): Int32Array {
  const order = Int32Array.from({ length: keys.length / columns }, (_, row) => row);
  const pending = [[0, order.length]];
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    const [from, to] = part;
    if (to - from <= leafRows) continue;
    // A whole number of leaves on the left, so that blocks and leaves agree.
    const middle = from + Math.ceil((to - from) / leafRows / 2) * leafRows;
    selectMiddle(order, from, to, middle, keys, columns, widestColumn(order, from, to, keys, columns));
    pending.push([middle, to], [from, middle]);
  }
  return order;
}

/** The column with the largest variance among the rows order[from … to). */
function widestColumn(
  order: Int32Array,
  from: number,
  to: number,
  keys: Float32Array,
  columns: number,
): number {
  const sums = new Float64Array(columns);
  const squares = new Float64Array(columns);
  const origin = order[from] * columns;
  for (let place = from; place < to; place++) {
    const first = order[place] * columns;
    for (let column = 0; column < columns; column++) {
      const value = keys[first + column] - keys[origin + column];
      sums[column] += value;
      squares[column] += value * value;
    }
  }
  const variances = squares.map((square, column) => square - sums[column] ** 2 / (to - from));
  return indexOfLargest(variances);
}

/** Hoare's selection: afterwards no row before `middle` has a larger key than any row from it on. */
function selectMiddle(
  order: Int32Array,
  from: number,
  to: number,
  middle: number,
  keys: Float32Array,
  columns: number,
  column: number,
): void {
  let [low, high] = [from, to - 1];
  while (low < high) {
    const pivot = keys[order[(low + high) >> 1] * columns + column];
    let [left, right] = [low, high];
    while (left <= right) {
      while (keys[order[left] * columns + column] < pivot) left++;
      while (keys[order[right] * columns + column] > pivot) right--;
      if (left > right) break;
      const held = order[left];
      order[left++] = order[right];
      order[right--] = held;
    }
    if (middle <= right) high = right;
    else if (middle >= left) low = left;
    else return;
  }
}

// Which blocks are compared in which task. First every block with itself, then with those near it in the order,
// which brings the limits close to their end; then with all others, when most tiles are rejected by their first
// columns. On 60,000 × 64 features of digits itself-first halves the pairs to be measured: 4.9 → 2.3 million.

/** Blocks `from` … `to` − 1 to compare with `block`. */
export interface Span {
  readonly block: number;
  readonly from: number;
  readonly to: number;
}

/** Blocks on each side that count as near: 512 rows. */
const NEAR_BLOCKS = 8;

/** For each block of the part that seeks, a task for each ring: itself, near, far. */
const RINGS = 3;

export function taskCount([seekers]: readonly Part[]): number {
  return RINGS * (seekers.endBlock - seekers.firstBlock);
}

export function spansOfTask(task: number, parts: readonly Part[], nearBlocks: Int32Array): Span[] {
  const [seekers, references] = parts;
  const block = task % seekers.endBlock;
  const ring = Math.floor(task / seekers.endBlock);
  if (references === undefined) {
    // Each pair of blocks once: those before `block` have met it already.
    const edges = [block, block + 1, block + NEAR_BLOCKS + 1, seekers.endBlock];
    const [from, to] = [edges[ring], edges[ring + 1]].map((edge) => Math.min(edge, seekers.endBlock));
    return [{ block, from, to }];
  }
  const centre = nearBlocks[block];
  const edges = [references.firstBlock, centre - NEAR_BLOCKS, centre, centre + 1];
  edges.push(centre + NEAR_BLOCKS + 1, references.endBlock);
  const span = (place: number): Span => {
    const [from, to] = [edges[place], edges[place + 1]].map((edge) =>
      Math.min(Math.max(edge, references.firstBlock), references.endBlock),
    );
    return { block, from, to };
  };
  return ring === 0 ? [span(2)] : [span(2 - ring), span(2 + ring)];
}
