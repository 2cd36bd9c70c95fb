// The memory that a method surely needs for an image, so that a pile that cannot fit is refused before it is read.
import { type ImageShape, pixelsPerImage } from '../data/source.js';
import { FEATURE_COLUMNS } from '../features/features.js';
import { FRAME_PIXELS } from '../features/frame.js';
import { HOG_COLUMNS } from '../features/hog.js';
import type { MethodOptions } from './options.js';

export interface RoomForImage {
  /** Bytes of an image's row in the largest array. */
  readonly largestRow: number;
  /** Bytes in all arrays that are there at one time. */
  readonly whole: number;
}

const FLOAT_BYTES = 4;
const VIEWS = 2;

export function roomForImage({ method, network }: MethodOptions, shape: ImageShape): RoomForImage {
  const pixels = pixelsPerImage(shape);
  if (method === 'kin') {
    const histogram = HOG_COLUMNS * FLOAT_BYTES;
    const views = VIEWS * (FRAME_PIXELS + FEATURE_COLUMNS * FLOAT_BYTES);
    return { largestRow: Math.max(pixels, histogram), whole: pixels + histogram + views };
  }
  const code = (method === 'kmeans' ? pixels : network.encodingSize) * FLOAT_BYTES;
  return { largestRow: Math.max(pixels, code), whole: pixels + code };
}
