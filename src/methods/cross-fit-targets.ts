// What the networks learn from each other between two epochs: who believes what, and which images are sure
// enough to train on. Plain arrays, no labels, no network.
import { createRandom } from '../core/random.js';

/** The images of each network: two random halves. */
export function randomHalves(count: number, seed: number): [Uint32Array, Uint32Array] {
  const order = createRandom(seed, 'halves').permutation(count);
  const middle = Math.floor(count / 2);
  return [order.slice(0, middle), order.slice(middle)];
}

/** New beliefs (m, k) of `images` join the old ones: half each, or all where there are no old ones. */
export function updateBeliefs(
  beliefs: Float32Array,
  k: number,
  images: Uint32Array,
  news: Float32Array,
  isFirst: boolean,
): void {
  images.forEach((image, row) => {
    for (let kind = 0; kind < k; kind++) {
      const place = image * k + kind;
      const fresh = news[row * k + kind];
      beliefs[place] = isFirst ? fresh : 0.5 * (beliefs[place] + fresh);
    }
  });
}

/** The mean of beliefs and their neighbours' mean, (n, k); both halves weigh the same. */
export function withNeighbours(
  beliefs: Float32Array,
  smooth: (p: Float32Array) => Float32Array,
): Float32Array {
  const around = smooth(beliefs);
  return beliefs.map((belief, place) => 0.5 * (belief + around[place]));
}

export interface Targets {
  /** The likeliest kind of every image. */
  readonly kinds: Uint8Array;
  /** 1 where its probability is above the threshold. */
  readonly isSure: Uint8Array;
}

/** (n, k) → the likeliest kind of each image, the first of equals, and whether it is sure. */
export function targetsOf(probabilities: Float32Array, k: number, threshold: number): Targets {
  const count = probabilities.length / k;
  const kinds = new Uint8Array(count);
  const isSure = new Uint8Array(count);
  for (let image = 0; image < count; image++) {
    let best = 0;
    for (let kind = 1; kind < k; kind++) {
      if (probabilities[image * k + kind] > probabilities[image * k + best]) best = kind;
    }
    kinds[image] = best;
    isSure[image] = probabilities[image * k + best] > threshold ? 1 : 0;
  }
  return { kinds, isSure };
}
