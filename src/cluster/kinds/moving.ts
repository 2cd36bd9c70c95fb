// Partitions of higher modularity than merging gives: single nodes move to the kind where it gains most, at a fixed number of kinds (the
// first phase of Blondel et al., "Fast unfolding of communities in large networks", 2008), and two kinds of a finer partition are joined
// where it loses least. Merging moves whole pieces, and where kinds touch widely no piece keeps to their borders.
import { takeTurn } from '../../core/abort.js';
import { sizesOf } from '../../core/groups.js';
import type { NeighbourGraph } from '../../graph/neighbour-graph.js';
import { degrees } from '../../graph/sparse.js';
import { cheapestJoins, type MergedPieces, partitionAfterMerging } from './merging.js';
import { modularity, type Partition, type PieceGraph, pieceGraph } from './partition.js';

export interface MovedPartition extends Partition {
  readonly modularity: number;
  /** What joining any two of the kinds would lose of it, at the least. */
  readonly leastLoss: number;
}

/** Of the merged partitions into K, so many are moved; the best one before is seldom the best one after. */
const STARTS = 3;
/** Pairs of K + 1 kinds that are joined, the cheapest ones. */
const JOINS = 2;
/** A pass over all nodes moves fewer than the one before; some ten passes leave none that gains. */
const MOST_PASSES = 50;
/** Gains of less are rounding. */
const LEAST_GAIN = 1e-12;

/**
 * Index K, from `least` to `most`: the best partition into K found so, where the pieces of any way are as many. Throws an
 * InterruptedError when the signal aborts.
 */
export async function movedPartitions(
  graph: NeighbourGraph,
  ways: readonly MergedPieces[],
  { least, most, signal }: { readonly least: number; readonly most: number; readonly signal?: AbortSignal },
): Promise<readonly MovedPartition[]> {
  const found: MovedPartition[] = [];
  for (let k = most; k >= least; k--) {
    for (const start of [...mergedStarts(ways, k), ...joinedOnce(graph, found[k + 1])]) {
      await takeTurn(signal);
      const moved = movedNodes(graph, start);
      if (found[k] === undefined || moved.modularity > found[k].modularity) found[k] = moved;
    }
  }
  return found;
}

function mergedStarts(ways: readonly MergedPieces[], k: number): Partition[] {
  return ways
    .filter(({ tree }) => tree.k >= k)
    .sort((a, b) => b.tree.modularity[k] - a.tree.modularity[k])
    .slice(0, STARTS)
    .map((way) => partitionAfterMerging(way, k));
}

/** `finer` with two of its kinds joined: a partition for each of the cheapest pairs. */
export function joinedOnce(graph: NeighbourGraph, finer: Partition | undefined): Partition[] {
  if (finer === undefined) return [];
  return cheapestJoins(pieceGraph(graph, finer), JOINS).map(({ into, from }) => ({
    assignment: finer.assignment.map((kind) => (kind === from ? into : kind > from ? kind - 1 : kind)),
    k: finer.k - 1,
  }));
}

/** Moves nodes, in their order and again, each to the kind where modularity gains most, until none gains. No kind loses its last node. */
export function movedNodes(graph: NeighbourGraph, { assignment, k }: Partition): MovedPartition {
  const kinds = assignment.slice();
  const sizes = sizesOf(kinds, k);
  const degreeOf = degrees(graph);
  const total = degreeOf.reduce((sum, degree) => sum + degree, 0);
  const volumes = new Float64Array(k);
  kinds.forEach((kind, node) => {
    volumes[kind] += degreeOf[node];
  });
  const weightTo = new Float64Array(k);
  for (let pass = 0, hasMoved = true; hasMoved && pass < MOST_PASSES; pass++) {
    hasMoved = false;
    for (let node = 0; node < graph.count; node++) {
      const own = kinds[node];
      if (sizes[own] === 1) continue;
      const better = bestKindFor(node, own);
      if (better === own) continue;
      volumes[own] -= degreeOf[node];
      volumes[better] += degreeOf[node];
      sizes[own]--;
      sizes[better]++;
      kinds[node] = better;
      hasMoved = true;
    }
  }
  const weights = pieceGraph(graph, { assignment: kinds, k });
  return { assignment: kinds, k, modularity: modularity(weights), leastLoss: leastLossIn(weights) };

  function bestKindFor(node: number, own: number): number {
    weightTo.fill(0);
    for (let edge = graph.offsets[node]; edge < graph.offsets[node + 1]; edge++) {
      weightTo[kinds[graph.neighbours[edge]]] += graph.weights[edge];
    }
    const share = degreeOf[node] / total;
    let best = own;
    let most = weightTo[own] - share * (volumes[own] - degreeOf[node]) + LEAST_GAIN;
    for (let kind = 0; kind < k; kind++) {
      if (kind === own || weightTo[kind] === 0) continue;
      const gain = weightTo[kind] - share * volumes[kind];
      if (gain > most) [best, most] = [kind, gain];
    }
    return best;
  }
}

function leastLossIn(weights: PieceGraph): number {
  return cheapestJoins(weights, 1)[0]?.loss ?? 0;
}
