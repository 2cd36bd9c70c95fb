// Small data sets with known answers.
import { type Matrix, matrix } from '#kindred/core/matrix.js';
import { createRandom } from '#kindred/core/random.js';

export interface Blobs {
  readonly x: Matrix;
  /** The blob of each row. */
  readonly planted: Int32Array;
}

/** `k` round blobs of spread 1 whose centres lie 20 apart, rows in random order. */
export function plantBlobs(rows: number, columns: number, k: number, seed: number): Blobs {
  const random = createRandom(seed, 'blobs');
  const planted = Int32Array.from({ length: rows }, () => random.integer(k));
  for (let blob = 0; blob < k; blob++) planted[blob] = blob;
  const data = Float32Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    const place = column === planted[row] % columns ? 20 * (1 + Math.floor(planted[row] / columns)) : 0;
    return place + random.normal();
  });
  return { x: matrix(rows, columns, data), planted };
}

/** A fixed data set that Python can make too (see the recorded values). */
export function formulaRows(rows: number, columns: number): Matrix {
  const data = Float32Array.from({ length: rows * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    return ((i * i * 37 + j * 101 + i * j * j * 13) % 97) / 16 + (((i % 5) * (j + 1)) % 5) * 3;
  });
  return matrix(rows, columns, data);
}

export function fromRows(rows: readonly (readonly number[])[]): Matrix {
  return matrix(rows.length, rows[0].length, Float32Array.from(rows.flat()));
}

/** Do two assignments group the rows alike, whatever the groups are called? */
export function sameGroups(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  const pairs = new Set(Array.from(a, (value, row) => `${value} ${b[row]}`));
  return pairs.size === new Set(Array.from(a)).size && pairs.size === new Set(Array.from(b)).size;
}
