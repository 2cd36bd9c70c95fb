// Is a part of a graph one crowd or two? Walk from one end to the other and look for a valley.
//
// The nodes are put in the order of the graph's second eigenvector (Fiedler 1973), which runs from end to end, and the
// weight of the edges that cross each place of that order is summed up. Where two crowds touch, few edges cross between
// them and many within each; a single crowd, even a long one such as the ones from upright to slanted, is crossed about
// alike everywhere. The share of what is crossed at a cut tells the two apart, whatever the size of the part; the
// conductance of the best cut does not (long crowds are cheap to cut).
import { itemsWhere } from '../../core/groups.js';
import type { SeededWork } from '../../core/progress.js';
import { ascendingOrder, indexOfLargest } from '../../core/statistics.js';
import { connectedComponents } from '../../graph/connected-components.js';
import { leadingEigenvectors } from '../../graph/eigenvectors/eigenvectors.js';
import type { NeighbourGraph } from '../../graph/neighbour-graph.js';
import { degrees, subgraph } from '../../graph/sparse.js';
import { crossingWeights } from '../judging/normalized-cut.js';

export interface Valley {
  /** (n): the side of each node, 0 or 1. Nodes that nothing joins to the largest component are on side 0. */
  readonly sides: Uint8Array;
  /** What crosses the cut, as a share of the most that crosses anywhere on the less crossed side: 0 … 1. */
  readonly depth: number;
}

export interface ValleyOptions extends Omit<SeededWork, 'report'> {
  /** Nodes that each side must have at the least. */
  readonly least: number;
}

/** A side below this share of the nodes is a fringe. */
const LEAST_SHARE = 0.05;
const TOLERANCE = 1e-4;

/** The valley at the cut of least conductance; null where there are too few nodes for two sides. */
export async function findValley(
  graph: NeighbourGraph,
  { least, seed, threads, signal }: ValleyOptions,
): Promise<Valley | null> {
  const { labels, sizes } = connectedComponents(graph);
  const largest = indexOfLargest(sizes);
  const nodes = itemsWhere(labels, (component) => component === largest);
  const margin = Math.ceil(Math.max(least, LEAST_SHARE * nodes.length));
  if (nodes.length < 2 * margin) return null;
  const inside = nodes.length === graph.count ? graph : subgraph(graph, nodes);
  const options = { count: 2, tolerance: TOLERANCE, seed, threads, signal };
  const { vectors } = await leadingEigenvectors(inside, options);
  const volumes = degrees(inside);
  const heights = volumes.map((volume, node) => vectors.data[2 * node + 1] / Math.sqrt(volume));
  const order = ascendingOrder(heights);
  const crossing = crossingWeights(inside, order);

  const total = volumes.reduce((sum, volume) => sum + volume, 0);
  let [cut, leastConductance] = [0, Number.POSITIVE_INFINITY];
  let before = 0;
  order.forEach((node, place) => {
    // A cut at `place` has the nodes before it on side 0.
    const conductance = crossing[place] / Math.min(before, total - before);
    before += volumes[node];
    if (place < margin || place > nodes.length - margin || !(conductance < leastConductance)) return;
    [cut, leastConductance] = [place, conductance];
  });
  const most = (from: number, to: number) => crossing.subarray(from, to).reduce((a, b) => Math.max(a, b), 0);
  const sides = new Uint8Array(graph.count);
  for (const place of order.subarray(cut)) sides[nodes[place]] = 1;
  return { sides, depth: crossing[cut] / Math.min(most(1, cut), most(cut + 1, nodes.length)) };
}
