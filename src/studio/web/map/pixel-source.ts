// The pixels of the images that the map wants to show as thumbnails. Images that are near in the file come in one request;
// what is not wanted any more when its turn comes is not asked for. Large images are averaged down to thumbnails.
import type { ImageShape } from '../../../data/source.js';
import { fetchBytes, runPath } from '../api.js';
import { THUMBNAIL_SIDE } from './thumbnail-layer.js';

/** Requests at a time. */
const AT_ONCE = 4;
/** Unwanted bytes that may come along so that two requests become one. */
const GAP_BYTES = 16_384;
const REQUEST_BYTES = 1 << 20;

export function openPixels(tag: string, full: ImageShape, take: (image: number, pixels: Uint8Array) => void) {
  const bytes = full.height * full.width * full.channels;
  let waiting: (readonly [from: number, count: number])[] = [];
  const coming = new Set<number>();
  let busy = 0;

  const next = () => {
    while (busy < AT_ONCE) {
      const block = waiting.shift();
      if (block === undefined) return;
      busy++;
      void load(block).finally(() => {
        busy--;
        next();
      });
    }
  };
  const load = async ([from, count]: readonly [number, number]) => {
    const images = Array.from({ length: count }, (_, at) => from + at);
    for (const image of images) coming.add(image);
    try {
      const pixels = new Uint8Array(await fetchBytes(runPath(tag, `pixels?from=${from}&count=${count}`)));
      for (const image of images) {
        const at = (image - from) * bytes;
        take(image, thumbnailOf(pixels.subarray(at, at + bytes), full));
      }
    } catch {
      // Its point stays a point; the next look asks again.
    } finally {
      for (const image of images) coming.delete(image);
    }
  };
  return {
    shape: thumbnailShape(full),
    /** From now on these are wanted, the first first. */
    want(images: readonly number[]): void {
      const missing = images.filter((image) => !coming.has(image));
      const most = Math.max(1, Math.floor(REQUEST_BYTES / bytes));
      waiting = blocksOf(missing, Math.floor(GAP_BYTES / bytes), most);
      next();
    },
  };
}

/** Runs of row numbers that hold all images: `gap` others between two at most, `most` rows each. */
export function blocksOf(
  images: readonly number[],
  gap: number,
  most: number,
): (readonly [from: number, count: number])[] {
  const blocks: [number, number][] = [];
  for (const image of [...images].sort((a, b) => a - b)) {
    const last = blocks.at(-1);
    if (last !== undefined && image - last[0] < most && image - (last[0] + last[1]) <= gap) {
      last[1] = image - last[0] + 1;
    } else {
      blocks.push([image, 1]);
    }
  }
  return blocks;
}

function thumbnailShape({ height, width, channels }: ImageShape): ImageShape {
  const step = stepOf(height, width);
  return {
    height: Math.floor(height / step),
    width: Math.floor(width / step),
    channels: channels === 1 ? 1 : 4,
  };
}

/** pixels (height, width, channels) → (height / step, width / step, 1 or 4): means of squares of step × step. */
function thumbnailOf(pixels: Uint8Array, { height, width, channels }: ImageShape): Uint8Array {
  const step = stepOf(height, width);
  const shape = thumbnailShape({ height, width, channels });
  if (step === 1 && channels === shape.channels) return pixels;
  const small = new Uint8Array(shape.height * shape.width * shape.channels).fill(255);
  for (let row = 0; row < shape.height; row++) {
    for (let column = 0; column < shape.width; column++) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let at = 0; at < step * step; at++) {
          const [y, x] = [row * step + Math.floor(at / step), column * step + (at % step)];
          sum += pixels[(y * width + x) * channels + channel];
        }
        small[(row * shape.width + column) * shape.channels + channel] = Math.round(sum / (step * step));
      }
    }
  }
  return small;
}

function stepOf(height: number, width: number): number {
  return Math.ceil(Math.max(height, width) / THUMBNAIL_SIDE);
}
