// A raster brought to another size by a filter, byte for byte as Pillow's `Image.resize` does it, which is what Hugging Face's
// image processors call: across first and then down (as all versions do before 13.0, which picks the order by the sizes), each pass
// rounded to 8 bits; a filter as wide as the step where the picture shrinks; the weights in fixed point. What lies beyond the rim counts for nothing, and the other weights are scaled up.
// Filters: Turkowski 1990, "Filters for common resampling tasks"; Keys 1981 (bicubic, a = -1/2).
import type { Raster } from './raster.js';

/** In the order of Pillow's numbers for `resample`. */
export const FILTERS = ['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'] as const;
export type Filter = (typeof FILTERS)[number];

/** Half the width of each, in pixels of the larger of the two sizes, and its height `x` from its middle. */
const SHAPES: Readonly<Record<Exclude<Filter, 'nearest'>, readonly [support: number, height: Height]>> = {
  lanczos: [3, (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0)],
  bilinear: [1, (x) => Math.max(0, 1 - Math.abs(x))],
  bicubic: [2, (x) => cubic(Math.abs(x))],
  box: [0.5, (x) => (x > -0.5 && x <= 0.5 ? 1 : 0)],
  hamming: [1, (x) => (Math.abs(x) < 1 ? sinc(x) * (0.54 + 0.46 * Math.cos(Math.PI * x)) : 0)],
};
type Height = (x: number) => number;

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

/** Keys 1981, equation 15, with a = -1/2. */
function cubic(x: number): number {
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

/** Bits behind the point of a weight: those of 32 that 8 bits of a value and 2 of a sum leave. */
const FRACTION_BITS = 22;
const HALF = 1 << (FRACTION_BITS - 1);

/** The whole of `raster` as one of `height` × `width`. */
export function filtered(raster: Raster, height: number, width: number, filter: Filter): Raster {
  if (height === raster.height && width === raster.width) return raster;
  if (filter === 'nearest') return nearest(raster, height, width);
  const narrow = width === raster.width ? raster : across(raster, linesOf(raster.width, width, filter));
  return height === raster.height ? narrow : down(narrow, linesOf(raster.height, height, filter));
}

/** Of each target pixel: the first source pixel that it takes from, how many, and their weights. */
export interface Lines {
  readonly count: number;
  /** Places of `weights` for each target pixel. */
  readonly stride: number;
  readonly first: Int32Array;
  readonly taken: Int32Array;
  readonly weights: Int32Array;
}

/** Pictures of a dataset have few sizes: their weights are kept. */
const KEPT_LINES = 256;
const kept = new Map<string, Lines>();

/** How `length` pixels become `count`. */
export function linesOf(length: number, count: number, filter: Exclude<Filter, 'nearest'>): Lines {
  const key = `${filter}:${length}:${count}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  if (kept.size >= KEPT_LINES) kept.clear();
  const lines = makeLines(length, count, filter);
  kept.set(key, lines);
  return lines;
}

function makeLines(length: number, count: number, filter: Exclude<Filter, 'nearest'>): Lines {
  const [reach, heightAt] = SHAPES[filter];
  const step = length / count;
  const widening = Math.max(step, 1);
  const support = reach * widening;
  const narrowing = 1 / widening;
  const stride = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(count);
  const taken = new Int32Array(count);
  const weights = new Int32Array(count * stride);
  const heights = new Float64Array(stride);
  for (let place = 0; place < count; place++) {
    const centre = (place + 0.5) * step;
    const start = Math.max(0, Math.trunc(centre - support + 0.5));
    const size = Math.min(length, Math.trunc(centre + support + 0.5)) - start;
    let sum = 0;
    for (let index = 0; index < size; index++) {
      heights[index] = heightAt((index + start - centre + 0.5) * narrowing);
      sum += heights[index];
    }
    for (let index = 0; index < size; index++) {
      const share = (sum === 0 ? heights[index] : heights[index] / sum) * (1 << FRACTION_BITS);
      weights[place * stride + index] = Math.trunc(share < 0 ? share - 0.5 : share + 0.5);
    }
    first[place] = start;
    taken[place] = size;
  }
  return { count, stride, first, taken, weights };
}

function across(raster: Raster, { count, stride, first, taken, weights }: Lines): Raster {
  const { height, width, channels, data } = raster;
  const values = new Uint8ClampedArray(height * count * channels);
  for (let row = 0, to = 0; row < height; row++) {
    const line = row * width * channels;
    for (let place = 0; place < count; place++, to += channels) {
      const from = place * stride;
      const end = from + taken[place];
      let at = line + first[place] * channels;
      if (channels === 1) {
        let sum = HALF;
        for (let index = from; index < end; index++, at++)
          sum = (sum + Math.imul(data[at], weights[index])) | 0;
        values[to] = sum >> FRACTION_BITS;
        continue;
      }
      let [red, green, blue] = [HALF, HALF, HALF];
      for (let index = from; index < end; index++, at += 3) {
        const weight = weights[index];
        red = (red + Math.imul(data[at], weight)) | 0;
        green = (green + Math.imul(data[at + 1], weight)) | 0;
        blue = (blue + Math.imul(data[at + 2], weight)) | 0;
      }
      values[to] = red >> FRACTION_BITS;
      values[to + 1] = green >> FRACTION_BITS;
      values[to + 2] = blue >> FRACTION_BITS;
    }
  }
  return { height, width: count, channels, data: new Uint8Array(values.buffer) };
}

function down(raster: Raster, { count, stride, first, taken, weights }: Lines): Raster {
  const { width, channels, data } = raster;
  const row = width * channels;
  const values = new Uint8ClampedArray(count * row);
  const sums = new Int32Array(row);
  for (let place = 0; place < count; place++) {
    sums.fill(HALF);
    for (let index = 0; index < taken[place]; index++) {
      const weight = weights[place * stride + index];
      const from = (first[place] + index) * row;
      for (let at = 0; at < row; at++) sums[at] += Math.imul(data[from + at], weight);
    }
    const to = place * row;
    for (let at = 0; at < row; at++) values[to + at] = sums[at] >> FRACTION_BITS;
  }
  return { height: count, width, channels, data: new Uint8Array(values.buffer) };
}

/** The pixel in which the middle of each target pixel lies, step by step as Pillow sums them. */
function nearest({ height, width, channels, data }: Raster, rows: number, columns: number): Raster {
  const down = middles(height, rows);
  const across = middles(width, columns);
  const values = new Uint8Array(rows * columns * channels);
  let to = 0;
  for (const row of down) {
    for (const column of across) {
      const from = (row * width + column) * channels;
      for (let channel = 0; channel < channels; channel++) values[to++] = data[from + channel];
    }
  }
  return { height: rows, width: columns, channels, data: values };
}

function middles(length: number, count: number): Int32Array {
  const step = length / count;
  const places = new Int32Array(count);
  for (let place = 0, at = step * 0.5; place < count; place++, at += step) {
    places[place] = Math.min(Math.trunc(at), length - 1);
  }
  return places;
}
