// What a picture looks like as a whole: a small grey square, whatever its shape.
import { squaredDistance } from '../cluster/rows.js';
import { type Matrix, matrix } from '../core/matrix.js';

/** Pixels of a likeness a side: more would hold the noise of compression. */
export const LIKENESS_SIDE = 16;
export const LIKENESS_PIXELS = LIKENESS_SIDE * LIKENESS_SIDE;

/** Of n pictures. */
export interface Likenesses {
  /** (n, 16, 16), grey, 0 … 255; not rounded, for that would move a faint picture as far as a compression does. */
  readonly values: Float32Array;
  /** (n): width over height of the whole pictures. */
  readonly aspects: Float64Array;
}

/** Of pictures that differ in shape by more than this, one is no copy of the other. */
export const MOST_STRETCHED = 1.1;
/** Grey values; a likeness that varies by less than this on average is blank. */
const BLANK = 0.5;

/** By how many times one picture is wider for its height than the other. */
export function stretchedBy(a: number, b: number): number {
  return a > b ? a / b : b / a;
}

export type Place = (row: number, column: number) => boolean;

/** → (n, 256): what is seen of each likeness, of mean 0 and length 1; zeros where it is blank, and where it is not seen. */
export function normalised({ values, aspects: { length: count } }: Likenesses, isSeen: Place): Matrix {
  const rows = matrix(count, LIKENESS_PIXELS);
  const places = Array.from({ length: LIKENESS_PIXELS }, (_, at) => at).filter((at) =>
    isSeen(Math.floor(at / LIKENESS_SIDE), at % LIKENESS_SIDE),
  );
  for (let image = 0; image < count; image++) {
    const from = image * LIKENESS_PIXELS;
    let [sum, squares] = [0, 0];
    for (const at of places) {
      const value = values[from + at];
      sum += value;
      squares += value * value;
    }
    const mean = sum / places.length;
    const spread = Math.sqrt(Math.max(0, squares - sum * mean));
    if (spread < BLANK * Math.sqrt(places.length)) continue;
    for (const at of places) rows.data[from + at] = (values[from + at] - mean) / spread;
  }
  return rows;
}

/** √(2 − 2 r) of two likenesses with correlation r; √2 for two blank ones, which are no copies. */
export function distanceIn({ data }: Matrix, a: number, b: number): number {
  const squared = squaredDistance(data, a, data, b, LIKENESS_PIXELS);
  return squared === 0 && isBlank(data, a) ? Math.SQRT2 : Math.sqrt(squared);
}

function isBlank(data: Float32Array, image: number): boolean {
  return data.subarray(image * LIKENESS_PIXELS, (image + 1) * LIKENESS_PIXELS).every((value) => value === 0);
}
