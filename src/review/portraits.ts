// What each kind looks like as it is now: its most typical images, those between it and others, and what it is most easily
// taken for.
import { membersOf } from '../core/groups.js';
import type { Matrix } from '../core/matrix.js';
import { ascendingOrder } from '../core/statistics.js';
import { pieceMass } from '../graph/sparse.js';
import type { Neighbourhood } from './neighbourhood.js';
import type { ReviewState } from './state.js';

export interface Portrait {
  readonly meanConfidence: number;
  /** Nearest to the kind's mean code, the nearest first. */
  readonly prototypes: readonly number[];
  /** The least sure, the least first; none that is a prototype. */
  readonly boundary: readonly number[];
  /** The kind that most of its ties to others lead to, and the share of all its ties that do. */
  readonly confusedWith: { readonly kind: number; readonly share: number } | null;
}

const PROTOTYPES = 24;
const BOUNDARY = 12;

/** One a kind of the state, by number; kinds without images have empty ones. confidence: (n). */
export function portraitsOf(
  { assignment, kinds }: ReviewState,
  confidence: Float32Array,
  { codes, graph }: Neighbourhood,
): Portrait[] {
  const k = kinds.length;
  const mass = pieceMass(graph, assignment, k);
  return membersOf(assignment, k).map((images, kind) => {
    const distance = distancesToMiddle(codes, images);
    const near = ascendingOrder(distance).subarray(0, PROTOTYPES);
    const prototypes = Array.from(near, (place) => images[place]);
    const shown = new Set(prototypes);
    const doubtful = images.toSorted((a, b) => confidence[a] - confidence[b] || a - b);
    const sum = images.reduce((total, image) => total + confidence[image], 0);
    return {
      meanConfidence: images.length === 0 ? 0 : sum / images.length,
      prototypes,
      boundary: doubtful.filter((image) => !shown.has(image)).slice(0, BOUNDARY),
      confusedWith: mostTied(mass.subarray(kind * k, (kind + 1) * k), kind),
    };
  });
}

/** codes (n, d), images (m) → (m): squared distances to their mean. */
export function distancesToMiddle({ data, columns }: Matrix, images: readonly number[]): Float64Array {
  const mean = new Float64Array(columns);
  for (const image of images) {
    for (let column = 0; column < columns; column++) mean[column] += data[image * columns + column];
  }
  return Float64Array.from(images, (image) => {
    let squared = 0;
    for (let column = 0; column < columns; column++) {
      squared += (data[image * columns + column] - mean[column] / images.length) ** 2;
    }
    return squared;
  });
}

/** ties (k): of one kind to each; the other one with the most. */
function mostTied(ties: Float64Array, kind: number): Portrait['confusedWith'] {
  const total = ties.reduce((sum, tie) => sum + tie, 0);
  let most = -1;
  ties.forEach((tie, other) => {
    if (other !== kind && tie > 0 && (most < 0 || tie > ties[most])) most = other;
  });
  return most < 0 ? null : { kind: most, share: ties[most] / total };
}
