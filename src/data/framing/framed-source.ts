// Pictures of any size → a source of images of one shape: read, decoded and framed on all cores, in order, with
// a bounded number under way, so that a dataset of any length needs constant memory.
import { stopIfAborted, unlessAborted } from '../../core/abort.js';
import { type Picture, type PictureSource, READING_LIMITS, type ReadingLimits } from '../pictures.js';
import type { ImageSource, Images, OnSkipped } from '../source.js';
import { type Framed, openFramers } from './framers.js';
import type { Framing } from './framing.js';

/** Pictures that are handed to a thread together. */
const CHUNK = 16;
/** A chunk ends once its files, where they are not read from disk, hold so much. */
const CHUNK_BYTES = 2 ** 22;
/** Enough to keep all threads busy while one of them is slow. */
const CHUNKS_UNDER_WAY = 8;

/** The images of `pictures`, each framed by `framing`; what cannot be read is skipped and named. */
export function framedSource(
  pictures: PictureSource,
  framing: Framing,
  limits: ReadingLimits = READING_LIMITS,
): ImageSource {
  const { height, width, channels } = framing;
  const shape = { height, width, channels };
  const pixels = height * width * channels;

  async function* batches(
    batchSize: number,
    onSkipped: OnSkipped = () => {},
    signal?: AbortSignal,
  ): AsyncGenerator<Images> {
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
    for await (const chunk of framedInOrder(pictures.pictures(), framing, limits, signal)) {
      for (const framed of chunk) {
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
    }
    if (ids.length > 0) yield batch();
  }

  const { name, origin, count, passedOver } = pictures;
  return { name, origin, shape, count, passedOver, batches };
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

/** The pictures framed, chunk by chunk, in their order. */
async function* framedInOrder(
  pictures: AsyncIterable<Picture>,
  framing: Framing,
  limits: ReadingLimits,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly Framed[]> {
  const framers = openFramers(framing, limits);
  const underWay: (readonly Framed[] | Promise<readonly Framed[]>)[] = [];
  const start = (chunk: readonly Picture[]) => {
    const framed = framers.frame(chunk);
    // It is awaited in its turn; until then a failure is not one that nobody handles.
    if (framed instanceof Promise) framed.catch(() => {});
    underWay.push(framed);
  };
  const settled = (framed: (typeof underWay)[0]) =>
    framed instanceof Promise ? unlessAborted(framed, signal) : framed;
  try {
    let chunk: Picture[] = [];
    let bytes = 0;
    for await (const picture of pictures) {
      stopIfAborted(signal);
      chunk.push(picture);
      bytes += heldBytes(picture);
      if (chunk.length < CHUNK && bytes < CHUNK_BYTES) continue;
      start(chunk);
      chunk = [];
      bytes = 0;
      if (underWay.length >= CHUNKS_UNDER_WAY) yield await settled(underWay.shift() as (typeof underWay)[0]);
    }
    if (chunk.length > 0) start(chunk);
    for (const framed of underWay) yield await settled(framed);
  } finally {
    await framers.close();
  }
}

function heldBytes(picture: Picture): number {
  return picture.kind === 'encoded' && typeof picture.file !== 'string' ? picture.file.length : 0;
}
