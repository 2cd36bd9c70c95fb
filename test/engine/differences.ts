// Central finite differences, the judge of every gradient.
//
// They are taken of the plain double-precision program (plain.ts), not of the float32 one: a float32 loss
// carries a relative error of 6e-8, so that differences with a step h are off by 6e-8/h + O(h²), never better
// than about 1e-3. In double precision a step of 1e-5 leaves 1e-10, and what remains between the two sides is
// the rounding of the engine's own float32 sums. The tolerance is for that alone. That plain.ts computes what
// the engine computes is a test of its own.
import type { Value } from '#kindred/engine/program.js';
import { plainValue } from './plain.js';

const STEP = 1e-5;

/** Largest error of a float32 gradient, relative to its largest element: sums of up to ~10⁵ terms. */
export const GRADIENT_TOLERANCE = 2e-5;

/** ∂loss/∂(feed[name][index]) for each of `indices`. */
export function finiteDifferences(
  loss: Value,
  feed: Readonly<Record<string, ArrayLike<number>>>,
  name: string,
  indices: readonly number[],
): number[] {
  return indices.map((index) => {
    const at = (offset: number) => {
      const moved = Float64Array.from(feed[name]);
      moved[index] += offset;
      return plainValue(loss, { ...feed, [name]: moved })[0];
    };
    return (at(STEP) - at(-STEP)) / (2 * STEP);
  });
}
