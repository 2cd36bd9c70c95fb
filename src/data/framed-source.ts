// Pictures of any size → a source of images of one shape: read, decoded and framed on all cores, in order, with
// a bounded number under way, so that a pile of any length needs constant memory.
import { type DecodeOptions, decodePicture, UnreadablePictureError } from './decode.js';
import { CONTENT_OVERSAMPLING, type Framing, frameRaster, isFramedAlready } from './framing.js';
import { type Picture, type PictureSource, READING_LIMITS, type ReadingLimits } from './pictures.js';
import type { ImageSource, Images, OnSkipped } from './source.js';

/** Pictures under way at once: enough to keep the decoder's threads busy while one is slow. */
const UNDER_WAY = 32;

/** The images of `pictures`, each framed by `framing`; what cannot be read is skipped and named. */
export function framedSource(
  pictures: PictureSource,
  framing: Framing,
  limits: ReadingLimits = READING_LIMITS,
): ImageSource {
  const { height, width, channels } = framing;
  const shape = { height, width, channels };
  const pixels = height * width * channels;

  async function* batches(batchSize: number, onSkipped: OnSkipped = () => {}): AsyncGenerator<Images> {
    if (!Number.isInteger(batchSize) || batchSize < 1) {
      throw new RangeError(`batches: batchSize is ${batchSize}, wanted an integer from 1`);
    }
    let ids: string[] = [];
    let data = new Uint8Array(batchSize * pixels);
    const batch = (): Images => ({
      ...shape,
      data: data.subarray(0, ids.length * pixels),
      count: ids.length,
      ids,
    });
    for await (const framed of framedInOrder(pictures.pictures(), framing, limits)) {
      if ('reason' in framed) {
        onSkipped(framed);
        continue;
      }
      data.set(framed.pixels, ids.length * pixels);
      ids.push(framed.id);
      if (ids.length < batchSize) continue;
      yield batch();
      ids = [];
      data = new Uint8Array(batchSize * pixels);
    }
    if (ids.length > 0) yield batch();
  }

  const { name, origin, count } = pictures;
  return { name, origin, shape, count, batches };
}

/** The images of pictures that all have one shape, as they are. */
export function imagesAsTheyAre(pictures: PictureSource): ImageSource {
  const { shape } = pictures;
  if (shape === null || (shape.channels !== 1 && shape.channels !== 3)) {
    throw new RangeError(
      `imagesAsTheyAre: the pictures of ${pictures.name} promise no shape of 1 or 3 channels`,
    );
  }
  const { height, width, channels } = shape;
  return framedSource(pictures, { height, width, channels, polarity: 'keep', crop: 'whole' });
}

type Framed =
  | { readonly id: string; readonly pixels: Uint8Array }
  | { readonly id: string; readonly reason: string };

async function* framedInOrder(
  pictures: AsyncIterable<Picture>,
  framing: Framing,
  limits: ReadingLimits,
): AsyncGenerator<Framed> {
  const underWay: (Framed | Promise<Framed>)[] = [];
  for await (const picture of pictures) {
    const framed = framePicture(picture, framing, limits);
    // It is awaited in its turn; until then a failure is not one that nobody handles.
    if (framed instanceof Promise) framed.catch(() => {});
    underWay.push(framed);
    if (underWay.length >= UNDER_WAY) yield await (underWay.shift() as Framed | Promise<Framed>);
  }
  for (const framed of underWay) yield await framed;
}

function framePicture(picture: Picture, framing: Framing, limits: ReadingLimits): Framed | Promise<Framed> {
  const { id } = picture;
  if (picture.kind === 'unreadable') return { id, reason: picture.reason };
  if (picture.kind === 'pixels' && isFramedAlready(picture, framing)) return { id, pixels: picture.data };
  return decodePicture(picture, decodeOptions(framing, limits)).then(
    (raster) => ({ id, pixels: frameRaster(raster, framing) }),
    (error: unknown) => {
      if (error instanceof UnreadablePictureError) return { id, reason: error.message };
      throw error;
    },
  );
}

function decodeOptions({ height, width, channels, crop }: Framing, limits: ReadingLimits): DecodeOptions {
  const times = crop === 'content' ? CONTENT_OVERSAMPLING : 1;
  return { channels, limits, box: { height: height * times, width: width * times, enlarge: true } };
}
