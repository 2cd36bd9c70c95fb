// A drawing or a picture → an image as the run's own are, so that its classifier may be asked. Follows src/data/framing/framing.ts,
// which does it for files; a test holds the two against each other.

import type { Raster } from '../../data/decoding/raster.js';
import type { Framing } from '../../data/framing/framing.js';
import { resized } from './resize.js';

/** What the images of a run have in common. */
export interface PileLook {
  readonly isLight: boolean;
  /** Is the ground one tone? */
  readonly isPlain: boolean;
  /** Larger side of the content, in parts of the image's smaller side. */
  readonly share: number;
}

interface Ground {
  readonly values: readonly number[];
  readonly isLight: boolean;
  readonly plainness: number;
}

/** As in src/data/framing/framing.ts. */
const TOLERANCE = 32;
const CONTENT_SHARE = 20 / 28;
const OVERSAMPLING = 4;
const PLAIN = 0.8;

/** Looks at some images of a run. */
export function lookOf(images: readonly Raster[]): PileLook {
  const grounds = images.map(groundOf);
  const fills = images.flatMap((image, at) => {
    const box = contentOf(image, grounds[at]);
    return box === null ? [] : [Math.max(box.height, box.width) / Math.min(image.height, image.width)];
  });
  return {
    isLight: grounds.filter(({ isLight }) => isLight).length * 2 > grounds.length,
    isPlain: grounds.filter(({ plainness }) => plainness >= PLAIN).length >= PLAIN * grounds.length,
    share: fills.length === 0 ? CONTENT_SHARE : Math.min(1, medianOf(fills)),
  };
}

/** raster → (height · width · channels) bytes. */
export function framed(raster: Raster, framing: Framing, look: PileLook): Uint8Array {
  const { height, width, channels } = framing;
  const whole = withChannels(raster, channels);
  // An image that the run could have held is not touched.
  if (raster.height === height && raster.width === width && framing.crop === 'whole') return whole.data;
  const seen = matched(whole, framing, look);
  if (framing.crop === 'content') return placedContent(fitted(seen, framing), framing, CONTENT_SHARE);
  if (!look.isPlain || groundOf(seen).plainness < PLAIN) return placedWhole(fitted(seen, framing), framing);
  // The pile was framed by somebody: what is drawn gets the size and the place that its images have.
  const isLight = groundOf(seen).isLight;
  const dark = fitted(isLight ? inverted(seen) : seen, { ...framing, crop: 'content' });
  const image = placedContent(dark, framing, look.share);
  return isLight ? image.map((value) => 255 - value) : image;
}

/** Light or dark as the run's images are, where a ground shows which the picture is. */
function matched(raster: Raster, { polarity }: Framing, look: PileLook): Raster {
  const ground = groundOf(raster);
  if (look.isPlain && ground.plainness >= PLAIN) {
    return ground.isLight === look.isLight ? raster : inverted(raster);
  }
  return polarity === 'invert' || (polarity === 'each' && ground.isLight) ? inverted(raster) : raster;
}

/** Within the frame; content is sought in a larger picture, and a small one is not enlarged for that. */
function fitted(raster: Raster, { height, width, crop }: Framing): Raster {
  const times = crop === 'content' ? OVERSAMPLING : 1;
  const scale = Math.min((height * times) / raster.height, (width * times) / raster.width);
  if (scale === 1 || (scale > 1 && crop === 'content')) return raster;
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  const box = { top: 0, left: 0, height: raster.height, width: raster.width };
  return resized(raster, box, side(raster.height), side(raster.width));
}

function placedWhole(raster: Raster, framing: Framing): Uint8Array {
  const top = Math.floor((framing.height - raster.height) / 2);
  const left = Math.floor((framing.width - raster.width) / 2);
  return pasted(raster, framing, groundOf(raster).values, top, left);
}

/** What stands out of the ground, with its larger side `share` of the frame and its centre of mass in the middle. */
function placedContent(raster: Raster, framing: Framing, share: number): Uint8Array {
  const ground = groundOf(raster);
  const box = contentOf(raster, ground);
  const { height, width, channels } = framing;
  const paper = channels === 1 ? [0] : ground.values;
  if (box === null) return pasted({ ...raster, height: 0, width: 0 }, framing, paper, 0, 0);
  const scale = (Math.min(height, width) * share) / Math.max(box.height, box.width);
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  const content = resized(raster, box, side(box.height), side(box.width));
  if (channels === 1) liftOff(content.data, ground.values[0]);
  const start = (frame: number, length: number, centre: number) =>
    Math.max(0, Math.min(Math.round((frame - 1) / 2 - ((centre + 0.5) * scale - 0.5)), frame - length));
  const top = start(height, content.height, box.y - box.top);
  const left = start(width, content.width, box.x - box.left);
  return pasted(content, framing, paper, top, left);
}

/** Grey values as their height above a dark ground, white staying white. */
function liftOff(values: Uint8Array, ground: number): void {
  if (ground === 0 || ground === 255) return;
  values.forEach((value, at) => {
    values[at] = Math.round((Math.max(0, value - ground) * 255) / (255 - ground));
  });
}

function pasted(
  raster: Raster,
  { height, width, channels }: Framing,
  paper: readonly number[],
  top: number,
  left: number,
): Uint8Array {
  const image = Uint8Array.from({ length: height * width * channels }, (_, at) => paper[at % channels]);
  const columns = Math.min(raster.width, width - left);
  for (let row = 0; row < Math.min(raster.height, height - top); row++) {
    const from = row * raster.width * channels;
    image.set(raster.data.subarray(from, from + columns * channels), ((row + top) * width + left) * channels);
  }
  return image;
}

/** The median of the outermost pixels, and the share of them that is near it. */
function groundOf({ height, width, channels, data }: Raster): Ground {
  const rim: number[] = [];
  for (let pixel = 0; pixel < height * width; pixel++) {
    const [row, column] = [Math.floor(pixel / width), pixel % width];
    if (row === 0 || row === height - 1 || column === 0 || column === width - 1) rim.push(pixel);
  }
  const values = Array.from({ length: channels }, (_, channel) =>
    medianOf(rim.map((pixel) => data[pixel * channels + channel])),
  );
  const near = rim.filter((pixel) =>
    values.every((value, channel) => Math.abs(data[pixel * channels + channel] - value) <= TOLERANCE),
  );
  const brightness = values.reduce((sum, value) => sum + value, 0) / channels;
  return { values, isLight: brightness > 127, plainness: near.length / rim.length };
}

/** The box around what stands out of the ground, and its centre of mass (x, y), in pixels. */
function contentOf({ height, width, channels, data }: Raster, { values }: Ground) {
  let [top, left, bottom, right] = [height, width, -1, -1];
  let [mass, x, y] = [0, 0, 0];
  for (let pixel = 0; pixel < height * width; pixel++) {
    const contrast = Math.max(
      ...values.map((value, channel) => Math.abs(data[pixel * channels + channel] - value)),
    );
    if (contrast <= TOLERANCE) continue;
    const [row, column] = [Math.floor(pixel / width), pixel % width];
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
    [left, right] = [Math.min(left, column), Math.max(right, column)];
    mass += contrast;
    x += contrast * column;
    y += contrast * row;
  }
  if (mass === 0) return null;
  return { top, left, height: bottom - top + 1, width: right - left + 1, x: x / mass, y: y / mass };
}

/** Grey as its relative luminance (ITU-R BT.709 on linear light, as src/data/decoding/raster.ts has it). */
function withChannels(raster: Raster, channels: 1 | 3): Raster {
  if (raster.channels === channels) return raster;
  const pixels = raster.height * raster.width;
  const data = new Uint8Array(pixels * channels);
  for (let pixel = 0; pixel < pixels; pixel++) {
    if (channels === 3) data.fill(raster.data[pixel], pixel * 3, pixel * 3 + 3);
    else data[pixel] = greyOf(raster.data[pixel * 3], raster.data[pixel * 3 + 1], raster.data[pixel * 3 + 2]);
  }
  return { ...raster, channels, data };
}

function greyOf(red: number, green: number, blue: number): number {
  if (red === green && green === blue) return red;
  const linear = (value: number) =>
    value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
  const light = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  return Math.round(255 * (light <= 0.0031308 ? light * 12.92 : 1.055 * light ** (1 / 2.4) - 0.055));
}

function inverted(raster: Raster): Raster {
  return { ...raster, data: raster.data.map((value) => 255 - value) };
}

function medianOf(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[values.length >> 1];
}
