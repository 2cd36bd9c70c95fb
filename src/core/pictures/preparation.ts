// How a picture of any size becomes what an encoder was trained to see: one plain value, so that the command line, the page and
// exported programs take the same steps. They are those of Hugging Face's image processors, in their order: resize, crop
// the middle or fill up, and only then values as numbers.
import { type Filter, filtered } from './filtering.js';
import { groundOf } from './ground.js';
import { filled, paste, placedWhole } from './placing.js';
import type { Raster } from './raster.js';

/** The size that a picture is brought to before it is cropped. */
export type ResizeRule =
  /** As it is. */
  | { readonly to: 'none' }
  /** So many rows and columns, whatever its aspect. */
  | { readonly to: 'exact'; readonly height: number; readonly width: number }
  /** Its shorter side so long, unless the longer one would be longer than `most`. */
  | { readonly to: 'shortest'; readonly edge: number; readonly most: number | null }
  /** Its longer side so long. */
  | { readonly to: 'longest'; readonly edge: number }
  /** As large as goes into these rows and columns. */
  | { readonly to: 'inside'; readonly height: number; readonly width: number };

/** What lies around a picture that is smaller than the image, and where the picture lies. */
export type FillRule =
  /** In the middle of black; what is larger is cut. transformers' `center_crop`. */
  | { readonly with: 'black' }
  /** In the middle of its own ground. */
  | { readonly with: 'ground' }
  /** At the top left, with a value a channel to the right and below. transformers' `pad`. */
  | { readonly with: 'values'; readonly values: readonly number[] };

/** All that is done to an upright RGB picture. May be written as JSON. */
export interface Preparation {
  /** Rows and columns of the image that comes out. */
  readonly height: number;
  readonly width: number;
  readonly channels: 3;
  readonly resize: ResizeRule;
  readonly filter: Filter;
  readonly fill: FillRule;
  /** Then each value becomes (value · factor − mean) / std, by channel. */
  readonly factor: number;
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

interface Size {
  readonly height: number;
  readonly width: number;
}

/** The size of a picture of `height` × `width` once it is resized, each side rounded as transformers rounds it, at least 1. */
export function sizeAfter(rule: ResizeRule, { height, width }: Size): Size {
  switch (rule.to) {
    case 'none':
      return { height, width };
    case 'exact':
      return { height: rule.height, width: rule.width };
    case 'shortest': {
      const [short, long] = height < width ? [height, width] : [width, height];
      let [newShort, newLong] = [rule.edge, Math.trunc((rule.edge * long) / short)];
      if (rule.most !== null && newLong > rule.most) {
        [newShort, newLong] = [Math.max(1, Math.trunc((rule.most * newShort) / newLong)), rule.most];
      }
      return height < width ? { height: newShort, width: newLong } : { height: newLong, width: newShort };
    }
    case 'longest': {
      const scale = rule.edge / Math.max(height, width);
      const side = (length: number) => Math.max(1, Math.trunc(length * scale + 0.5));
      return { height: side(height), width: side(width) };
    }
    case 'inside': {
      const scale = Math.min(rule.height / height, rule.width / width);
      const side = (length: number) => Math.max(1, Math.round(length * scale));
      return { height: side(height), width: side(width) };
    }
  }
}

/** RGB of any size → (height · width · 3) bytes. `full`: the picture's size, where the raster was decoded smaller. */
export function prepared(raster: Raster, preparation: Preparation, full: Size = raster): Uint8Array {
  const size = sizeAfter(preparation.resize, full);
  return placed(filtered(raster, size.height, size.width, preparation.filter), preparation);
}

/** What was resized → (height · width · 3) bytes. */
export function placed(raster: Raster, preparation: Preparation): Uint8Array {
  const { height, width, fill } = preparation;
  if (raster.height === height && raster.width === width) return raster.data;
  if (fill.with === 'ground') return placedWhole(raster, groundOf(raster), preparation);
  const image = filled(preparation, fill.with === 'values' ? fill.values : [0, 0, 0]);
  const start = (found: number, wanted: number) =>
    fill.with === 'values' ? 0 : -Math.floor((found - wanted) / 2);
  paste(raster, image, preparation, start(raster.height, height), start(raster.width, width));
  return image;
}

/** (n, height, width, 3) bytes → the numbers of an encoder's input: (n, 3, height, width), or as they lie. */
export function normalised(
  images: Uint8Array,
  { height, width, factor, mean, std }: Preparation,
  channelsFirst: boolean,
): Float32Array {
  const area = height * width;
  const size = area * 3;
  // One row of 256 numbers a channel: looked up, and rounded once.
  const numbers = Float32Array.from(
    { length: 3 * 256 },
    (_, at) => ((at & 255) * factor - mean[at >> 8]) / std[at >> 8],
  );
  const values = new Float32Array(images.length);
  for (let start = 0; start < images.length; start += size) {
    for (let pixel = 0, from = start; pixel < area; pixel++) {
      for (let channel = 0; channel < 3; channel++, from++) {
        const to = channelsFirst ? start + channel * area + pixel : from;
        values[to] = numbers[(channel << 8) | images[from]];
      }
    }
  }
  return values;
}
