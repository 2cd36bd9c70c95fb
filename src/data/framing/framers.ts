// Pictures → images of one shape, some at a time. Plain files are read, decoded and framed by threads of their own, all
// others by libvips' threads; a small dataset is done before threads would have started.
import { availableParallelism } from 'node:os';
import type { Raster } from '../../core/pictures/raster.js';
import { openWorkerTeam, type WorkerTeam } from '../../core/workers.js';
import { decodeOther, decodePicture, UnreadablePictureError } from '../decoding/decode.js';
import { openGate } from '../decoding/libvips.js';
import { type DecodeOptions, mayBePlain } from '../decoding/plain-picture.js';
import type { EncodedPicture, Picture, ReadingLimits } from '../pictures.js';
import { CONTENT_OVERSAMPLING, type Framing, frameRaster, isFramedAlready } from './framing.js';

export type Framed =
  | { readonly id: string; readonly pixels: Uint8Array }
  | { readonly id: string; readonly reason: string };

export interface Framers {
  /** One answer a picture, in their order. */
  frame(pictures: readonly Picture[]): Promise<readonly Framed[]> | readonly Framed[];
  /** Ends the threads. */
  close(): Promise<void>;
}

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

export function openFramers(framing: Framing, limits: ReadingLimits): Framers {
  const decoding = decodeOptions(framing, limits);
  const threads = Math.min(availableParallelism(), MOST_THREADS);
  let queue: Queue | null = null;
  const gate = openGate();
  let isFirst = true;

  function frame(pictures: readonly Picture[]): Promise<readonly Framed[]> | readonly Framed[] {
    const files = pictures.filter(isPlainFile);
    if (files.length > 0 && !isFirst && threads > 1) {
      queue ??= openQueue({ framing, decoding }, threads);
      return frameByThreads(pictures, files, queue);
    }
    if (files.length > 0) isFirst = false;
    const framed = pictures.map((picture) => frameHere(picture, decodePicture));
    return framed.some((each) => each instanceof Promise) ? Promise.all(framed) : (framed as Framed[]);
  }

  async function frameByThreads(
    pictures: readonly Picture[],
    files: readonly EncodedPicture[],
    { ask }: Queue,
  ): Promise<readonly Framed[]> {
    const answer = await ask(files.map(({ file }) => file));
    const done = new Map(files.map((picture, index) => [picture as Picture, answer[index]]));
    return Promise.all(
      pictures.map((picture) => {
        const pixels = done.get(picture);
        // Those that the thread gave back need not be tried again.
        if (!pixels) return frameHere(picture, pixels === null ? decodeLeft : decodePicture);
        return { id: picture.id, pixels };
      }),
    );
  }

  function frameHere(picture: Picture, decode: typeof decodePicture): Framed | Promise<Framed> {
    const { id } = picture;
    if (picture.kind === 'unreadable') return { id, reason: picture.reason };
    if (picture.kind === 'pixels' && isFramedAlready(picture, framing)) return { id, pixels: picture.data };
    const decoded =
      picture.kind === 'pixels' ? decode(picture, decoding) : gate.through(() => decode(picture, decoding));
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
    async close() {
      gate.close();
      await queue?.close();
    },
  };
}

function isPlainFile(picture: Picture): picture is EncodedPicture {
  return picture.kind === 'encoded' && mayBePlain(picture.file);
}

function decodeLeft(picture: Parameters<typeof decodePicture>[0], options: DecodeOptions): Promise<Raster> {
  return picture.kind === 'encoded' ? decodeOther(picture, options) : decodePicture(picture, options);
}

interface Queue {
  ask(files: FilesToFrame): Promise<FramedFiles>;
  close(): Promise<void>;
}

/** Hands each request to a thread that has nothing to do, or to the next one that has. */
function openQueue(task: FramingTask, threads: number): Queue {
  const team: WorkerTeam<FilesToFrame, FramedFiles> = openWorkerTeam(
    new URL('./worker.js', import.meta.url),
    Array.from({ length: threads }, () => task),
  );
  const idle = Array.from({ length: threads }, (_, index) => index);
  const waiting: ((worker: number) => void)[] = [];
  return {
    async ask(files) {
      const worker = idle.pop() ?? (await new Promise<number>((resolve) => waiting.push(resolve)));
      try {
        return await team.ask(worker, files);
      } finally {
        const next = waiting.shift();
        if (next === undefined) idle.push(worker);
        else next(worker);
      }
    },
    close: () => team.close(),
  };
}

function decodeOptions(framing: Framing, limits: ReadingLimits): DecodeOptions {
  const { height, width, channels, crop, ranges, alphaGround } = framing;
  const how = { channels, limits, ranges, alphaGround };
  if (crop === 'whole') return { ...how, box: { height, width, enlarge: true } };
  // Content is sought in a picture that is larger than the image; a small one is taken as it is.
  const times = CONTENT_OVERSAMPLING;
  return { ...how, box: { height: height * times, width: width * times, enlarge: false } };
}
