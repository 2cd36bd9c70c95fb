// From distances to edge weights: how sure is each row that a neighbour is one of its own?
//
// UMAP's fuzzy simplicial set (McInnes, Healy & Melville 2018, section 3.1). A neighbour at distance d weighs
// exp(−max(0, d − ρ)/σ): ρ is the distance of the nearest, so that nobody stands alone in a thin region, and σ makes the
// k weights sum to log₂(k + 1), so that dense and thin regions count alike. Two rows are joined if either takes
// the other for its own: W = P + Pᵀ − P∘Pᵀ.
import type { NeighbourGraph, Neighbours } from './neighbour-graph.js';
import { graphFromRows } from './sparse.js';

/** σ never falls below this share of the row's mean distance: among ties no scale would be small enough. */
const LEAST_SCALE = 1e-3;
/** Newton's method doubles its digits a step; this many are never needed. */
const MOST_STEPS = 60;
const PRECISION = 1e-12;

/**
 * neighbours (n, k) → the graph of n nodes. Duplicates (all distances 0) are joined with weight 1; a row
 * without neighbours is a node without edges, unless another row has it as its neighbour.
 */
export function fuzzyGraph(neighbours: Neighbours): NeighbourGraph {
  const { count: n, k, indices } = neighbours;
  const own = fuzzyWeights(neighbours);
  const others = transposeNeighbours(neighbours, own);

  // W's rows: own neighbours first, then those that only look this way. `place` finds a pair's other half.
  const starts = new Int32Array(n + 1);
  const columns = new Int32Array(2 * n * k);
  const weights = new Float32Array(2 * n * k);
  const place = new Int32Array(n).fill(-1);
  let end = 0;
  for (let row = 0; row < n; row++) {
    const first = end;
    for (let at = row * k; at < (row + 1) * k; at++) {
      if (own[at] === 0) continue;
      place[indices[at]] = end;
      columns[end] = indices[at];
      weights[end++] = own[at];
    }
    const ownEnd = end;
    for (let at = others.starts[row]; at < others.starts[row + 1]; at++) {
      const other = others.rows[at];
      const found = place[other];
      if (found >= 0) {
        weights[found] = weights[found] + others.weights[at] - weights[found] * others.weights[at];
      } else {
        columns[end] = other;
        weights[end++] = others.weights[at];
      }
    }
    for (let at = first; at < ownEnd; at++) place[columns[at]] = -1;
    starts[row + 1] = end;
  }
  return graphFromRows(starts, columns.subarray(0, end), weights.subarray(0, end));
}

/** neighbours (n, k) → P (n, k): the weight that each row gives each of its neighbours, from 0 to 1. */
function fuzzyWeights({ count: n, k, distances }: Neighbours): Float32Array {
  const weights = new Float32Array(n * k);
  const beyond = new Float64Array(k);
  for (let row = 0; row < n; row++) {
    const first = row * k;
    let sum = 0;
    for (let at = 0; at < k; at++) {
      beyond[at] = Math.max(0, distances[first + at] - distances[first]);
      sum += distances[first + at];
    }
    const sharpness = findSharpness(beyond, 1 / (LEAST_SCALE * (sum / k)));
    for (let at = 0; at < k; at++) {
      weights[first + at] = beyond[at] === 0 ? 1 : Math.exp(-beyond[at] * sharpness);
    }
  }
  return weights;
}

/**
 * beyond (k) → 1/σ, at most `most`. In 1/σ the sum of the weights is convex and falls, so that Newton's
 * method started at 0 climbs to the root and never passes it.
 */
function findSharpness(beyond: Float64Array, most: number): number {
  const target = Math.log2(beyond.length + 1);
  let sharpness = 0;
  for (let step = 0; step < MOST_STEPS && sharpness < most; step++) {
    let [sum, slope] = [0, 0];
    for (const distance of beyond) {
      const weight = Math.exp(-distance * sharpness);
      sum += weight;
      slope += distance * weight;
    }
    if (sum - target <= PRECISION * target) return sharpness;
    // All at the same distance: slope is 0, the sum never changes, and any σ will do.
    sharpness = slope === 0 ? most : sharpness + (sum - target) / slope;
  }
  return Math.min(sharpness, most);
}

/** Who has row i among its neighbours, ascending: `rows[starts[i] … starts[i + 1])`, without weights of 0. */
function transposeNeighbours({ count: n, k, indices }: Neighbours, own: Float32Array) {
  const starts = new Int32Array(n + 1);
  for (let at = 0; at < n * k; at++) if (own[at] > 0) starts[indices[at] + 1]++;
  for (let row = 0; row < n; row++) starts[row + 1] += starts[row];
  const next = starts.slice();
  const rows = new Int32Array(starts[n]);
  const weights = new Float32Array(starts[n]);
  for (let row = 0; row < n; row++) {
    for (let at = row * k; at < (row + 1) * k; at++) {
      if (own[at] === 0) continue;
      const to = next[indices[at]]++;
      rows[to] = row;
      weights[to] = own[at];
    }
  }
  return { starts, rows, weights };
}
