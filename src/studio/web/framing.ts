// A drawing or a picture → an image as the run's own are, so that its classifier may be asked. Files go the same way in
// src/data/framing/framing.ts; a test holds the two against each other.
import { contentOf, groundOf, isLight } from '../../core/pictures/ground.js';
import { CONTENT_SHARE, inverted, placedContent, placedWhole } from '../../core/pictures/placing.js';
import { inChannels, type Raster } from '../../core/pictures/raster.js';
import { resampled } from '../../core/pictures/resample.js';
import type { Framing } from '../../data/framing/framing.js';

/** What the images of a run have in common. */
export interface DatasetLook {
  readonly isLight: boolean;
  /** Is the ground one tone? */
  readonly isPlain: boolean;
  /** Larger side of the content, in parts of the image's smaller side. */
  readonly share: number;
}

/** As src/data/framing/ decides on files. */
const OVERSAMPLING = 4;
const PLAIN = 0.8;

/** Looks at some images of a run. */
export function lookOf(images: readonly Raster[]): DatasetLook {
  const grounds = images.map(groundOf);
  const fills = images.flatMap((image, at) => {
    const box = contentOf(image, grounds[at]);
    return box === null ? [] : [Math.max(box.height, box.width) / Math.min(image.height, image.width)];
  });
  fills.sort((a, b) => a - b);
  return {
    isLight: grounds.filter(isLight).length * 2 > grounds.length,
    isPlain: grounds.filter(({ plainness }) => plainness >= PLAIN).length >= PLAIN * grounds.length,
    share: fills.length === 0 ? CONTENT_SHARE : Math.min(1, fills[fills.length >> 1]),
  };
}

/** raster → (height · width · channels) bytes. */
export function framed(raster: Raster, framing: Framing, look: DatasetLook): Uint8Array {
  const { height, width, channels, crop } = framing;
  const whole = inChannels(raster, channels);
  // An image that the run could have held is not touched.
  if (raster.height === height && raster.width === width && crop === 'whole') return whole.data;
  const seen = matched(whole, framing, look);
  const ground = groundOf(seen);
  if (crop === 'content') return contentOfFitted(seen, framing);
  if (!look.isPlain || ground.plainness < PLAIN) {
    const inside = fitted(seen, framing);
    return placedWhole(inside, groundOf(inside), framing);
  }
  // The dataset was framed by somebody: what is drawn gets the size and the place that its images have.
  if (!isLight(ground)) return contentOfFitted(seen, framing, look.share);
  return contentOfFitted(inverted(seen), framing, look.share).map((value) => 255 - value);
}

function contentOfFitted(raster: Raster, framing: Framing, share?: number): Uint8Array {
  const inside = fitted(raster, { ...framing, crop: 'content' });
  return placedContent(inside, groundOf(inside), framing, share);
}

/** Light or dark as the run's images are, where a ground shows which the picture is. */
function matched(raster: Raster, { polarity }: Framing, look: DatasetLook): Raster {
  const ground = groundOf(raster);
  if (look.isPlain && ground.plainness >= PLAIN) {
    return isLight(ground) === look.isLight ? raster : inverted(raster);
  }
  return polarity === 'invert' || (polarity === 'each' && isLight(ground)) ? inverted(raster) : raster;
}

/** Within the frame; content is sought in a larger picture, and a small one is not enlarged for that. */
function fitted(raster: Raster, { height, width, crop }: Framing): Raster {
  const times = crop === 'content' ? OVERSAMPLING : 1;
  const scale = Math.min((height * times) / raster.height, (width * times) / raster.width);
  if (scale === 1 || (scale > 1 && crop === 'content')) return raster;
  const side = (length: number) => Math.max(1, Math.round(length * scale));
  const box = { top: 0, left: 0, height: raster.height, width: raster.width };
  return resampled(raster, box, side(raster.height), side(raster.width));
}
