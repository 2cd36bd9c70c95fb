// The leading eigenvectors of a small graph, by decomposing the whole matrix.
import { type Matrix, matrix } from '../../core/matrix.js';
import { symmetricEigen } from '../../core/symmetric-eigen.js';
import type { NeighbourGraph } from '../neighbour-graph.js';

export interface EigenPairs {
  /** (m), descending. */
  readonly values: Float64Array;
  /** (n, m): the vectors are the columns. */
  readonly vectors: Matrix;
}

/** The `count` leading eigenpairs of D^-½ W D^-½ at right angles to the first `known` columns of `finished`. */
export function denseEigenvectors(
  graph: NeighbourGraph,
  degrees: Float64Array,
  finished: Matrix,
  known: number,
  count: number,
): EigenPairs {
  const { count: n, offsets, neighbours, weights } = graph;
  const dense = new Float64Array(n * n);
  for (let node = 0; node < n; node++) {
    for (let at = offsets[node]; at < offsets[node + 1]; at++) {
      const other = neighbours[at];
      dense[node * n + other] = weights[at] / Math.sqrt(degrees[node] * degrees[other]);
    }
    // What is known, of eigenvalue 1, moves out of the way to −2, below all others.
    for (let column = 0; column < known; column++) {
      const own = 3 * finished.data[node * finished.columns + column];
      if (own === 0) continue;
      for (let other = 0; other < n; other++) {
        dense[node * n + other] -= own * finished.data[other * finished.columns + column];
      }
    }
  }
  const eigen = symmetricEigen(dense, n);
  const vectors = matrix(n, count);
  for (let place = 0; place < count; place++) {
    const row = (n - 1 - place) * n;
    for (let node = 0; node < n; node++) vectors.data[node * count + place] = eigen.vectors[row + node];
  }
  return { values: eigen.values.slice(n - count).reverse(), vectors };
}
