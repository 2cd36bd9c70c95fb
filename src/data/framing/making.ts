// From a decoded picture to an image, as a run frames its pictures or as an encoder wants to see them; and what the threads that do
// so are told.
import { type Preparation, placed } from '../../core/pictures/preparation.js';
import type { Raster } from '../../core/pictures/raster.js';
import type { DecodeOptions } from '../decoding/plain-picture.js';
import type { EncodedPicture, ReadingLimits } from '../pictures.js';
import { CONTENT_OVERSAMPLING, type Framing, frameRaster } from './framing.js';

export type ImageMaking = Framing | Preparation;

/** How values of files become 8 bits, and what transparent parts stand on: the run's, where an encoder does not say. */
export type ReadingOfValues = Pick<Framing, 'ranges' | 'alphaGround'>;

/** What each thread has to know. */
export interface FramingTask {
  readonly how: ImageMaking;
  readonly decoding: DecodeOptions;
  /** Not 0 once nobody waits any more. Shared. */
  readonly stopped: Int32Array;
}

export type FilesToFrame = readonly EncodedPicture[];
/** (files): height · width · channels bytes, or why there are none. */
export type FramedFiles = readonly (Uint8Array | string)[];

export function isPreparation(how: ImageMaking): how is Preparation {
  return 'resize' in how;
}

/** How pictures are decoded for `imageOf`. */
export function decodeOptions(
  how: ImageMaking,
  limits: ReadingLimits,
  values: ReadingOfValues = {},
): DecodeOptions {
  if (isPreparation(how)) {
    const { ranges, alphaGround } = values;
    return { channels: 3, limits, box: null, preparing: how, ranges, alphaGround };
  }
  const { height, width, channels, crop, ranges, alphaGround } = how;
  const common = { channels, limits, ranges, alphaGround };
  if (crop === 'whole') return { ...common, box: { height, width, enlarge: true } };
  // Content is sought in a picture that is larger than the image; a small one is taken as it is.
  const times = CONTENT_OVERSAMPLING;
  return { ...common, box: { height: height * times, width: width * times, enlarge: false } };
}

/** What was decoded so → (height · width · channels) bytes. */
export function imageOf(raster: Raster, how: ImageMaking): Uint8Array {
  return isPreparation(how) ? placed(raster, how) : frameRaster(raster, how);
}
