// What a picture looks like as a whole: a small square, whatever its shape.
import { type Matrix, matrix, squaredDistance } from '../../core/matrix.js';

/** Pixels of a likeness a side: half as many hold no handwriting, twice as many the noise of compression. */
export const LIKENESS_SIDE = 32;
export const LIKENESS_PIXELS = LIKENESS_SIDE ** 2;
/** A likeness is compared block by block, and its colours are the means of blocks. */
export const BLOCKS = 8;
/** Likenesses are searched by one of half their side. */
export const COARSE_SIDE = LIKENESS_SIDE / 2;
const COARSE_PIXELS = COARSE_SIDE ** 2;

/** Of n pictures; not rounded, for that would move a faint picture as far as a compression does. */
export interface Likenesses {
  /** (n, 32, 32), 0 … 255. */
  readonly grey: Float32Array;
  /** (n, 3, 8, 8), 0 … 255: red, green, blue. */
  readonly colours: Float32Array;
  /** (n): width over height of the whole pictures. */
  readonly aspects: Float64Array;
}

/** Of pictures that differ in shape by more than this, one is no copy of the other. */
export const MOST_STRETCHED = 1.1;
/**
 * Grey values. A likeness that varies by less than this is blank: what an empty sheet shows is the shadow of the scanner's lid, as all of
 * them do.
 */
export const BLANK = 3;

/** By how many times one picture is wider for its height than the other. */
export function stretchedBy(a: number, b: number): number {
  return a > b ? a / b : b / a;
}

/** → (n, 256): the rows of each likeness from the share `from` to the share `to` of its height, coarsely, of mean 0 and length 1; else zeros. */
export function coarseRows({ grey, aspects: { length: count } }: Likenesses, from = 0, to = 1): Matrix {
  const rows = matrix(count, COARSE_PIXELS);
  const [first, end] = [from, to].map((share) => share * COARSE_SIDE * COARSE_SIDE);
  for (let image = 0; image < count; image++) {
    let [sum, squares] = [0, 0];
    for (let at = first; at < end; at++) {
      const value = meanOfFour(grey, image * LIKENESS_PIXELS + cornerOf(at));
      rows.data[image * COARSE_PIXELS + at] = value;
      sum += value;
      squares += value * value;
    }
    const mean = sum / (end - first);
    const spread = Math.sqrt(Math.max(0, squares - sum * mean));
    const isFlat = spread < BLANK * Math.sqrt(end - first);
    for (let at = image * COARSE_PIXELS + first; at < image * COARSE_PIXELS + end; at++) {
      rows.data[at] = isFlat ? 0 : (rows.data[at] - mean) / spread;
    }
  }
  return rows;
}

/** Where the four pixels of one of the coarse ones begin. */
function cornerOf(at: number): number {
  return 2 * Math.floor(at / COARSE_SIDE) * LIKENESS_SIDE + 2 * (at % COARSE_SIDE);
}

function meanOfFour(grey: Float32Array, corner: number): number {
  const below = corner + LIKENESS_SIDE;
  return (grey[corner] + grey[corner + 1] + grey[below] + grey[below + 1]) / 4;
}

/** Is a row of `coarseRows` that of a likeness on which nothing is to be seen? */
export function isBlank({ data, columns }: Matrix, row: number): boolean {
  return data.subarray(row * columns, (row + 1) * columns).every((value) => value === 0);
}

/** √(2 − 2 r) of two rows of `coarseRows` with correlation r; √2 for two blank ones. */
export function coarseDistance(looks: Matrix, a: number, b: number): number {
  const { data, columns } = looks;
  const squared = squaredDistance(data, a, data, b, columns);
  return squared === 0 && isBlank(looks, a) ? Math.SQRT2 : Math.sqrt(squared);
}
