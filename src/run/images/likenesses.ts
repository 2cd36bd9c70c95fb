// Small likenesses of whole pictures, whatever part of them is framed.
import { stopIfAborted } from '../../core/abort.js';
import type { Raster } from '../../core/pictures/raster.js';
import { resampledValues } from '../../core/pictures/resample.js';
import type { ReportProgress } from '../../core/progress.js';
import { decodePicture, UnreadablePictureError } from '../../data/decoding/decode.js';
import type { DecodeOptions } from '../../data/decoding/plain-picture.js';
import type { Framing } from '../../data/framing/framing.js';
import type { EncodedPicture, PictureSource, PixelPicture, ReadingLimits } from '../../data/pictures.js';
import { BLOCKS, LIKENESS_PIXELS, LIKENESS_SIDE, type Likenesses } from '../../methods/findings/likeness.js';
import { luma } from '../../methods/findings/picture-difference.js';

/** How pictures are read once more. */
export interface ReadingAgain {
  readonly framing: Framing;
  readonly limits: ReadingLimits;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly report: ReportProgress;
}

/** One of the images that are looked for. */
interface PictureAgain {
  readonly image: number;
  readonly picture: EncodedPicture | PixelPicture;
}

/** The pictures of the images `wanted`, but for what cannot be opened. Throws an InterruptedError when the signal aborts. */
export async function* picturesAgain(
  source: PictureSource,
  ids: readonly string[],
  wanted: Iterable<number>,
  { signal }: Pick<ReadingAgain, 'signal'>,
): AsyncGenerator<PictureAgain> {
  const imageOf = new Map(Array.from(wanted, (image) => [ids[image], image]));
  for await (const picture of source.pictures()) {
    stopIfAborted(signal);
    const image = imageOf.get(picture.id);
    if (image !== undefined && picture.kind !== 'unreadable') yield { image, picture };
  }
}

/** In colour, as large as `box` asks, or as it is; null where it cannot be read. */
export async function decodedAgain(
  picture: PictureAgain['picture'],
  { framing: { ranges, alphaGround }, limits }: ReadingAgain,
  box: DecodeOptions['box'],
): Promise<Raster | null> {
  try {
    return await decodePicture(picture, { channels: 3, box, limits, ranges, alphaGround });
  } catch (error) {
    if (error instanceof UnreadablePictureError) return null;
    throw error;
  }
}

/** Larger pictures are decoded at a fraction of their size, which differs from format to format: it must not be small. */
const BOX = { height: 8 * LIKENESS_SIDE, width: 8 * LIKENESS_SIDE, enlarge: false };
/** A picture's red, green and blue by blocks. */
const COLOURS = 3 * BLOCKS ** 2;
/** Pictures in work at once: libvips decodes on threads of its own. */
const AT_ONCE = 8;

/** Of the images `wanted` that can be read, in the order of `images`. Throws an InterruptedError when the signal aborts. */
export async function readLikenesses(
  source: PictureSource,
  ids: readonly string[],
  wanted: readonly number[],
  how: ReadingAgain,
): Promise<Likenesses & { readonly images: readonly number[] }> {
  const images: number[] = [];
  const aspects: number[] = [];
  const grey = new Float32Array(wanted.length * LIKENESS_PIXELS);
  const colours = new Float32Array(wanted.length * COLOURS);
  let waiting: PictureAgain[] = [];
  const read = async () => {
    const looks = await Promise.all(waiting.map(({ picture }) => look(picture, how)));
    waiting.forEach(({ image }, place) => {
      const seen = looks[place];
      if (seen === null) return;
      grey.set(seen.grey, images.length * LIKENESS_PIXELS);
      colours.set(seen.colours, images.length * COLOURS);
      aspects.push(seen.aspect);
      images.push(image);
    });
    waiting = [];
    how.report({ stage: 'copies', done: images.length, total: wanted.length, unit: 'images' });
  };
  for await (const each of picturesAgain(source, ids, wanted, how)) {
    waiting.push(each);
    if (waiting.length === AT_ONCE) await read();
  }
  if (waiting.length > 0) await read();
  return {
    images,
    grey: grey.subarray(0, images.length * LIKENESS_PIXELS),
    colours: colours.subarray(0, images.length * COLOURS),
    aspects: Float64Array.from(aspects),
  };
}

async function look(picture: PictureAgain['picture'], how: ReadingAgain) {
  const raster = await decodedAgain(picture, how, BOX);
  if (raster === null) return null;
  return { grey: greyOf(raster), colours: coloursOf(raster), aspect: raster.width / raster.height };
}

/** Of a picture in colour. */
function greyOf(raster: Raster): Float32Array {
  const values = resampledValues(raster, wholeOf(raster), LIKENESS_SIDE, LIKENESS_SIDE);
  return Float32Array.from({ length: LIKENESS_PIXELS }, (_, at) =>
    luma(values[3 * at], values[3 * at + 1], values[3 * at + 2]),
  );
}

function coloursOf(raster: Raster): Float32Array {
  const values = resampledValues(raster, wholeOf(raster), BLOCKS, BLOCKS);
  return Float32Array.from(
    { length: COLOURS },
    (_, at) => values[3 * (at % BLOCKS ** 2) + Math.floor(at / BLOCKS ** 2)],
  );
}

function wholeOf({ height, width }: Raster) {
  return { top: 0, left: 0, height, width };
}
