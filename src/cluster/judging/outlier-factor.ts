// How much farther is each item from its neighbours than they are from theirs?
import type { Neighbours } from '../../graph/neighbour-graph.js';

/** → (n): the mean distance to the neighbours. */
export function meanDistances({ count, k, distances }: Neighbours): Float64Array {
  return Float64Array.from({ length: count }, (_, item) => {
    let sum = 0;
    for (let at = item * k; at < (item + 1) * k; at++) sum += distances[at];
    return sum / k;
  });
}

/**
 * neighbours: one a view, of the same n items → (n): the local outlier factor with the mean distance for the density (Breunig,
 * Kriegel, Ng & Sander 2000), distances summed over the views. Infinity for an item at a distance from neighbours that
 * have none from theirs.
 */
export function outlierFactors(neighbours: readonly Neighbours[]): Float64Array {
  const means = neighbours.map(meanDistances);
  return Float64Array.from({ length: neighbours[0].count }, (_, item) => {
    let [own, theirs] = [0, 0];
    neighbours.forEach(({ k, indices }, view) => {
      own += means[view][item];
      for (let at = item * k; at < (item + 1) * k; at++) theirs += means[view][indices[at]] / k;
    });
    return own === 0 ? 1 : own / theirs;
  });
}
