// A raster placed within an image: whole, or cut to what it shows and centred by mass, as MNIST was made (LeCun, Bottou, Bengio &
// Haffner 1998, section III-A).
import { contentOf, type Ground } from './ground.js';
import type { Raster } from './raster.js';
import { resampled } from './resample.js';

/** Side of MNIST's digits within its images. */
export const CONTENT_SHARE = 20 / 28;

export type FrameShape = Pick<Raster, 'height' | 'width' | 'channels'>;

/** In the middle of its own ground; what lies outside of the image is left out. */
export function placedWhole(raster: Raster, { values }: Ground, shape: FrameShape): Uint8Array {
  const image = filled(shape, values);
  const top = Math.floor((shape.height - raster.height) / 2);
  const left = Math.floor((shape.width - raster.width) / 2);
  paste(raster, image, shape, top, left);
  return image;
}

/** What stands out of the ground, its larger side `share` of the image's smaller one, its centre of mass in the middle. */
export function placedContent(
  raster: Raster,
  ground: Ground,
  shape: FrameShape,
  share: number = CONTENT_SHARE,
): Uint8Array {
  // Grey: the ground becomes black, as in images that had none. In colour it stays what it is.
  const image = filled(shape, shape.channels === 1 ? [0] : ground.values);
  const content = contentOf(raster, ground);
  if (content === null) return image;
  const scale = (Math.min(shape.height, shape.width) * share) / Math.max(content.height, content.width);
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

export function inverted(raster: Raster): Raster {
  return { ...raster, data: raster.data.map((value) => 255 - value) };
}

/** An image of one colour. */
export function filled({ height, width, channels }: FrameShape, values: readonly number[]): Uint8Array {
  const image = new Uint8Array(height * width * channels);
  if (channels === 1) return image.fill(values[0]);
  for (let at = 0; at < image.length; at++) image[at] = values[at % channels];
  return image;
}

/** Copies a raster into an image; what lies outside of it is left out. */
export function paste(raster: Raster, image: Uint8Array, shape: FrameShape, top: number, left: number): void {
  const { channels } = shape;
  const firstColumn = Math.max(0, -left);
  const columns = Math.min(raster.width, shape.width - left) - firstColumn;
  for (let row = Math.max(0, -top); row < raster.height && row + top < shape.height; row++) {
    const from = (row * raster.width + firstColumn) * channels;
    const to = ((row + top) * shape.width + left + firstColumn) * channels;
    image.set(raster.data.subarray(from, from + columns * channels), to);
  }
}
