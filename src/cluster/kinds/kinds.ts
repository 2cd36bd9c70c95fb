// The kinds of a dataset, from the graph of its neighbours: spectral pieces, merged, the best of several ways.
//
// No single way is best on every dataset: how many pieces to start from, which pairs to join first, whether kinds
// should be about equal in size. All of them are tried and the partition with the highest modularity is kept,
// which takes a second where the eigenvectors take ten. Labels play no part.

import { takeTurn } from '../../core/abort.js';
import { itemsWhere, NO_KIND } from '../../core/groups.js';
import { type Matrix, matrix, takeRows } from '../../core/matrix.js';
import type { SeededWork } from '../../core/progress.js';
import { connectedComponents } from '../../graph/connected-components.js';
import { leadingEigenvectors } from '../../graph/eigenvectors/eigenvectors.js';
import type { NeighbourGraph } from '../../graph/neighbour-graph.js';
import { subgraph } from '../../graph/sparse.js';
import { balancedKinds } from './balanced-kinds.js';
import { type MergedPieces, type MergeRule, mergeAll, partitionAfterMerging } from './merging.js';
import { joinedOnce, movedNodes, movedPartitions } from './moving.js';
import { type CandidateNumber, MOST_KINDS, type NumberOfKinds, numberOfKinds } from './number-of-kinds.js';
import {
  fallsInto,
  MOST_PIECES_PER_KIND,
  pieceCounts,
  type Spectrum,
  spectralPieces,
} from './over-segmentation.js';
import { compactPartition, modularity, type Partition, pieceGraph } from './partition.js';

export interface GraphKindsOptions extends SeededWork {
  /** How many kinds, or null for as many as the graph shows. */
  readonly numClusters: number | null;
  /**
   * Do single nodes move, in the end, to where modularity gains most? By an encoder's vectors kinds are found more surely so, told or
   * not (docs/log.md); by kin's own features, where kinds lie apart, their number is told less surely.
   */
  readonly movesNodes?: boolean;
  /** (n, any): eigenvectors of a similar graph of these nodes, to begin with. */
  readonly initial?: Matrix;
}

export interface GraphKinds extends Spectrum {
  /** Kinds found: as many as were asked for, fewer only where the graph has not so many distinct nodes. */
  readonly k: number;
  /**
   * (n): the kind of each node, from 0 to k − 1, or −1 for a node that no path joins to any kind. Such nodes are
   * a handful in a component of their own (near copies, or junk); the graph cannot say what they are.
   */
  readonly assignment: Int32Array;
  /** Of the nodes that have a kind. */
  readonly modularity: number;
  readonly way: Way;
  /** The likeliest numbers of kinds first; empty when the number was given. */
  readonly numberOfKinds: readonly CandidateNumber[];
}

/** How the kept partition came about: merged from this many pieces, by this rule, or from one kind more, or corrected by a person. */
export interface Way {
  readonly pieces: number;
  readonly merging: MergeRule | 'balanced' | 'joining' | 'corrections';
}

/** Enough for a choice between partitions; ten times tighter changes no kind. */
const EIGENVECTOR_TOLERANCE = 1e-4;
/** Where nodes move, few pieces are a start too: their borders are mended. */
const FEWEST_PIECES_PER_KIND = 1.2;
/** And kinds more than are wanted, from which they are joined. */
const FINER = 3;
/** A component below this share of n / k is no kind. */
const LEAST_OF_FAIR_SHARE = 0.1;
/** The number of kinds on which that share is taken when none was given. */
const ASSUMED_KINDS = 20;

/**
 * Finds the kinds in `graph`. Equal graph, options and number of threads give equal bytes. Throws a RangeError
 * where `numClusters` is not from 1 to n, an InterruptedError when `signal` aborts.
 */
export async function graphKinds(graph: NeighbourGraph, options: GraphKindsOptions): Promise<GraphKinds> {
  const { numClusters } = options;
  if (
    numClusters !== null &&
    !(Number.isInteger(numClusters) && numClusters >= 1 && numClusters <= graph.count)
  ) {
    throw new RangeError(`numClusters is ${numClusters}: it must be a whole number from 1 to ${graph.count}`);
  }
  const nodes = nodesOfLargeComponents(graph, numClusters);
  const core = nodes.length === graph.count ? graph : subgraph(graph, nodes);
  const spectrum = await leadingEigenvectors(core, {
    ...options,
    initial: options.initial === undefined ? undefined : takeRows(options.initial, nodes),
    count: Math.min(core.count, eigenvectorsFor(numClusters ?? MOST_KINDS)),
    tolerance: EIGENVECTOR_TOLERANCE,
  });
  const evidence = numClusters === null ? await numberOfKinds(core, spectrum, options) : null;
  const candidates = evidence?.candidates ?? [];
  const k = numClusters ?? candidates[0]?.k ?? 1;
  const found = await bestKinds(core, spectrum, { ...options, k }, evidence);
  return {
    ...found,
    assignment: scatter(found.assignment, nodes, graph.count),
    values: spectrum.values,
    vectors: putRows(spectrum.vectors, nodes, graph.count),
    numberOfKinds: candidates,
  };
}

export interface Candidate extends Partition {
  readonly modularity: number;
  readonly way: Way;
}

/**
 * The partition of a graph into k kinds with the highest modularity, of all ways from its `spectrum`, and of those that `evidence` has; the plain
 * spectral one where the graph falls into k parts by itself.
 */
async function bestKinds(
  graph: NeighbourGraph,
  spectrum: Spectrum,
  options: Omit<GraphKindsOptions, 'numClusters'> & { readonly k: number },
  evidence: NumberOfKinds | null,
): Promise<Candidate> {
  const { k, movesNodes = false, seed, threads, report, signal } = options;
  const whole = { assignment: new Int32Array(graph.count), k: 1 };
  let best: Candidate = { ...whole, modularity: 0, way: { pieces: 1, merging: 'density' } };
  if (k === 1) return best;
  const decided = fallsInto(spectrum.values, k);
  const moves = movesNodes && !decided;
  const keepBetter = (partition: Partition, way: Way): void => {
    const merged = compactPartition(partition.assignment);
    const compact = moves ? movedNodes(graph, merged) : merged;
    const quality = modularity(pieceGraph(graph, compact));
    const closer = compact.k - best.k;
    if (closer > 0 || (closer === 0 && quality > best.modularity + 1e-9)) {
      best = { ...compact, modularity: quality, way };
    }
  };
  const counts = decided ? [k] : pieceCounts(spectrum.values, k);
  const fewest = Math.ceil(FEWEST_PIECES_PER_KIND * k);
  if (moves && fewest <= spectrum.values.length) counts.push(fewest);
  const ways: MergedPieces[] = [];
  for (const [place, count] of counts.entries()) {
    report?.({ stage: 'kinds', done: place, total: counts.length, unit: 'ways' });
    await takeTurn(signal);
    const pieces = await spectralPieces(spectrum.vectors, count, seed, { signal });
    const weights = pieceGraph(graph, pieces);
    for (const rule of ['density', 'size'] as const) {
      const way = { pieces, tree: mergeAll(weights, rule) };
      ways.push(way);
      keepBetter(partitionAfterMerging(way, k), { pieces: count, merging: rule });
    }
    if (decided || place > 0) continue;
    const balanced = { k, seed, threads, signal, tolerance: EIGENVECTOR_TOLERANCE };
    keepBetter(await balancedKinds(graph, pieces, balanced), { pieces: count, merging: 'balanced' });
  }
  if (moves) {
    const finer = await movedPartitions(graph, ways, { least: k + 1, most: k + FINER, signal });
    const known = evidence?.partitionInto(k) ?? null;
    const joined = [...joinedOnce(graph, finer[k + 1]), ...(known === null ? [] : [known])];
    for (const partition of joined) keepBetter(partition, { pieces: k + 1, merging: 'joining' });
  }
  report?.({ stage: 'kinds', done: counts.length, total: counts.length, unit: 'ways' });
  return best;
}

/** Eigenvectors that finding k kinds takes: the most pieces, and one more on either side of the last gap. */
export function eigenvectorsFor(k: number): number {
  return Math.ceil(MOST_PIECES_PER_KIND * k) + 2;
}

/** Nodes that a part of `count` nodes, apart from the others, has at the least to be a kind. */
export function leastOfKind(count: number, numClusters: number | null): number {
  return (LEAST_OF_FAIR_SHARE * count) / (numClusters ?? ASSUMED_KINDS);
}

/** Ascending; every node, where no component is large. */
function nodesOfLargeComponents(graph: NeighbourGraph, numClusters: number | null): Int32Array {
  const { labels, sizes } = connectedComponents(graph);
  const least = leastOfKind(graph.count, numClusters);
  const large = itemsWhere(labels, (component) => sizes[component] >= least);
  return large.length >= (numClusters ?? 1) ? large : itemsWhere(labels, () => true);
}

function scatter(assignment: Int32Array, nodes: Int32Array, count: number): Int32Array {
  const all = new Int32Array(count).fill(NO_KIND);
  nodes.forEach((node, place) => {
    all[node] = assignment[place];
  });
  return all;
}

/** values (n', c) of `nodes` → (count, c), zeros in the other rows. */
export function putRows(values: Matrix, nodes: Int32Array, count: number): Matrix {
  if (nodes.length === count) return values;
  const { columns, data } = values;
  const all = matrix(count, columns);
  nodes.forEach((node, place) => {
    all.data.set(data.subarray(place * columns, (place + 1) * columns), node * columns);
  });
  return all;
}
