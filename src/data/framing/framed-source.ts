// Pictures of any size → a source of images of one shape: read, decoded and framed on all cores, in order, with
// a bounded number under way, so that a dataset of any length needs constant memory. Plain files are read, decoded and framed by
// threads of their own, all others by libvips' threads; a small dataset is done before threads would have started.
import { availableParallelism } from 'node:os';
import { stopIfAborted, unlessAborted } from '../../core/abort.js';
import { requireCounts } from '../../core/errors.js';
import { openGate } from '../../core/gate.js';
import type { Raster } from '../../core/pictures/raster.js';
import { openWorkerTeam, type WorkerTeam } from '../../core/workers.js';
import { decodeOther, decodePicture, UnreadablePictureError } from '../decoding/decode.js';
import { PICTURES_AT_ONCE } from '../decoding/libvips.js';
import { type DecodeOptions, mayBePlain } from '../decoding/plain-picture.js';
import {
  type EncodedPicture,
  type Picture,
  type PictureSource,
  READING_LIMITS,
  type ReadingLimits,
} from '../pictures.js';
import type { ImageSource, Images, OnSkipped } from '../source.js';
import { CONTENT_OVERSAMPLING, type Framing, frameRaster, isFramedAlready } from './framing.js';

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
    requireCounts({ batchSize });
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

/** An image, or why there is none. */
type Framed =
  | { readonly id: string; readonly pixels: Uint8Array }
  | { readonly id: string; readonly reason: string };

/** What each thread has to know. */
export interface FramingTask {
  readonly framing: Framing;
  readonly decoding: DecodeOptions;
}

/** Paths, or the bytes of files that lie inside another one. */
export type FilesToFrame = readonly (string | Uint8Array)[];
/** (files, height · width · channels); null for what was left to others. */
export type FramedFiles = readonly (Uint8Array | null)[];

/** More readers than this wait for the one thread that takes their images. */
const MOST_THREADS = 8;

function openFramers(framing: Framing, limits: ReadingLimits) {
  const decoding = decodeOptions(framing, limits);
  const gate = openGate(PICTURES_AT_ONCE);
  const threads = Math.min(availableParallelism(), MOST_THREADS);
  const threadGate = openGate(threads);
  let team: WorkerTeam<FilesToFrame, FramedFiles> | undefined;
  let isFirst = true;

  /** One answer a picture, in their order. */
  function frame(pictures: readonly Picture[]): Promise<readonly Framed[]> | readonly Framed[] {
    const files = pictures.filter(isPlainFile);
    if (files.length > 0 && !isFirst && threads > 1) return frameByThreads(pictures, files);
    if (files.length > 0) isFirst = false;
    const answers = pictures.map((picture) => frameHere(picture));
    return answers.some((each) => each instanceof Promise) ? Promise.all(answers) : (answers as Framed[]);
  }

  async function frameByThreads(
    pictures: readonly Picture[],
    files: readonly EncodedPicture[],
  ): Promise<readonly Framed[]> {
    const task: FramingTask = { framing, decoding };
    team ??= openWorkerTeam(new URL('./worker.js', import.meta.url), new Array(threads).fill(task));
    const { ask } = team;
    const named = files.map(({ file }) => file);
    const answer = await threadGate.through((thread) => ask(thread, named));
    const done = new Map(files.map((picture, index) => [picture as Picture, answer[index]]));
    return Promise.all(
      pictures.map((picture) => {
        const pixels = done.get(picture);
        // Those that the thread gave back need not be tried again.
        if (!pixels) return frameHere(picture, pixels === null);
        return { id: picture.id, pixels };
      }),
    );
  }

  function frameHere(picture: Picture, isLeft = false): Framed | Promise<Framed> {
    const { id } = picture;
    if (picture.kind === 'unreadable') return { id, reason: picture.reason };
    if (picture.kind === 'encoded') {
      return framed(
        id,
        gate.through(() => (isLeft ? decodeOther : decodePicture)(picture, decoding)),
      );
    }
    if (isFramedAlready(picture, framing)) return { id, pixels: picture.data };
    return framed(id, decodePicture(picture, decoding));
  }

  function framed(id: string, decoded: Promise<Raster>): Promise<Framed> {
    return decoded.then(
      (raster) => ({ id, pixels: frameRaster(raster, framing) }),
      (error: unknown) => {
        if (error instanceof UnreadablePictureError) return { id, reason: error.message };
        throw error;
      },
    );
  }

  return {
    frame,
    /** Ends the threads. */
    async close() {
      gate.close();
      threadGate.close();
      await team?.close();
    },
  };
}

function isPlainFile(picture: Picture): picture is EncodedPicture {
  return picture.kind === 'encoded' && mayBePlain(picture.file);
}

function decodeOptions(framing: Framing, limits: ReadingLimits): DecodeOptions {
  const { height, width, channels, crop, ranges, alphaGround } = framing;
  const how = { channels, limits, ranges, alphaGround };
  if (crop === 'whole') return { ...how, box: { height, width, enlarge: true } };
  // Content is sought in a picture that is larger than the image; a small one is taken as it is.
  const times = CONTENT_OVERSAMPLING;
  return { ...how, box: { height: height * times, width: width * times, enlarge: false } };
}
