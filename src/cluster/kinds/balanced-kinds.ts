// Pieces that are too large, split along their own graph: the way to kinds of about equal size.
//
// Two kinds that touch widely may share one piece however many pieces k-means is asked for, because the leading
// eigenvectors look elsewhere. The eigenvectors of the piece alone look inside it.
import { itemsWhere, sizesOf } from '../../core/groups.js';
import type { SeededWork } from '../../core/progress.js';
import { leadingEigenvectors } from '../../graph/eigenvectors/eigenvectors.js';
import type { NeighbourGraph } from '../../graph/neighbour-graph.js';
import { subgraph } from '../../graph/sparse.js';
import { mergeAll, piecesAfterMerging } from './merging.js';
import { spectralPieces } from './over-segmentation.js';
import { type Partition, pieceGraph } from './partition.js';

export interface BalancedOptions extends Omit<SeededWork, 'report'> {
  readonly k: number;
  /** Of the eigenvectors. */
  readonly tolerance: number;
}

/** Pieces above this many times n / k nodes are split, and none is merged beyond it. */
const MOST_OF_FAIR_SHARE = 1.5;
const MOST_ROUNDS = 6;

/** Splits large pieces, then merges down to k by density with no kind above 1.5 n / k where that can be. */
export async function balancedKinds(
  graph: NeighbourGraph,
  pieces: Partition,
  options: BalancedOptions,
): Promise<Partition> {
  const fair = graph.count / options.k;
  let parts = pieces;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const large = itemsWhere(sizesOf(parts.assignment, parts.k), (size) => size > MOST_OF_FAIR_SHARE * fair);
    if (large.length === 0) break;
    for (const piece of large) parts = await splitPiece(graph, parts, piece, fair, options);
  }
  const tree = mergeAll(pieceGraph(graph, parts), 'density', MOST_OF_FAIR_SHARE * fair);
  const owner = piecesAfterMerging(tree, options.k);
  return { assignment: parts.assignment.map((part) => owner[part]), k: Math.min(parts.k, options.k) };
}

/** The first part keeps the number of the piece, the others are new. */
async function splitPiece(
  graph: NeighbourGraph,
  { assignment, k }: Partition,
  piece: number,
  fair: number,
  options: BalancedOptions,
): Promise<Partition> {
  const nodes = itemsWhere(assignment, (own) => own === piece);
  const { seed, signal } = options;
  const count = Math.max(2, Math.round(nodes.length / fair));
  if (count + 1 >= nodes.length) return { assignment, k };
  const inside = subgraph(graph, nodes);
  const dimensions = count + 1;
  const { vectors } = await leadingEigenvectors(inside, { ...options, count: dimensions });
  const parts = await spectralPieces(vectors, count, seed, { dimensions, signal });
  const split = assignment.slice();
  nodes.forEach((node, place) => {
    if (parts.assignment[place] > 0) split[node] = k + parts.assignment[place] - 1;
  });
  return { assignment: split, k: k + parts.k - 1 };
}
