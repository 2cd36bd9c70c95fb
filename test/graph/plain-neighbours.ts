// Nearest neighbours by comparing everything with everything: the definition, and the oracle of the fast
// version (src/graph/neighbours/nearest-neighbours.ts), which must give the same bytes.
//
// The distance of two rows is the square root of Σ (a_c − b_c)², summed in float64 and rounded once to
// float32. The sum has four parts (columns 0, 4, 8, …; 1, 5, 9, …; and so on), added as (0 + 2) + (1 + 3): the
// order of a vector register, so that both versions round alike. Equal float32 distances go to the lower row.
import type { Matrix } from '#kindred/core/matrix.js';
import type { Neighbours } from '#kindred/graph/neighbour-graph.js';

/** queries (m, d), references (n, d) → the k ≤ n nearest references of each query. */
export function plainNearestAmong(queries: Matrix, references: Matrix, k: number): Neighbours {
  return compareAll(queries, references, k, () => true);
}

/** x (n, d) → the k ≤ n − 1 nearest other rows of each row. */
export function plainNearestNeighbours(x: Matrix, k: number): Neighbours {
  return compareAll(x, x, k, (row, other) => row !== other);
}

function compareAll(
  queries: Matrix,
  references: Matrix,
  k: number,
  admits: (query: number, reference: number) => boolean,
): Neighbours {
  const indices = new Int32Array(queries.rows * k);
  const distances = new Float32Array(queries.rows * k);
  const others = Array.from({ length: references.rows }, (_, reference) => reference);
  const distance = new Float32Array(references.rows);
  for (let query = 0; query < queries.rows; query++) {
    for (const reference of others) distance[reference] = rowDistance(queries, query, references, reference);
    const nearest = others
      .filter((reference) => admits(query, reference))
      .sort((a, b) => distance[a] - distance[b] || a - b)
      .slice(0, k);
    indices.set(nearest, query * k);
    distances.set(
      nearest.map((reference) => distance[reference]),
      query * k,
    );
  }
  return { count: queries.rows, k, indices, distances };
}

function rowDistance(a: Matrix, rowOfA: number, b: Matrix, rowOfB: number): number {
  const sums = new Float64Array(4);
  for (let column = 0; column < a.columns; column++) {
    const difference = a.data[rowOfA * a.columns + column] - b.data[rowOfB * b.columns + column];
    sums[column % 4] += difference * difference;
  }
  return Math.fround(Math.sqrt(sums[0] + sums[2] + (sums[1] + sums[3])));
}
