// A raster brought to another size: the mean over the area that each pixel covers where it shrinks, cubic convolution
// where it grows (Keys 1981, a = -1/2; the customary bicubic interpolation).
import type { Raster } from './raster.js';

/** A part of a raster, in its pixels. It begins at a whole pixel and may end within one. */
export interface Box {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** What `box` bounds, as a raster of `height` × `width`. */
export function resampled(raster: Raster, box: Box, height: number, width: number): Raster {
  // Clamped and rounded: a cubic overshoots at edges.
  const values = new Uint8ClampedArray(resampledValues(raster, box, height, width));
  return { height, width, channels: raster.channels, data: new Uint8Array(values.buffer) };
}

/** As `resampled`, (height, width, channels) numbers that are not rounded. */
export function resampledValues(
  { channels, width: columns, data }: Raster,
  box: Box,
  height: number,
  width: number,
): Float32Array {
  const rows = Math.ceil(box.height);
  const narrow = new Float32Array(rows * width * channels);
  const across = weightsOf(box.width, width);
  for (let row = 0; row < rows; row++) {
    const from = ((box.top + row) * columns + box.left) * channels;
    addWeighted(data, from, channels, across, narrow, row * width * channels);
  }
  const values = new Float32Array(height * width * channels);
  const stride = width * channels;
  const down = weightsOf(box.height, height);
  for (let row = 0; row < height; row++) {
    const { first, weights } = down[row];
    for (let at = 0; at < stride; at++) {
      let sum = 0;
      for (let index = 0; index < weights.length; index++) {
        sum += weights[index] * narrow[(first + index) * stride + at];
      }
      values[row * stride + at] = sum;
    }
  }
  return values;
}

/** One line of pixels from `from` on, brought to another length, from `to` on. */
function addWeighted(
  data: Uint8Array,
  from: number,
  channels: number,
  line: readonly Weights[],
  target: Float32Array,
  to: number,
): void {
  for (let place = 0; place < line.length; place++) {
    const { first, weights } = line[place];
    for (let channel = 0; channel < channels; channel++) {
      let at = from + first * channels + channel;
      let sum = 0;
      for (let index = 0; index < weights.length; index++) {
        sum += weights[index] * data[at];
        at += channels;
      }
      target[to + place * channels + channel] = sum;
    }
  }
}

interface Weights {
  readonly first: number;
  /** They sum to 1. */
  readonly weights: readonly number[];
}

/** Pictures of a dataset have few sizes: their weights are kept. */
const KEPT_LINES = 1024;
const kept = new Map<string, readonly Weights[]>();

/** What each of `count` pixels takes from a line of `length`. */
function weightsOf(length: number, count: number): readonly Weights[] {
  const key = `${length}:${count}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  if (kept.size >= KEPT_LINES) kept.clear();
  const weights = makeWeights(length, count);
  kept.set(key, weights);
  return weights;
}

function makeWeights(length: number, count: number): Weights[] {
  const step = length / count;
  return Array.from({ length: count }, (_, place) =>
    step >= 1 ? coverage(place * step, step, length) : between((place + 0.5) * step - 0.5, Math.ceil(length)),
  );
}

function coverage(start: number, step: number, length: number): Weights {
  const end = start + step;
  const first = Math.floor(start + 1e-9);
  const last = Math.max(first, Math.min(Math.ceil(length) - 1, Math.ceil(end - 1e-9) - 1));
  const weights = Array.from(
    { length: last - first + 1 },
    (_, index) => (Math.min(end, first + index + 1) - Math.max(start, first + index)) / step,
  );
  return { first, weights };
}

/** Weights of the four pixels around `place`; beyond the ends the last pixel goes on. */
function between(place: number, length: number): Weights {
  const before = Math.floor(place);
  const first = Math.min(Math.max(before - 1, 0), length - 1);
  const last = Math.min(Math.max(before + 2, 0), length - 1);
  const weights = new Array<number>(last - first + 1).fill(0);
  for (let pixel = before - 1; pixel <= before + 2; pixel++) {
    weights[Math.min(Math.max(pixel, first), last) - first] += cubic(Math.abs(place - pixel));
  }
  return { first, weights };
}

/** Keys 1981, equation 15, with a = -1/2. */
function cubic(distance: number): number {
  if (distance < 1) return (1.5 * distance - 2.5) * distance * distance + 1;
  if (distance < 2) return ((-0.5 * distance + 2.5) * distance - 4) * distance + 2;
  return 0;
}
