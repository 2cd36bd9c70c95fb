// A small grey likeness of a whole picture, and how far two of them are apart.
import { correlationDistance, correlationOf } from '../core/correlation.js';
import type { Raster } from '../data/raster.js';

const SIDE = 16;

export interface Thumbnail {
  /** (16, 16): finer ones would hold the noise of compression. */
  readonly values: Float64Array;
  /** Width over height of the picture. */
  readonly aspect: number;
}

/** The mean over the area of each pixel of the thumbnail; a smaller picture is repeated into it. */
export function resizedGrey({ height, width, channels, data }: Raster): Thumbnail {
  const values = new Float64Array(SIDE * SIDE);
  const edge = (place: number, length: number) => Math.floor((place * length) / SIDE);
  for (let row = 0; row < SIDE; row++) {
    const top = edge(row, height);
    const bottom = Math.max(top + 1, edge(row + 1, height));
    for (let column = 0; column < SIDE; column++) {
      const left = edge(column, width);
      const right = Math.max(left + 1, edge(column + 1, width));
      let sum = 0;
      for (let y = top; y < bottom; y++) {
        for (let at = (y * width + left) * channels; at < (y * width + right) * channels; at++)
          sum += data[at];
      }
      values[row * SIDE + column] = sum / ((bottom - top) * (right - left) * channels);
    }
  }
  return { values, aspect: width / height };
}

/** Of pictures that differ in shape by more than this, one is no copy of the other. */
const MOST_STRETCHED = 1.1;

/**
 * √(2 − 2 r), r the correlation of two thumbnails, the best with all of them or with one quarter left out, where something may be
 * written; √2 where one is flat, Infinity where the pictures have another shape.
 */
export function thumbnailDistance(a: Thumbnail, b: Thumbnail): number {
  const stretched = a.aspect > b.aspect ? a.aspect / b.aspect : b.aspect / a.aspect;
  if (stretched > MOST_STRETCHED) return Number.POSITIVE_INFINITY;
  return Math.min(...[-1, 0, 1, 2, 3].map((quarter) => distanceWithout(a.values, b.values, quarter)));
}

function distanceWithout(a: Float64Array, b: Float64Array, quarter: number): number {
  let [count, sumA, sumB, squaresA, squaresB, dot] = [0, 0, 0, 0, 0, 0];
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++) {
      if (2 * Number(2 * row >= SIDE) + Number(2 * column >= SIDE) === quarter) continue;
      const [p, q] = [a[row * SIDE + column], b[row * SIDE + column]];
      count++;
      sumA += p;
      sumB += q;
      squaresA += p * p;
      squaresB += q * q;
      dot += p * q;
    }
  }
  return correlationDistance(correlationOf({ count, a: sumA, b: sumB, squaresA, squaresB, products: dot }));
}
