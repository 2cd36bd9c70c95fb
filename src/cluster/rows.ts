// Rows of a flat array: arithmetic on them, summed in float64, and picking some.
import { type Matrix, matrix } from '../core/matrix.js';

/** ‖row‖² of row `row` of `values` (rows, columns). */
export function squaredNorm(values: Float32Array, columns: number, row: number): number {
  let sum = 0;
  for (let at = row * columns, end = at + columns; at < end; at++) sum += values[at] * values[at];
  return sum;
}

/** ‖a_i − b_j‖² of rows i and j of two arrays with `columns` columns. */
export function squaredDistance(
  a: Float32Array,
  i: number,
  b: Float32Array,
  j: number,
  columns: number,
): number {
  let sum = 0;
  for (let from = i * columns, to = j * columns, end = from + columns; from < end; from++, to++) {
    const difference = a[from] - b[to];
    sum += difference * difference;
  }
  return sum;
}

/** Scales row `row` to length 1, in place; a row of zeros stays. Returns the length it had. */
export function normaliseRow(values: Float32Array, columns: number, row: number): number {
  const length = Math.sqrt(squaredNorm(values, columns, row));
  if (length > 0) {
    for (let at = row * columns, end = at + columns; at < end; at++) values[at] /= length;
  }
  return length;
}

/** values (n, d) → their rows `chosen`, in that order: (chosen.length, d). */
export function takeRows({ data, columns }: Matrix, chosen: ArrayLike<number>): Matrix {
  const taken = matrix(chosen.length, columns);
  for (let place = 0; place < chosen.length; place++) {
    const row = chosen[place];
    taken.data.set(data.subarray(row * columns, (row + 1) * columns), place * columns);
  }
  return taken;
}
