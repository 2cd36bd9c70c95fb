// What a picture stands on, and what stands out of it.
import type { Raster } from './raster.js';
import type { Box } from './resample.js';

/** The ground that a picture's rim shows, by channel, and the share of the rim that keeps to it. */
export interface Ground {
  readonly values: readonly number[];
  /** 0 … 255, mean over the channels. */
  readonly brightness: number;
  readonly plainness: number;
}

/** Values by which a pixel may differ from the ground and still belong to it: noise of scanners and JPEG. */
const GROUND_TOLERANCE = 32;
/** Is it nearer to white? */
export function isLight({ brightness }: Ground): boolean {
  return brightness > 127;
}

/** The median of the outermost pixels, and how many of them are near it. */
export function groundOf({ height, width, channels, data }: Raster): Ground {
  const rim = rimPixels(height, width);
  const values = Array.from({ length: channels }, (_, channel) =>
    median(rim.map((pixel) => data[pixel * channels + channel])),
  );
  const isNear = (pixel: number) =>
    values.every((value, channel) => Math.abs(data[pixel * channels + channel] - value) <= GROUND_TOLERANCE);
  const near = rim.reduce((count, pixel) => count + (isNear(pixel) ? 1 : 0), 0);
  return {
    values,
    brightness: values.reduce((sum, value) => sum + value, 0) / channels,
    plainness: near / rim.length,
  };
}

/** The box around all that stands out of the ground, and its centre of mass, in pixels; null where nothing does. */
export interface Content extends Box {
  readonly centre: { readonly x: number; readonly y: number };
}

export function contentOf({ height, width, channels, data }: Raster, ground: Ground): Content | null {
  let [top, left, bottom, right] = [height, width, -1, -1];
  let [mass, x, y] = [0, 0, 0];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = (row * width + column) * channels;
      let contrast = 0;
      for (let channel = 0; channel < channels; channel++) {
        contrast = Math.max(contrast, Math.abs(data[at + channel] - ground.values[channel]));
      }
      if (contrast <= GROUND_TOLERANCE) continue;
      top = Math.min(top, row);
      bottom = Math.max(bottom, row);
      left = Math.min(left, column);
      right = Math.max(right, column);
      mass += contrast;
      x += contrast * column;
      y += contrast * row;
    }
  }
  if (mass === 0) return null;
  return {
    top,
    left,
    height: bottom - top + 1,
    width: right - left + 1,
    centre: { x: x / mass, y: y / mass },
  };
}

/** Places of the outermost pixels, each once. */
function rimPixels(height: number, width: number): number[] {
  const rim: number[] = [];
  for (let row = 0; row < height; row++) {
    const isEdge = row === 0 || row === height - 1;
    for (let column = 0; column < width; column += isEdge || width === 1 ? 1 : width - 1) {
      rim.push(row * width + column);
    }
  }
  return rim;
}

function median(values: number[]): number {
  values.sort((a, b) => a - b);
  return values[values.length >> 1];
}
