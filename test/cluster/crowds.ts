// Crowds of points with planted places: what growing is tested on.
import { type Matrix, matrix } from '#kindred/core/matrix.js';
import { createRandom } from '#kindred/core/random.js';
import { fuzzyGraph } from '#kindred/graph/fuzzy-weights.js';
import { nearestNeighbours } from '#kindred/graph/neighbours/nearest-neighbours.js';

export const DIMENSIONS = 8;

export interface Crowd {
  readonly count: number;
  /** Where the middle is, along the first axes. */
  readonly at: readonly number[];
  /** Standard deviation along the first axis; 1 along the others. */
  readonly length?: number;
}

/** Normal crowds one after the other: points (n, 8), and the crowd of each. */
export function crowds(parts: readonly Crowd[], name: string): { points: Matrix; crowdOf: number[] } {
  const random = createRandom(5, `crowds ${name}`);
  const crowdOf = parts.flatMap(({ count }, part) => new Array<number>(count).fill(part));
  const points = matrix(crowdOf.length, DIMENSIONS);
  crowdOf.forEach((part, row) => {
    const { at, length = 1 } = parts[part];
    for (let axis = 0; axis < DIMENSIONS; axis++) {
      points.data[row * DIMENSIONS + axis] = (at[axis] ?? 0) + random.normal() * (axis === 0 ? length : 1);
    }
  });
  return { points, crowdOf };
}

export async function graphOf(points: Matrix) {
  const { graph } = await neighboursOf(points);
  return graph;
}

/** The graph, and how far each point's fifth neighbour is. */
export async function neighboursOf(points: Matrix) {
  const near = await nearestNeighbours(points, { k: 10, threads: 1 });
  const distances = Float32Array.from({ length: near.count }, (_, row) => near.distances[row * near.k + 4]);
  return { graph: fuzzyGraph(near), distances };
}
