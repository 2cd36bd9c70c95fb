// Old and new images side by side in one graph: what everything that growing finds is found in.
import type { MixedDataset } from '../../cluster/growing/new-kinds.js';
import { type Matrix, stackRows, takeRows } from '../../core/matrix.js';
import { createRandom } from '../../core/random.js';
import { fuzzyGraph } from '../../graph/fuzzy-weights.js';
import { NEIGHBOURS, type Neighbours } from '../../graph/neighbour-graph.js';
import { nearestNeighbours } from '../../graph/neighbours/nearest-neighbours.js';
import type { MethodContext } from '../found-kinds.js';
import type { DistanceName } from '../options.js';
import { codesFor } from './grown-classifier.js';

/** What a run knows, and is to keep. */
export interface OldKinds {
  readonly k: number;
  /** (n, d) */
  readonly codes: Matrix;
  /** (n) */
  readonly assignment: Int32Array;
  /** Null where the classifier says itself what it compares by: that of vectors made elsewhere. */
  readonly encoder: Uint8Array | null;
  readonly classifier: Uint8Array;
  /** How codes are compared. */
  readonly distance: DistanceName;
}

export interface GrowOptions {
  readonly seed: number;
  readonly threads: number;
}

/** A pair, or a few copies, is no crowd: how crowded it is, the fifth neighbour tells. */
const NEAR_RANK = 4;
/** More images on a side, evenly drawn, show no kind that these do not. */
export const MOST_IMAGES = 30_000;

/** Old and new images that are compared: the graph and what is known of its nodes (n + m). */
export interface ComparedImages extends Omit<MixedDataset, 'k'> {
  /** (n + m): of each compared new image its place among all of them, of an old one −1. */
  readonly newImage: Int32Array;
  /** (n + m, d), as they are compared. */
  readonly codes: Matrix;
  readonly neighbours: Neighbours;
}

/**
 * Draws from both datasets and joins them in one graph; `answers` (m) are the old classifier's for the new images. No more new images than old ones: among many more of them a new
 * image would have few old neighbours by chance alone.
 */
export async function mixDatasets(
  old: OldKinds,
  codes: Matrix,
  answers: Int32Array,
  { seed, threads }: GrowOptions,
  context: MethodContext,
): Promise<ComparedImages> {
  const oldRows = drawn(old.codes.rows, MOST_IMAGES, seed, 'old images');
  const newRows = drawn(codes.rows, oldRows.length, seed, 'new images');
  const all = codesFor(stackRows(takeRows(old.codes, oldRows), takeRows(codes, newRows)), old.distance);
  const neighbours = await nearestNeighbours(all, { k: NEIGHBOURS, threads, ...context });
  return {
    oldCount: oldRows.length,
    newImage: Int32Array.from([...oldRows.map(() => -1), ...newRows]),
    codes: all,
    neighbours,
    graph: fuzzyGraph(neighbours),
    distances: distancesOfRank(neighbours, NEAR_RANK),
    assignment: Int32Array.from({ length: all.rows }, (_, node) =>
      node < oldRows.length ? old.assignment[oldRows[node]] : answers[newRows[node - oldRows.length]],
    ),
  };
}

/** (n): the distance of each row's neighbour `rank`, counted from 0, or of its last one. */
function distancesOfRank({ count, k, distances }: Neighbours, rank: number): Float32Array {
  return Float32Array.from({ length: count }, (_, row) => distances[row * k + Math.min(rank, k - 1)] ?? 0);
}

/** At most `most` of `count` rows, evenly drawn, ascending. */
export function drawn(count: number, most: number, seed: number, name: string): Int32Array {
  if (count <= most) return Int32Array.from({ length: count }, (_, row) => row);
  return Int32Array.from(createRandom(seed, name).permutation(count).subarray(0, most)).sort();
}
