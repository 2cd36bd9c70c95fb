// The images of a run that are nearest to a code that was made elsewhere.
import type { Matrix } from '../core/matrix.js';
import { ascendingOrder } from '../core/statistics.js';

export interface NearImage {
  readonly image: number;
  /** Euclidean. */
  readonly distance: number;
}

/** codes (n, d), code (d) → the `count` nearest images, the nearest first; ties go to the earlier image. */
export function nearestToCode(
  { data, rows, columns }: Matrix,
  code: ArrayLike<number>,
  count: number,
): NearImage[] {
  const squared = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let column = 0; column < columns; column++)
      sum += (data[row * columns + column] - code[column]) ** 2;
    squared[row] = sum;
  }
  const images = ascendingOrder(squared);
  return Array.from(images.subarray(0, count), (image) => ({ image, distance: Math.sqrt(squared[image]) }));
}
