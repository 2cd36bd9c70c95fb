// Numbers to test with, and how far apart two lists of them are.
import { createRandom } from '#kindred/core/random.js';

/** `length` values of a standard normal distribution; equal names give equal values. */
export function normals(length: number, name: string): Float32Array {
  const random = createRandom(7, `test ${name}`);
  return Float32Array.from({ length }, () => random.normal());
}

/** `length` bytes from 0 to 255, all equally likely. */
export function bytes(length: number, name: string): Uint8Array {
  const random = createRandom(7, `test ${name}`);
  return Uint8Array.from({ length }, () => random.integer(256));
}

/** The largest |actual − expected|, as a part of the largest |expected| (at least 1e-6). NaN if one is NaN. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) {
    throw new Error(`relativeError: ${actual.length} values against ${expected.length}`);
  }
  let [difference, largest] = [0, 1e-6];
  for (let index = 0; index < expected.length; index++) {
    const distance = Math.abs(actual[index] - expected[index]);
    // Written so that a NaN stays, where Math.max over a list would be as slow as this loop.
    if (!(distance <= difference)) difference = distance;
    largest = Math.max(largest, Math.abs(expected[index]));
  }
  return difference / largest;
}
