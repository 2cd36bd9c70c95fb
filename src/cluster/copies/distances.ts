// How far are two copies of a picture from each other? Less than any two pictures: what compression, a change of brightness and a move by
// a pixel do to the correlation of grey values.
import { type Matrix, matrix, squaredDistance } from '../../core/matrix.js';
import { createShiftedCorrelation } from './shifted-correlation.js';

/** Square grey images, a byte a pixel, seen in two ways: as they are, and with position and slant taken out. */
export interface Looks {
  readonly raw: Uint8Array;
  readonly upright: Uint8Array;
  readonly side: number;
}

/** Of two images; Infinity where it is more than `most`, as far as that shows at once. */
export type Distance = (a: number, b: number, most?: number) => number;

/** √(2 − 2 r) of two images with correlation r: JPEG of quality 60 moves a 28 × 28 drawing by 0.15 at most. */
export const MOST_WITHIN = 0.16;
/** By how many times the nearest other image is farther than the copies are from each other. */
export const GAP = 1.6;
/** A faint picture is moved farther: compression changes a pixel by about this much, whatever the picture's contrast. */
const NOISE = 8;
/** By how many times farther at most. */
const MOST_FAINT = 2.25;
/** Rounding of grey values moves an image by this much; a gap over less is none. */
export const ROUNDING = 0.02;

/** → (n), 1 … MOST_FAINT: by how many times noise moves each image farther than one of full contrast. */
export function faintnessOf({ spread: spreads }: Brought, side: number): Float64Array {
  return spreads.map((spread) => {
    const contrast = spread / side;
    return Math.min(MOST_FAINT, Math.max(1, NOISE / Math.max(1, contrast) / MOST_WITHIN));
  });
}

/** √(2 − 2 r): the distance of two images of correlation r, brought to mean 0 and length 1. */
function correlationDistance(correlation: number): number {
  return Math.sqrt(Math.max(0, 2 - 2 * correlation));
}

/** Shifts are tried where the upright looks are no farther apart than this: what the frame cuts off moves these as well. */
const MOST_UPRIGHT = MOST_WITHIN * GAP * MOST_FAINT;

/** → √(2 − 2 r) of two images, the least over shifts by a pixel. */
export async function createDistanceOfCopies(
  { raw, upright, side }: Looks,
  unmoved: Distance,
): Promise<Distance> {
  const placed = createDistance(upright, brought(upright, side));
  const moved = await createShiftedCorrelation(raw, side);
  return (a, b, most) => {
    const straight = unmoved(a, b, most);
    if (straight <= ROUNDING || placed(a, b, MOST_UPRIGHT) > MOST_UPRIGHT) return straight;
    return Math.min(straight, correlationDistance(moved(a, b)));
  };
}

/** Blocks of so many pixels a side are looked at before all pixels are. */
const BLOCK = 4;

/** Images brought to mean 0 and length 1, and their means over blocks. */
export interface Brought {
  readonly mean: Float64Array;
  /** (n): the length that was 1 afterwards; 0 for a flat image. */
  readonly spread: Float64Array;
  /** (n, blocks): scaled so that the distance of two images is never less than that of their rows. */
  readonly coarse: Matrix;
}

export function brought(data: Uint8Array, side: number): Brought {
  const pixels = side * side;
  const count = data.length / pixels;
  const across = Math.ceil(side / BLOCK);
  const blocks = across * across;
  const mean = new Float64Array(count);
  const spread = new Float64Array(count);
  const coarse = matrix(count, blocks);
  const sizes = new Float64Array(blocks);
  const blockOf = Int32Array.from(
    { length: pixels },
    (_, at) => across * Math.floor(Math.floor(at / side) / BLOCK) + Math.floor((at % side) / BLOCK),
  );
  for (const block of blockOf) sizes[block]++;
  const sums = new Float64Array(blocks);
  for (let image = 0; image < count; image++) {
    let [sum, squares] = [0, 0];
    sums.fill(0);
    for (let at = 0, from = image * pixels; at < pixels; at++, from++) {
      const value = data[from];
      sum += value;
      squares += value * value;
      sums[blockOf[at]] += value;
    }
    mean[image] = sum / pixels;
    spread[image] = Math.sqrt(Math.max(0, squares - (sum * sum) / pixels));
    if (spread[image] === 0) continue;
    for (let block = 0; block < blocks; block++) {
      const above = sums[block] - sizes[block] * mean[image];
      coarse.data[image * blocks + block] = above / Math.sqrt(sizes[block]) / spread[image];
    }
  }
  return { mean, spread, coarse };
}

/** (n, 49 of 28 × 28 pixels): by which copies of a picture are near each other, whatever else they are compared by. */
export function coarseLooks({ raw, side }: Looks): Matrix {
  return brought(raw, side).coarse;
}

/**
 * → √(2 − 2 r) of two images, r their correlation: 0 where one of them is flat. Infinity where their coarse looks are farther than
 * `most` apart already.
 */
export function createDistance(data: Uint8Array, { mean, spread, coarse }: Brought): Distance {
  const pixels = data.length / mean.length;
  return (a, b, most = Number.POSITIVE_INFINITY) => {
    if (spread[a] === 0 || spread[b] === 0) return Math.SQRT2;
    if (squaredDistance(coarse.data, a, coarse.data, b, coarse.columns) > most * most * (1 + ROUNDING)) {
      return Number.POSITIVE_INFINITY;
    }
    let dot = 0;
    for (let from = a * pixels, to = b * pixels, end = from + pixels; from < end; from++, to++) {
      dot += data[from] * data[to];
    }
    return correlationDistance((dot - pixels * mean[a] * mean[b]) / (spread[a] * spread[b]));
  };
}
