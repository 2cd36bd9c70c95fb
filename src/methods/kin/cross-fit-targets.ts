// What the networks learn from each other between two epochs: who believes what, and which images are sure
// enough to train on. Plain arrays, no labels, no network.
import { createRandom } from '../../core/random.js';
import { columnOfLargest } from '../../core/statistics.js';
import type { NeighbourGraph } from '../../graph/neighbour-graph.js';
import type { Corrections } from './corrections.js';

/** The images of each network: two random halves. */
export function randomHalves(count: number, seed: number): [Uint32Array, Uint32Array] {
  const order = createRandom(seed, 'halves').permutation(count);
  const middle = Math.floor(count / 2);
  return [order.slice(0, middle), order.slice(middle)];
}

/** New posteriors (m, k) of `images` join the old ones: half each, or all where there are no old ones. */
export function updatePosteriors(
  posteriors: Float32Array,
  k: number,
  images: Uint32Array,
  news: Float32Array,
  isFirst: boolean,
): void {
  images.forEach((image, row) => {
    for (let kind = 0; kind < k; kind++) {
      const place = image * k + kind;
      const fresh = news[row * k + kind];
      posteriors[place] = isFirst ? fresh : 0.5 * (posteriors[place] + fresh);
    }
  });
}

/** The mean of posteriors P (n, k) and of D⁻¹WP, their neighbours' mean; an image without neighbours keeps its own. */
export function withNeighbours(
  posteriors: Float32Array,
  { count, offsets, neighbours, weights }: NeighbourGraph,
  k: number,
): Float32Array {
  const mixed = posteriors.slice();
  const around = new Float64Array(k);
  for (let image = 0; image < count; image++) {
    around.fill(0);
    let degree = 0;
    for (let edge = offsets[image]; edge < offsets[image + 1]; edge++) {
      const weight = weights[edge];
      const start = neighbours[edge] * k;
      degree += weight;
      for (let kind = 0; kind < k; kind++) around[kind] += weight * posteriors[start + kind];
    }
    if (degree === 0) continue;
    for (let kind = 0; kind < k; kind++) {
      const place = image * k + kind;
      mixed[place] = 0.5 * (posteriors[place] + around[kind] / degree);
    }
  }
  return mixed;
}

/** (n, k) → the likeliest kind of each image, the first of equals, and 1 where its probability is above the threshold. */
export function targetsOf(probabilities: Float32Array, k: number, threshold: number) {
  const kinds = Uint16Array.from({ length: probabilities.length / k }, (_, image) =>
    columnOfLargest(probabilities, k, image),
  );
  const isSure = Uint8Array.from(kinds, (kind, image) =>
    probabilities[image * k + kind] > threshold ? 1 : 0,
  );
  return { kinds, isSure };
}

// What a person said, among the posteriors of two networks that teach each other.

export type Words = Pick<Corrections, 'assignment' | 'held' | 'vouched'>;

/**
 * The weight of a word about a group beside the networks: certain networks overrule it for a single image, unsure ones do
 * not, and while they disagree the image is not learnt from.
 */
const WEIGHT_OF_GROUP = 0.4;

/** Is the image to be learnt as a person said, whatever networks say? Of groups only early on. */
export function isBeyondDoubt(
  { assignment, held, vouched }: Words,
  image: number,
  isEarly: boolean,
): boolean {
  return assignment[image] >= 0 && (held[image] === 1 || (isEarly && vouched[image] === 1));
}

/** posteriors (n, k) → a copy that has what was said in it. */
export function withWords(posteriors: Float32Array, k: number, words: Words | null): Float32Array {
  const heeded = posteriors.slice();
  words?.assignment.forEach((told, image) => {
    const weight = words.held[image] === 1 ? 1 : words.vouched[image] === 1 ? WEIGHT_OF_GROUP : 0;
    if (told < 0 || weight === 0) return;
    for (let kind = 0; kind < k; kind++) {
      const place = image * k + kind;
      heeded[place] = (1 - weight) * posteriors[place] + (kind === told ? weight : 0);
    }
  });
  return heeded;
}
