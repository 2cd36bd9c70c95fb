// Rasters of any size → images of one shape. How is decided once for a dataset (data/framing/choose-framing.ts) and kept with the
// run, so that new images are brought to the same shape in the same way.
//
// Whole: the picture fits into the image, its aspect kept, centred, the rest filled with its own ground. Content: what
// stands out of a plain ground fits into 20/28 of the image and its centre of mass goes to the middle, as
// MNIST was made (LeCun, Bottou, Bengio & Haffner 1998, section III-A).
import { groundOf, isLight } from '../../core/pictures/ground.js';
import { inverted, placedContent, placedWhole } from '../../core/pictures/placing.js';
import type { Raster } from '../../core/pictures/raster.js';
import type { ValueRanges } from '../decoding/depth.js';
import type { AlphaGround } from '../decoding/transparency.js';
import type { ImageShape } from '../source.js';

export const POLARITIES = ['keep', 'invert', 'each'] as const;
export const CROPS = ['whole', 'content'] as const;

/** `each`: inverted where the picture's own ground is light. */
export type Polarity = (typeof POLARITIES)[number];
/** `whole`: the whole picture, in the middle of its own ground. `content`: cut to what stands out of a plain ground, centred by mass. */
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
/** `auto`: colour where more than a tenth of the pictures have some. */
export type ColorChoice = (typeof COLORS)[number];

/** What a person chose; null: the sample decides. */
export interface FramingChoices {
  /** Rows and columns of an image. */
  readonly size: number | null;
  readonly color: ColorChoice;
  readonly polarity: Polarity | null;
  readonly crop: Crop | null;
}

export const NO_FRAMING_CHOICES: FramingChoices = { size: null, color: 'auto', polarity: null, crop: null };

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
  const isInverted = framing.polarity === 'invert' || (framing.polarity === 'each' && isLight(ground));
  const seen = isInverted ? inverted(raster) : raster;
  const seenGround = isInverted ? { ...ground, values: ground.values.map((value) => 255 - value) } : ground;
  return framing.crop === 'whole'
    ? placedWhole(seen, seenGround, framing)
    : placedContent(seen, seenGround, framing);
}
