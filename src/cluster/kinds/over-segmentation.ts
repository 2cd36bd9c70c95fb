// More pieces than kinds: k-means in the leading eigenvectors of the graph.
//
// Rows of the m leading eigenvectors of D^-½ W D^-½, scaled to length 1, point in one of m directions where the
// graph falls into m parts (Ng, Jordan & Weiss, "On spectral clustering: analysis and an algorithm", 2001).
// Asking for K parts at once is far worse than asking for more and merging them (docs/log.md): the K leading
// eigenvectors often spend one on a small loose piece and see two real kinds as one.
import { inTurns } from '../../core/abort.js';
import { type Matrix, normaliseRows, takeColumns } from '../../core/matrix.js';
import { createRandom } from '../../core/random.js';
import { leadingEigenvectors } from '../../graph/eigenvectors/eigenvectors.js';
import type { NeighbourGraph } from '../../graph/neighbour-graph.js';
import { type Care, kMeansInThread } from '../kmeans/in-thread.js';
import { compactPartition, type Partition } from './partition.js';

/** The leading eigenpairs of D^-½ W D^-½. */
export interface Spectrum {
  /** (c), descending. */
  readonly values: Float64Array;
  /** (n, c) */
  readonly vectors: Matrix;
}

/** Greatest over-clustering tried, in kinds. */
export const MOST_PIECES_PER_KIND = 2.5;

/**
 * For the partition that is kept. With 4,000 rows of 60,000 clothes one seed of four ends 0.003 lower in
 * modularity.
 */
const CAREFUL: Care = {
  restarts: 5,
  sampleRows: 8000,
  maxIterations: 100,
  finishingIterations: 100,
  tolerance: 1e-4,
};
/** Of 58 datasets of images two have so wide a gap where the graph is in one piece, both at their true number. */
const DECISIVE_GAP = 4;
/** Gaps at least this share of the widest are as good; the last of them gives more pieces to merge. */
const GAP_TIE = 0.95;

export interface PiecesOptions {
  /** Of the vectors, those that are looked at. */
  readonly dimensions?: number;
  readonly care?: Care;
  readonly signal?: AbortSignal;
}

/**
 * vectors (n, c) → at most m pieces of the nodes, in the first m of them; fewer where fewer rows are distinct. Throws an
 * InterruptedError when the signal aborts.
 */
export async function spectralPieces(
  vectors: Matrix,
  m: number,
  seed: number,
  { dimensions = m, care = CAREFUL, signal }: PiecesOptions = {},
): Promise<Partition> {
  if (m < 2) return { assignment: new Int32Array(vectors.rows), k: 1 };
  const random = createRandom(seed, `spectral pieces ${m}`);
  const directions = leadingDirections(vectors, dimensions);
  const { assignment } = await inTurns(kMeansInThread(directions, m, care, random), signal);
  return compactPartition(assignment);
}

/** vectors (n, c) → their first `dimensions` columns, each row of length 1 (a row of zeros stays). */
export function leadingDirections(vectors: Matrix, dimensions: number): Matrix {
  const directions = takeColumns(vectors, 0, dimensions);
  normaliseRows(directions);
  return directions;
}

/**
 * (n, dimensions): as `leadingDirections`, with more of the graph's leading eigenvectors than the `known` ones (n, c) where these are too
 * few. Throws an InterruptedError when the signal aborts.
 */
export async function enoughDirections(
  graph: NeighbourGraph,
  known: Matrix,
  dimensions: number,
  options: Omit<Parameters<typeof leadingEigenvectors>[1], 'count' | 'initial'>,
): Promise<Matrix> {
  if (known.columns >= dimensions) return leadingDirections(known, dimensions);
  const { vectors } = await leadingEigenvectors(graph, { ...options, count: dimensions, initial: known });
  return leadingDirections(vectors, dimensions);
}

/**
 * Does the graph fall into k parts by itself? Then that is the answer, even where one is ten times the size of
 * another and cutting it would win modularity.
 */
export function fallsInto(values: Float64Array, k: number): boolean {
  return widthOfGap(values, k) >= DECISIVE_GAP;
}

/**
 * How many pieces to try for k kinds: m*, then 1.4, 1.8 and 2.5 k, each once. m* is the last m in [k, 2.5 k]
 * where the gap (1 − λ_{m+1}) / (1 − λ_m) is about the widest; `values` should reach to 2.5 k + 1.
 */
export function pieceCounts(values: Float64Array, k: number): number[] {
  const most = Math.max(k, Math.min(Math.floor(MOST_PIECES_PER_KIND * k), values.length - 1));
  const counts = [1.4, 1.8, MOST_PIECES_PER_KIND].map((factor) => Math.ceil(factor * k));
  const widest = widestGap(values, k, most);
  return [...new Set([widest, ...counts.filter((count) => count <= values.length)])];
}

function widestGap(values: Float64Array, from: number, to: number): number {
  const counts = Array.from({ length: to - from + 1 }, (_, index) => from + index);
  const widest = Math.max(...counts.map((m) => widthOfGap(values, m)));
  return counts.findLast((m) => widthOfGap(values, m) >= GAP_TIE * widest) ?? from;
}

/** (1 − λ_{m+1}) / (1 − λ_m); 0 where the spectrum ends. */
function widthOfGap(values: Float64Array, m: number): number {
  const loss = (index: number) => Math.max(1 - values[index], 1e-9);
  return m < values.length ? loss(m) / loss(m - 1) : 0;
}
