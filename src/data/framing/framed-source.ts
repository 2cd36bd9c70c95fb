// Pictures of any size → a source of images of one shape: read, decoded and framed on all cores, in order, with
// a bounded number under way, so that a dataset of any length needs constant memory. Files are read, decoded and framed by threads of
// their own, which ask libvips where they have to; a small dataset is done before threads would have started.
import { availableParallelism } from 'node:os';
import { stopIfAborted, unlessAborted } from '../../core/abort.js';
import { requireCounts } from '../../core/errors.js';
import { openGate } from '../../core/gate.js';
import type { Raster } from '../../core/pictures/raster.js';
import { openWorkerTeam, type WorkerTeam } from '../../core/workers.js';
import { decodePicture, UnreadablePictureError } from '../decoding/decode.js';
import { PICTURES_AT_ONCE } from '../decoding/libvips.js';
import {
  type EncodedPicture,
  type Picture,
  type PictureSource,
  READING_LIMITS,
  type ReadingLimits,
} from '../pictures.js';
import type { ImageSource, Images, OnSkipped } from '../source.js';
import { isFramedAlready } from './framing.js';
import {
  decodeOptions,
  type FilesToFrame,
  type FramedFiles,
  type FramingTask,
  type ImageMaking,
  imageOf,
  isPreparation,
  type ReadingOfValues,
} from './making.js';

/** Pictures that are handed to a thread together. */
const CHUNK = 16;
/** A chunk ends once its files, where they are not read from disk, hold so much. */
const CHUNK_BYTES = 2 ** 22;
/** Enough to keep all threads busy while one of them is slow. */
const CHUNKS_UNDER_WAY = 8;

/** The images of `pictures`, each made as `how` says; what cannot be read is skipped and named. `values`: of a run, for an encoder. */
export function framedSource(
  pictures: PictureSource,
  how: ImageMaking,
  limits: ReadingLimits = READING_LIMITS,
  values: ReadingOfValues = {},
): ImageSource {
  const { height, width, channels } = how;
  const shape = { height, width, channels };
  const pixels = height * width * channels;

  async function* batches(
    batchSize: number,
    onSkipped: OnSkipped = () => {},
    signal?: AbortSignal,
  ): AsyncGenerator<Images> {
    requireCounts({ batchSize });
    let ids: string[] = [];
    let data = new Uint8Array(batchSize * pixels);
    const batch = (): Images => ({
      ...shape,
      data: data.subarray(0, ids.length * pixels),
      count: ids.length,
      ids,
    });
    for await (const chunk of framedInOrder(pictures.pictures(), how, limits, values, signal)) {
      for (const framed of chunk) {
        if (!('pixels' in framed)) {
          if ('reason' in framed) onSkipped(framed);
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

/** A picture that needs no framing, since whoever asks knows what he wants of it: it keeps its place among the others. */
export interface KnownPicture {
  readonly kind: 'known';
  readonly id: string;
}

/**
 * Each picture as an image, or why there is none; chunk by chunk, in their order. Throws an InterruptedError when the
 * signal aborts.
 */
export async function* framedInOrder(
  pictures: AsyncIterable<Picture | KnownPicture>,
  how: ImageMaking,
  limits: ReadingLimits,
  values: ReadingOfValues,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly Framed[]> {
  const framers = openFramers(how, limits, values);
  const underWay: (readonly Framed[] | Promise<readonly Framed[]>)[] = [];
  const start = (chunk: readonly (Picture | KnownPicture)[]) => {
    const framed = framers.frame(chunk);
    // It is awaited in its turn; until then a failure is not one that nobody handles.
    if (framed instanceof Promise) framed.catch(() => {});
    underWay.push(framed);
  };
  const settled = (framed: (typeof underWay)[0]) =>
    framed instanceof Promise ? unlessAborted(framed, signal) : framed;
  try {
    let chunk: (Picture | KnownPicture)[] = [];
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

function heldBytes(picture: Picture | KnownPicture): number {
  return picture.kind === 'encoded' && typeof picture.file !== 'string' ? picture.file.length : 0;
}

/** An image, or why there is none. */
export type Framed =
  | { readonly id: string; readonly pixels: Uint8Array }
  | { readonly id: string; readonly reason: string }
  | KnownPicture;

/** More readers than this wait for the one thread that takes their images. */
const MOST_THREADS = 8;

function openFramers(how: ImageMaking, limits: ReadingLimits, values: ReadingOfValues) {
  const decoding = decodeOptions(how, limits, values);
  const gate = openGate(PICTURES_AT_ONCE);
  const threads = Math.min(availableParallelism(), MOST_THREADS);
  const threadGate = openGate(threads);
  const stopped = new Int32Array(new SharedArrayBuffer(4));
  let team: WorkerTeam<FilesToFrame, FramedFiles> | undefined;
  let isFirst = true;

  /** One answer a picture, in their order. */
  function frame(
    pictures: readonly (Picture | KnownPicture)[],
  ): Promise<readonly Framed[]> | readonly Framed[] {
    const files = pictures.filter((picture) => picture.kind === 'encoded');
    if (files.length > 0 && !isFirst && threads > 1) return frameByThreads(pictures, files);
    if (files.length > 0) isFirst = false;
    const answers = pictures.map(frameHere);
    return answers.some((each) => each instanceof Promise) ? Promise.all(answers) : (answers as Framed[]);
  }

  async function frameByThreads(
    pictures: readonly (Picture | KnownPicture)[],
    files: readonly EncodedPicture[],
  ): Promise<readonly Framed[]> {
    const task: FramingTask = { how, decoding, stopped };
    team ??= openWorkerTeam(new URL('./worker.js', import.meta.url), new Array(threads).fill(task), {
      isInterruptible: false,
    });
    const { ask } = team;
    const answer = await threadGate.through((thread) => ask(thread, files));
    const done = new Map(files.map((picture, index) => [picture as Picture | KnownPicture, answer[index]]));
    return Promise.all(
      pictures.map((picture) => {
        const { id } = picture;
        const made = done.get(picture);
        if (made === undefined) return frameHere(picture);
        return typeof made === 'string' ? { id, reason: made } : { id, pixels: made };
      }),
    );
  }

  function frameHere(picture: Picture | KnownPicture): Framed | Promise<Framed> {
    const { id } = picture;
    if (picture.kind === 'known') return picture;
    if (picture.kind === 'unreadable') return { id, reason: picture.reason };
    if (picture.kind === 'encoded') {
      return framed(
        id,
        gate.through(() => decodePicture(picture, decoding)),
      );
    }
    if (!isPreparation(how) && isFramedAlready(picture, how)) return { id, pixels: picture.data };
    return framed(id, decodePicture(picture, decoding));
  }

  function framed(id: string, decoded: Promise<Raster>): Promise<Framed> {
    return decoded.then(
      (raster) => ({ id, pixels: imageOf(raster, how) }),
      (error: unknown) => {
        if (error instanceof UnreadablePictureError) return { id, reason: error.message };
        throw error;
      },
    );
  }

  return {
    frame,
    /** Ends the threads, each behind the pictures that it has in hand. */
    async close() {
      gate.close();
      threadGate.close();
      Atomics.store(stopped, 0, 1);
      await team?.close();
    },
  };
}
