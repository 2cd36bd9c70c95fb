// Which images a step sees: the images are shuffled anew for every pass, passes follow each other without a
// gap, and step t takes the batch at position t of that endless row. So a step's batch depends on the seed
// and its number alone (training can resume anywhere), any batch size fits any number of images, and the
// order of the dataset means nothing.
import { createRandom } from '../../core/random.js';

export interface BatchOrder {
  /** Writes the image numbers at positions [first, first + target.length) of step `step`'s batch. */
  fill(step: number, first: number, target: Uint32Array): void;
}

/** `count` images in batches of `batchSize`; steps are counted from 0. */
export function createBatchOrder(count: number, batchSize: number, seed: number): BatchOrder {
  const passes = new Map<number, Uint32Array>();

  function orderOfPass(pass: number): Uint32Array {
    const known = passes.get(pass);
    if (known !== undefined) return known;
    if (passes.size > 1) passes.clear();
    const order = createRandom(seed, `pass ${pass}`).permutation(count);
    passes.set(pass, order);
    return order;
  }

  return {
    fill(step, first, target) {
      let position = step * batchSize + first;
      let filled = 0;
      while (filled < target.length) {
        const offset = position % count;
        const order = orderOfPass(Math.floor(position / count));
        const part = order.subarray(offset, Math.min(count, offset + target.length - filled));
        target.set(part, filled);
        filled += part.length;
        position += part.length;
      }
    },
  };
}

// The learning rate of a step: a linear warm-up, then constant.
//
// Why: Adagrad and Adam divide a gradient by what they have seen of its size, and at first they have seen
// nothing, so that every weight jumps by a whole learning rate whatever its gradient says. With a rate of
// 0.05 that kills ReLUs for good. A warm-up lets the sizes be learnt first (Ma & Yarats 2021).

export interface LearningRate {
  /** After the warm-up. */
  readonly learningRate: number;
  /** Steps over which the rate rises to `learningRate`; 0 for none. */
  readonly warmUpSteps: number;
}

/** The rate of a step, counted from 1. */
export function rateOfStep(step: number, { learningRate, warmUpSteps }: LearningRate): number {
  return step < warmUpSteps ? (learningRate * step) / warmUpSteps : learningRate;
}

export interface CosineRate extends LearningRate {
  /** Steps in which the rate falls to zero. */
  readonly steps: number;
}

/**
 * The rate of a step, counted from 1, that falls along half a cosine (Loshchilov & Hutter 2017, "SGDR", without
 * restarts) while the warm-up raises it.
 */
export function cosineRateOfStep(step: number, { learningRate, warmUpSteps, steps }: CosineRate): number {
  const warm = Math.min(1, step / Math.max(1, warmUpSteps));
  const done = Math.min(1, (step - 1) / steps);
  return (learningRate * warm * (1 + Math.cos(Math.PI * done))) / 2;
}
