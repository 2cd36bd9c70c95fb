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
