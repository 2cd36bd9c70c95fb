// What every method gives back, whichever it is.
import type { CandidateNumber } from '../cluster/kinds/number-of-kinds.js';
import { sizesOf } from '../core/groups.js';
import type { Matrix } from '../core/matrix.js';
import type { ReportProgress } from '../core/progress.js';
import type { Neighbours } from '../graph/neighbour-graph.js';

/** What a method found in a dataset: everything that a run keeps, before anybody looks at a label. */
export interface FoundKinds {
  readonly k: number;
  /** (n): the kind of each image; −1 for one that belongs nowhere. */
  readonly assignment: Int32Array;
  /** (n), 0 … 1: what the method's own documentation says; 0 for an image that belongs nowhere. */
  readonly confidence: Float32Array;
  /** (n): how far each image's code is from the centre of its kind. */
  readonly distances: Float32Array;
  /** (k): images in each kind. */
  readonly clusterSizes: readonly number[];
  /** (n, d). */
  readonly codes: Matrix;
  /** The nearest images of each, by which anomalies are found. */
  readonly neighbours: Neighbours;
  /** Sum of squared distances to the centres (of 1 − cos for the cosine distance); null without K-means. */
  readonly inertia: number | null;
  /** (k), 0 … 1: mean best Jaccard overlap with the kinds of subsamples; null where it was not computed. */
  readonly stability: Float64Array | null;
  /** Null for the other methods. */
  readonly kin: KinFindings | null;
  /** Null where the vectors were made elsewhere. */
  readonly encoder: Uint8Array | null;
  readonly classifier: Uint8Array;
}

/** What `kin` saw on its way. */
export interface KinFindings {
  readonly modularity: number;
  /** How the kinds were found: pieces over-clustered, and the rule that merged them. */
  readonly way: { readonly pieces: number; readonly merging: string };
  /** Numbers of kinds that the graph supports, the best first; empty where a person gave the number. */
  readonly numberOfKinds: readonly CandidateNumber[];
  /** Share of images, 0 … 1, whose neighbourhood is almost wholly of one kind. */
  readonly clearShare: number;
  /** The same without satellites: what networks of pixels may learn from; null where nobody asked. */
  readonly trustedShare: number | null;
  /** One sentence where kin cannot tell these images apart, and what to do; null where it can. */
  readonly doubt: string | null;
  /** Of heads on the vectors, where an encoder looked at the images. */
  readonly networks: NetworkOutcome;
  /** (k): the kind that each is most tied to in the graph, and the share of its ties that go there. */
  readonly mostConfused: readonly (ConfusedKind | null)[];
}

/**
 * `pending`: this result is whole, and more comes after it: networks, or where `reason` says why there will be none, how stable
 * the kinds are. `none`: nobody asked for them.
 */
export type NetworkOutcome =
  | { readonly state: 'none' | 'trained' }
  | { readonly state: 'pending'; readonly reason: string | null }
  | { readonly state: 'stopped'; readonly reason: string };

/**
 * Below this share of clear images their kinds are hardly more than where the graph had to be cut. An encoder's vectors leave no gaps
 * between kinds as outlines do, so that a smaller share of a neighbourhood is clear there: of noise 0 to 9 % of the images have it, of
 * photographs and icons 25 to 85 % (docs/log.md).
 */
const LEAST_CLEAR = { shape: 0.25, vectors: 0.15 } as const;
/** By how much of what chance leaves of it one kind has to have a neighbourhood, so that it is clear by vectors. */
const CLEAR_BEYOND_CHANCE = 0.8;

/** Share of a neighbourhood's votes, 0 … 1, from which on it is clear by vectors; of k kinds chance gives each 1 / k. */
export function clearVoteByVectors(k: number): number {
  return CLEAR_BEYOND_CHANCE + (1 - CLEAR_BEYOND_CHANCE) / k;
}

/** What to say of kinds in which so few images stand clearly; null where nothing needs saying, or nothing can be said. */
export function doubtOf(clearShare: number | null, comparedBy: 'shape' | 'vectors'): string | null {
  if (clearShare === null || clearShare >= LEAST_CLEAR[comparedBy]) return null;
  const clear = `only ${Math.round(clearShare * 100)} % of the images stand clearly in one kind`;
  return comparedBy === 'shape'
    ? `Kin compares images by their shapes, and by shape ${clear}: do not trust these kinds; if they differ in what they show rather than in outline, compare them by that (encoder photo), or by vectors of your own (features)`
    : `By the given vectors ${clear}: do not trust these kinds; vectors of another encoder may tell these images apart`;
}

export interface ConfusedKind {
  readonly cluster: number;
  /** Of the kind's edge weight, what goes to that other kind: 0 … 1. */
  readonly share: number;
}

export interface DatasetSize {
  /** Null where nobody knows yet. */
  readonly count: number | null;
  readonly heldOut: number;
  /** Are the images pixels already, and no image files? */
  readonly isDecoded: boolean;
  /** What the images are compared by where that is made elsewhere; null: pixels. */
  readonly vectors: 'encoder' | 'features' | null;
}

export interface RoomForImage {
  /** Bytes of an image's row in the largest array. */
  readonly largestRow: number;
  /** Bytes in all arrays that are there at one time. */
  readonly whole: number;
}

export interface MethodContext {
  readonly report: ReportProgress;
  readonly signal: AbortSignal;
}

/** How many images of `assignment` (n) belong nowhere. */
export function outsideOf(assignment: Int32Array): number {
  return assignment.reduce((count, cluster) => count + (cluster < 0 ? 1 : 0), 0);
}

// How far images are from the middle of their kind.

/** codes (n, d), assignment (n) → (n): distance to the mean code of the image's kind; 0 outside of all. */
export function distancesToMean(
  { data, rows, columns }: Matrix,
  assignment: Int32Array,
  k: number,
): Float32Array {
  const means = new Float64Array(k * columns);
  const sizes = sizesOf(assignment, k);
  for (let row = 0; row < rows; row++) {
    const cluster = assignment[row];
    if (cluster < 0) continue;
    for (let column = 0; column < columns; column++) {
      means[cluster * columns + column] += data[row * columns + column] / sizes[cluster];
    }
  }
  return Float32Array.from(assignment, (cluster, row) => {
    if (cluster < 0) return 0;
    let squared = 0;
    for (let column = 0; column < columns; column++) {
      squared += (data[row * columns + column] - means[cluster * columns + column]) ** 2;
    }
    return Math.sqrt(squared);
  });
}
