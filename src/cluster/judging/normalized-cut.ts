// Where does a graph fall in two most easily? The cut that parts the fewest ties for the weight on either side.
//
// The normalized cut of Shi & Malik (2000): cut (1 / vol A + 1 / vol B). The best of all cuts is NP-hard to find; the best of
// those that part the nodes by their place along a leading eigenvector is near it (Cheeger's inequality; Chung, "Spectral
// Graph Theory", 1997, chapter 2), and there are n a vector.
import { itemsWhere } from '../../core/groups.js';
import type { SeededWork } from '../../core/progress.js';
import { ascendingOrder } from '../../core/statistics.js';
import { leadingEigenvectors } from '../../graph/eigenvectors/eigenvectors.js';
import type { NeighbourGraph } from '../../graph/neighbour-graph.js';
import { degrees } from '../../graph/sparse.js';

export interface CutOptions extends Omit<SeededWork, 'report'> {
  /** Nodes on either side, at the least. */
  readonly least: number;
}

export interface NormalizedCut {
  /** 0 where no tie is parted; at most 2. */
  readonly value: number;
  /** Nodes of the side with fewer of them, ascending. */
  readonly part: Int32Array;
  /** The other nodes, ascending. */
  readonly rest: Int32Array;
}

/** The first says nothing but where the graph is in pieces; cuts that matter lie along the next few. */
const EIGENVECTORS = 5;
const TOLERANCE = 1e-3;

/**
 * The best cut along the leading eigenvectors; null where there are not `least` nodes for each side, or no ties on one. Equal input gives
 * equal bytes. Throws an InterruptedError when `signal` aborts.
 */
export async function normalizedCut(
  graph: NeighbourGraph,
  { least, ...options }: CutOptions,
): Promise<NormalizedCut | null> {
  const { count } = graph;
  if (count < 2 * least) return null;
  const { vectors } = await leadingEigenvectors(graph, {
    ...options,
    count: Math.min(EIGENVECTORS, count),
    tolerance: TOLERANCE,
  });
  const weights = degrees(graph);
  let [value, side] = [Number.POSITIVE_INFINITY, new Int32Array()];
  for (let column = 0; column < vectors.columns; column++) {
    const places = weights.map(
      (weight, node) => vectors.data[node * vectors.columns + column] / Math.sqrt(weight || 1),
    );
    const order = ascendingOrder(places);
    const found = bestOfOrder(graph, order, weights, least);
    if (found.value >= value) continue;
    value = found.value;
    side = order.slice(0, found.size);
  }
  if (side.length === 0) return null;
  const isInside = new Uint8Array(count);
  for (const node of side) isInside[node] = 1;
  const first = side.toSorted();
  const others = itemsWhere(isInside, (inside) => inside === 0);
  const [part, rest] = first.length <= others.length ? [first, others] : [others, first];
  return { value, part, rest };
}

/** The best cut between any two neighbours in `order` (n), and how many nodes lie before it. */
function bestOfOrder(
  graph: NeighbourGraph,
  order: Int32Array,
  degree: Float64Array,
  least: number,
): { value: number; size: number } {
  const total = degree.reduce((sum, weight) => sum + weight, 0);
  const crossing = crossingWeights(graph, order);
  const best = { value: Number.POSITIVE_INFINITY, size: least };
  let volume = 0;
  for (let size = 1; size <= graph.count - least; size++) {
    volume += degree[order[size - 1]];
    const sides = volume * (total - volume);
    if (size < least || sides <= 0) continue;
    // What is left of a cut that parts nothing is rounding.
    const value = (Math.max(0, crossing[size]) * total) / sides;
    if (value < best.value) {
      best.value = value;
      best.size = size;
    }
  }
  return best;
}

/** order (n) → (n): the weight of the edges between the nodes before each place and those from there on. */
export function crossingWeights(
  { offsets, neighbours, weights }: NeighbourGraph,
  order: Int32Array,
): Float64Array {
  const placeOf = new Int32Array(order.length);
  order.forEach((node, place) => {
    placeOf[node] = place;
  });
  const crossing = new Float64Array(order.length);
  let sum = 0;
  order.forEach((node, place) => {
    crossing[place] = sum;
    for (let at = offsets[node]; at < offsets[node + 1]; at++) {
      sum += placeOf[neighbours[at]] > place ? weights[at] : -weights[at];
    }
  });
  return crossing;
}
