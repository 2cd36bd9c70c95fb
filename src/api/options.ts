// What a program may choose about a run: the words of the command line, without its dashes. What is left open takes the defaults
// that the command line has too: run/writing/plan.ts for the run, methods/defaults.ts for the method.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, option, words } from '../core/errors.js';
import { writeFileAtomic } from '../core/files.js';
import type { ReportProgress } from '../core/progress.js';
import { type ColorChoice, type Crop, NO_WISHES, type Polarity } from '../data/framing/framing.js';
import { READING_LIMITS, type ReadingLimits } from '../data/pictures.js';
import type { MethodOptionChoices } from '../methods/defaults.js';
import { checkTag } from '../run/files/folder.js';
import { npyHeader } from '../run/files/npy.js';
import type { RunContext } from '../run/writing/context.js';
import type { TrainRequest } from '../run/writing/plan.js';

/** Pixels in memory. */
export interface PixelArray {
  /** 0 … 255, image by image, in rows, the channels of a pixel together. */
  readonly pixels: Uint8Array;
  /** (images, height, width), or with channels, 1 or 3, behind. */
  readonly shape: readonly number[];
}

/** A file or folder of images, or pixels in memory. */
export type Source = string | PixelArray;

/** How long work is watched, and stopped. */
export interface Watching {
  /** Aborting it stops the work within two seconds, with an InterruptedError; what is done of a training is kept. */
  readonly signal?: AbortSignal;
  readonly onProgress?: ReportProgress;
  /** Called with a line for the person: what was decided, what was skipped. */
  readonly onNotice?: (line: string) => void;
}

/** How pictures are read and brought to one shape. What is left open, a sample of them decides. */
export interface ReadingOptions {
  /** Rows and columns of an image, in pixels. */
  readonly size?: number;
  readonly color?: ColorChoice;
  readonly polarity?: Polarity;
  /** `content`: cut to what a picture shows. */
  readonly framing?: Crop;
  /** What is too large to be read, and patterns of paths that are left out. */
  readonly limits?: Partial<ReadingLimits>;
}

/** Where a run is written. */
export interface Place {
  /** The folder that holds the run's own (default: runs). */
  readonly logDir?: string;
  /** The name of the run's folder (default: the next free one, such as kin-1). */
  readonly tag?: string;
  /** Put the new run in the place of one with this tag. */
  readonly overwrite?: boolean;
}

export interface TrainOptions extends Watching, ReadingOptions, Place, MethodOptionChoices {
  /** As many kinds as this; left out, as many as the images show (kin), or 10. */
  readonly numClusters?: number;
  /** An ONNX model whose vectors the images are compared by. */
  readonly encoder?: string;
  /** A .npy, .npz or .parquet of vectors, a row an image. */
  readonly features?: string;
  /** Throw an InputError where a picture cannot be read, instead of skipping it. */
  readonly strict?: boolean;
  /** Where labels are, for scoring alone. */
  readonly labelsFrom?: TrainRequest['labelsFrom'];
  /** Write what TensorBoard's projector shows. */
  readonly tensorboardEmbedding?: boolean;
}

/** What `options` ask of a training on `sources`. Throws an InputError for options that cannot stand together. */
export function trainWishes(
  sources: Source | readonly Source[],
  options: TrainOptions,
): Partial<TrainRequest> {
  const { encoder, features, numClusters, strict, labelsFrom, tensorboardEmbedding } = options;
  if (encoder !== undefined && features !== undefined) {
    throw new InputError(
      words`${option('encoder')} and ${option('features')} both bring vectors. Leave one of them out.`,
    );
  }
  const { method, seed, threads, network, training, clustering, quality, networkEpochs } = options;
  const clusters = numClusters === undefined ? clustering : { ...clustering, numClusters };
  const place = placeOf(options);
  return {
    ...place,
    sources: locationsOf(sources, place.logDir),
    ...readingOf(options),
    vectors:
      encoder !== undefined
        ? { kind: 'encoder', path: encoder }
        : features !== undefined
          ? { kind: 'features', path: features }
          : undefined,
    strict,
    labelsFrom,
    tensorboardEmbedding,
    options: { method, seed, threads, network, training, clustering: clusters, quality, networkEpochs },
  };
}

export function placeOf({ logDir = 'runs', tag, overwrite = false }: Place) {
  if (overwrite && tag === undefined) {
    throw new InputError(
      words`${option('overwrite')} got no ${option('tag')} to say which run. Name one, or leave it out.`,
    );
  }
  if (tag !== undefined) checkTag(tag);
  return { logDir, tag: tag ?? null, overwrite };
}

export function readingOf({ size, color, polarity, framing, limits }: ReadingOptions) {
  return {
    framing: {
      size: size ?? NO_WISHES.size,
      color: color ?? NO_WISHES.color,
      polarity: polarity ?? NO_WISHES.polarity,
      crop: framing ?? NO_WISHES.crop,
    },
    limits: { ...READING_LIMITS, ...limits },
  };
}

export function contextOf({ signal, onProgress, onNotice }: Watching): RunContext {
  return {
    report: onProgress ?? (() => {}),
    signal: signal ?? new AbortController().signal,
    notice: onNotice,
  };
}

/**
 * Where the sources lie. Pixels in memory are kept beside the runs, as an array named by its content: what learns from a run later, grows
 * or shows it, reads them there.
 */
export function locationsOf(sources: Source | readonly Source[], logDir: string): string[] {
  const all = Array.isArray(sources) ? (sources as readonly Source[]) : [sources as Source];
  return all.map((source) => (typeof source === 'string' ? source : keptArray(source, logDir)));
}

function keptArray({ pixels, shape }: PixelArray, logDir: string): string {
  const values = shape.reduce((product, side) => product * side, 1);
  const isPicture = shape.length === 3 || (shape.length === 4 && (shape[3] === 1 || shape[3] === 3));
  if (!isPicture || values !== pixels.length) {
    throw new InputError(
      `The pixels have the shape (${shape.join(', ')}) and are ${pixels.length}: give as many as (images, height, width) or (images, height, width, 1 or 3) come to.`,
    );
  }
  const header = npyHeader('|u1', shape);
  const name = createHash('sha256').update(header).update(pixels).digest('hex').slice(0, 16);
  const path = join(logDir, `pixels-${name}.npy`);
  if (!existsSync(path)) {
    mkdirSync(logDir, { recursive: true });
    writeFileAtomic(path, header, pixels);
  }
  return path;
}
