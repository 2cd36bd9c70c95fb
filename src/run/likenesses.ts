// Small grey likenesses of whole pictures, whatever part of them is framed.
import { stopIfAborted } from '../core/abort.js';
import type { ReportProgress } from '../core/progress.js';
import { decodePicture, UnreadablePictureError } from '../data/decode.js';
import type { Framing } from '../data/framing.js';
import type { EncodedPicture, PictureSource, PixelPicture, ReadingLimits } from '../data/pictures.js';
import type { Raster } from '../data/raster.js';
import { LIKENESS_PIXELS, LIKENESS_SIDE, type Likenesses } from '../methods/likeness.js';

/** How pictures are read once more. */
export interface ReadingAgain {
  readonly framing: Framing;
  readonly limits: ReadingLimits;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly report: ReportProgress;
}

/** Larger pictures are decoded at a fraction of their size. */
const BOX = { height: 4 * LIKENESS_SIDE, width: 4 * LIKENESS_SIDE, enlarge: false };
/** Pictures in work at once: libvips decodes on threads of its own. */
const AT_ONCE = 8;

/** Of the images `wanted` that can be read, in the order of `images`. Throws an InterruptedError when the signal aborts. */
export async function readLikenesses(
  source: PictureSource,
  ids: readonly string[],
  wanted: readonly number[],
  { framing: { ranges, alphaGround }, limits, signal, report }: ReadingAgain,
): Promise<Likenesses & { readonly images: readonly number[] }> {
  const imageOf = new Map(wanted.map((image) => [ids[image], image]));
  const images: number[] = [];
  const aspects: number[] = [];
  const values = new Float32Array(wanted.length * LIKENESS_PIXELS);
  let waiting: { image: number; picture: EncodedPicture | PixelPicture }[] = [];
  const read = async () => {
    const looks = await Promise.all(
      waiting.map(({ picture }) => look(picture, { channels: 3, box: BOX, limits, ranges, alphaGround })),
    );
    waiting.forEach(({ image }, place) => {
      const seen = looks[place];
      if (seen === null) return;
      values.set(seen.values, images.length * LIKENESS_PIXELS);
      aspects.push(seen.aspect);
      images.push(image);
    });
    waiting = [];
    report({ stage: 'copies', done: images.length, total: wanted.length, unit: 'images' });
  };
  for await (const picture of source.pictures()) {
    stopIfAborted(signal);
    const image = imageOf.get(picture.id);
    if (image === undefined || picture.kind === 'unreadable') continue;
    waiting.push({ image, picture });
    if (waiting.length === AT_ONCE) await read();
  }
  if (waiting.length > 0) await read();
  return {
    images,
    values: values.subarray(0, images.length * LIKENESS_PIXELS),
    aspects: Float64Array.from(aspects),
  };
}

async function look(
  picture: EncodedPicture | PixelPicture,
  options: Parameters<typeof decodePicture>[1],
): Promise<{ values: Float32Array; aspect: number } | null> {
  try {
    const raster = await decodePicture(picture, options);
    return { values: shrunk(raster), aspect: raster.width / raster.height };
  } catch (error) {
    if (error instanceof UnreadablePictureError) return null;
    throw error;
  }
}

/** Red, green and blue in the luma that JPEG keeps, whatever it does to colours (ITU-R BT.601). */
const LUMA = [0.299, 0.587, 0.114];

/** Of a picture in colour: the mean luma over the area of each pixel of its likeness; a smaller picture is repeated into it. */
function shrunk({ height, width, data }: Raster): Float32Array {
  const values = new Float32Array(LIKENESS_PIXELS);
  const edge = (place: number, length: number) => Math.floor((place * length) / LIKENESS_SIDE);
  for (let row = 0; row < LIKENESS_SIDE; row++) {
    const top = edge(row, height);
    const bottom = Math.max(top + 1, edge(row + 1, height));
    for (let column = 0; column < LIKENESS_SIDE; column++) {
      const left = edge(column, width);
      const right = Math.max(left + 1, edge(column + 1, width));
      let sum = 0;
      for (let y = top; y < bottom; y++) {
        for (let at = 3 * (y * width + left); at < 3 * (y * width + right); at += 3) {
          sum += LUMA[0] * data[at] + LUMA[1] * data[at + 1] + LUMA[2] * data[at + 2];
        }
      }
      values[row * LIKENESS_SIDE + column] = sum / ((bottom - top) * (right - left));
    }
  }
  return values;
}
