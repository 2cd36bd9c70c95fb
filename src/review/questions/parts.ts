// How a kind might be split: K-means on the leading eigenvectors of the graph inside it (Ng, Jordan & Weiss 2002).
import { leadingDirections } from '../../cluster/kinds/over-segmentation.js';
import { compactPartition } from '../../cluster/kinds/partition.js';
import { kMeans } from '../../cluster/kmeans/kmeans.js';
import { InputError } from '../../core/errors.js';
import { itemsWhere, membersOf } from '../../core/groups.js';
import { leadingEigenvectors } from '../../graph/eigenvectors/eigenvectors.js';
import { subgraph } from '../../graph/sparse.js';
import type { Neighbourhood } from '../neighbourhood.js';
import type { ReviewState } from '../state.js';

const RESTARTS = 5;
const TOLERANCE = 1e-3;
const MOST_PASSES = 100;
const SEED = 0;
export const MOST_PARTS = 12;

/**
 * The images of the kind in `parts` parts, the largest first: it would stay, and the others become kinds. Equal states give
 * equal parts. Throws an InputError where the kind has too few images.
 */
export async function proposeParts(
  { graph }: Pick<Neighbourhood, 'graph'>,
  { assignment }: Pick<ReviewState, 'assignment'>,
  { kind, parts, threads }: { readonly kind: number; readonly parts: number; readonly threads: number },
): Promise<Int32Array[]> {
  const images = itemsWhere(assignment, (own) => own === kind);
  if (images.length < 2 * parts) {
    throw new InputError(
      `Kind ${kind} has ${images.length} images, too few for ${parts} parts: ask for fewer, or move images by hand.`,
    );
  }
  const inside = subgraph(graph, images);
  const count = Math.min(parts + 1, images.length);
  const options = { seed: SEED, threads };
  const { vectors } = await leadingEigenvectors(inside, { count, tolerance: TOLERANCE, ...options });
  const found = await kMeans(leadingDirections(vectors, Math.min(parts, vectors.columns)), {
    k: parts,
    restarts: RESTARTS,
    distance: 'euclidean',
    miniBatch: null,
    maxIterations: MOST_PASSES,
    tolerance: TOLERANCE,
    ...options,
  });
  const pieces = compactPartition(found.assignment);
  return membersOf(pieces.assignment, pieces.k)
    .map((places) => Int32Array.from(places, (place) => images[place]))
    .sort((a, b) => b.length - a.length || a[0] - b[0]);
}
