// Batch normalisation (Ioffe & Szegedy 2015), composed of sums over the batch and rows that are broadcast, so
// that its gradient follows from theirs.
//
//   y = (x − mean) / √(variance + ε) · scale + shift = x·a + b   with   a = scale / √(variance + ε), b = shift − mean·a
//
// The variance is E[x²] − E[x]²: both sums in one pass over chunks that lie in the cache. Backward that comes
// to dx = a·dy + p·x + q with one p and q a channel.
import {
  add,
  allReduceSum,
  columnSum,
  divide,
  multiply,
  scale as scaled,
  squareRoot,
  subtract,
} from './operations.js';
import { constant, sizeOf, type Value } from './program.js';

/** PyTorch's. */
export const NORMALIZATION_EPSILON = 1e-5;

/** And what the batch says about each channel: (c) each. */
export interface Normalized {
  readonly y: Value;
  readonly mean: Value;
  /** Σ (x − mean)² / (count − 1), as it is remembered for use without a batch. */
  readonly unbiasedVariance: Value;
}

/**
 * x (n, …, c), scale (c), shift (c) → y (n, …, c), each channel normalised over all other axes, of the whole batch: of
 * `batchSize` images where x is one worker's share of them.
 */
export function batchNormalization(x: Value, scale: Value, shift: Value, batchSize = x.shape[0]): Normalized {
  const count = batchSize * sizeOf(x.shape.slice(1, -1));
  const mean = scaled(allReduceSum(columnSum(x)), 1 / count);
  const meanOfSquares = scaled(allReduceSum(columnSum(multiply(x, x))), 1 / count);
  const variance = subtract(meanOfSquares, multiply(mean, mean));
  const epsilon = constant(Float32Array.of(NORMALIZATION_EPSILON), []);
  const a = divide(scale, squareRoot(add(variance, epsilon)));
  const b = subtract(shift, multiply(mean, a));
  const unbiasedVariance = scaled(variance, count / Math.max(1, count - 1));
  return { y: add(multiply(x, a), b), mean, unbiasedVariance };
}
