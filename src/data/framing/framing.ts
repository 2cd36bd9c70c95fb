// Rasters of any size → images of one shape. How is decided once for a pile (data/framing/choice.ts) and kept with the
// run, so that new images are brought to the same shape in the same way.
//
// Whole: the picture fits into the image, its aspect kept, centred, the rest filled with its own ground. Content: what
// stands out of a plain ground fits into 20/28 of the image and its centre of mass goes to the middle, as
// MNIST was made (LeCun, Bottou, Bengio & Haffner 1998, section III-A).
import type { ValueRanges } from '../decoding/depth.js';
import { contentOf, type Ground, groundOf } from '../decoding/ground.js';
import type { Raster } from '../decoding/raster.js';
import { resampled } from '../decoding/resample.js';
import type { AlphaGround } from '../decoding/transparency.js';
import type { ImageShape } from '../source.js';

export const POLARITIES = ['keep', 'invert', 'each'] as const;
export const CROPS = ['whole', 'content'] as const;

/** `each`: inverted where the picture's own ground is light. */
export type Polarity = (typeof POLARITIES)[number];
export type Crop = (typeof CROPS)[number];

export interface Framing extends ImageShape {
  readonly channels: 1 | 3;
  readonly polarity: Polarity;
  readonly crop: Crop;
  /** What values of more than 8 bits are stretched from. */
  readonly ranges?: ValueRanges;
  /** What transparent pictures stand on. */
  readonly alphaGround?: AlphaGround;
}

export const COLORS = ['auto', 'gray', 'rgb'] as const;
export type ColorChoice = (typeof COLORS)[number];

/** What a person chose; null: the sample decides. */
export interface FramingWishes {
  /** Rows and columns of an image. */
  readonly size: number | null;
  readonly color: ColorChoice;
  readonly polarity: Polarity | null;
  readonly crop: Crop | null;
}

export const NO_WISHES: FramingWishes = { size: null, color: 'auto', polarity: null, crop: null };

/** Side of MNIST's digits within its images. */
const CONTENT_SHARE = 20 / 28;
/** Rows and columns of a raster that content is sought in, for each row of the image. */
export const CONTENT_OVERSAMPLING = 4;

/** Do these pixels need nothing? Then they are the image as they are. */
export function isFramedAlready({ height, width, channels }: ImageShape, framing: Framing): boolean {
  return (
    framing.polarity === 'keep' &&
    framing.crop === 'whole' &&
    height === framing.height &&
    width === framing.width &&
    channels === framing.channels
  );
}

/** raster → (height · width · channels) bytes. */
export function frameRaster(raster: Raster, framing: Framing): Uint8Array {
  if (isFramedAlready(raster, framing)) return raster.data;
  const ground = groundOf(raster);
  const isInverted =
    framing.polarity === 'invert' || (framing.polarity === 'each' && ground.brightness > 127);
  const seen = isInverted ? inverted(raster) : raster;
  const seenGround = isInverted ? { ...ground, values: ground.values.map((value) => 255 - value) } : ground;
  return framing.crop === 'whole'
    ? placedWhole(seen, seenGround, framing)
    : placedContent(seen, seenGround, framing);
}

function placedWhole(raster: Raster, { values }: Ground, shape: Framing): Uint8Array {
  const image = filled(shape, values);
  const top = Math.floor((shape.height - raster.height) / 2);
  const left = Math.floor((shape.width - raster.width) / 2);
  paste(raster, image, shape, top, left);
  return image;
}

function placedContent(raster: Raster, ground: Ground, shape: Framing): Uint8Array {
  // Grey: the ground becomes black, as in images that had none. In colour it stays what it is.
  const image = filled(shape, shape.channels === 1 ? [0] : ground.values);
  const content = contentOf(raster, ground);
  if (content === null) return image;
  const scale =
    (Math.min(shape.height, shape.width) * CONTENT_SHARE) / Math.max(content.height, content.width);
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  const scaled = resampled(raster, content, side(content.height), side(content.width));
  if (shape.channels === 1) liftOff(scaled.data, ground.values[0]);
  const toScaled = (place: number, start: number) => (place + 0.5 - start) * scale - 0.5;
  const centred = (side: number, length: number, centre: number) =>
    Math.min(Math.max(Math.round((side - 1) / 2 - centre), 0), side - length);
  const top = centred(shape.height, scaled.height, toScaled(content.centre.y, content.top));
  const left = centred(shape.width, scaled.width, toScaled(content.centre.x, content.left));
  paste(scaled, image, shape, top, left);
  return image;
}

/** Grey values as their height above a dark ground, stretched so that white stays white. */
function liftOff(values: Uint8Array, ground: number): void {
  if (ground === 0 || ground === 255) return;
  for (let at = 0; at < values.length; at++) {
    values[at] = Math.round((Math.max(0, values[at] - ground) * 255) / (255 - ground));
  }
}

function inverted(raster: Raster): Raster {
  return { ...raster, data: raster.data.map((value) => 255 - value) };
}

function filled({ height, width, channels }: ImageShape, values: readonly number[]): Uint8Array {
  const image = new Uint8Array(height * width * channels);
  if (channels === 1) return image.fill(values[0]);
  for (let at = 0; at < image.length; at++) image[at] = values[at % channels];
  return image;
}

/** Copies a raster into an image; what lies outside of it is left out. */
function paste(raster: Raster, image: Uint8Array, shape: ImageShape, top: number, left: number): void {
  const { channels } = shape;
  const firstColumn = Math.max(0, -left);
  const columns = Math.min(raster.width, shape.width - left) - firstColumn;
  for (let row = Math.max(0, -top); row < raster.height && row + top < shape.height; row++) {
    const from = (row * raster.width + firstColumn) * channels;
    const to = ((row + top) * shape.width + left + firstColumn) * channels;
    image.set(raster.data.subarray(from, from + columns * channels), to);
  }
}
