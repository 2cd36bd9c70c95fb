// How far images are from the middle of their kind.
import type { Matrix } from '../core/matrix.js';
import { sizesOf } from './found-kinds.js';

/** codes (n, d), assignment (n) → (n): distance to the mean code of the image's kind; 0 outside of all. */
export function distancesToMean(
  { data, rows, columns }: Matrix,
  assignment: Int32Array,
  k: number,
): Float32Array {
  const means = new Float64Array(k * columns);
  const sizes = sizesOf(assignment, k);
  for (let row = 0; row < rows; row++) {
    const cluster = assignment[row];
    if (cluster < 0) continue;
    for (let column = 0; column < columns; column++) {
      means[cluster * columns + column] += data[row * columns + column] / sizes[cluster];
    }
  }
  return Float32Array.from(assignment, (cluster, row) => {
    if (cluster < 0) return 0;
    let squared = 0;
    for (let column = 0; column < columns; column++) {
      squared += (data[row * columns + column] - means[cluster * columns + column]) ** 2;
    }
    return Math.sqrt(squared);
  });
}
