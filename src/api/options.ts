// What a program may choose about a run: the words of the command line, without its dashes. What is left open takes the defaults
// that the command line has too: run/writing/plan.ts for the run, methods/defaults.ts for the method.
import { InputError, option, words } from '../core/errors.js';
import type { Notice, ReportProgress } from '../core/progress.js';
import { type ColorChoice, type Crop, NO_FRAMING_CHOICES, type Polarity } from '../data/framing/framing.js';
import { READING_LIMITS, type ReadingLimits } from '../data/pictures.js';
import type { LabelPlace } from '../data/source.js';
import { given, type MethodOptionChoices } from '../methods/choices.js';
import { PHOTO_ENCODER } from '../methods/vectors/photo-encoder.js';
import { checkPlace } from '../run/files/folder.js';
import type { RunContext, TrainRequest } from '../run/writing/plan.js';

/** How long work is watched, and stopped. */
export interface Watching {
  /** Aborting it stops the work within two seconds, with an InterruptedError; what is done of a training is kept. */
  readonly signal?: AbortSignal;
  /** Called often, with how far a stage is. */
  readonly onProgress?: ReportProgress;
  /** Called with a line for the person: what was decided, what was skipped; and the option that decides otherwise, if there is one. */
  readonly onNotice?: Notice;
}

/** How pictures are read and brought to one shape. What is left open, a sample of them decides. */
export interface ReadingOptions {
  /** Rows and columns of an image, in pixels. */
  readonly size?: number;
  /** Kin compares shapes in grey either way. */
  readonly color?: ColorChoice;
  /** Keep the brightness, invert it, or invert each picture whose own ground is light. */
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

/** What a person may choose about a training. */
export interface TrainOptions extends Watching, ReadingOptions, Place, MethodOptionChoices {
  /** As many kinds as this; null: as many as the images show (kin); left out: as the method has it, kin null and the others 10. */
  readonly numClusters?: number | null;
  /** Finish the interrupted run called `tag`, or train its auto-encoder `training.steps` more, on the images that it began with. */
  readonly resume?: boolean;
  /**
   * What the images are compared by: `none`: their outlines; `photo`: what they show, through the encoder in the package; a path: an
   * ONNX model. `auto`, or left out: a look at the images decides between the first two.
   */
  readonly encoder?: string;
  /** A .npy, .npz or .parquet of vectors, a row an image. */
  readonly features?: string;
  /** Throw an InputError where a picture cannot be read, instead of skipping it. */
  readonly strict?: boolean;
  /** Where labels are, for scoring alone. */
  readonly labelsFrom?: LabelPlace;
  /** Write what TensorBoard's projector shows. */
  readonly tensorboardEmbedding?: boolean;
}

/** What `options` ask of a training, whatever its sources. `ofVectors`: they are no pictures. Throws an InputError for options that cannot stand together. */
export function requestOf(options: TrainOptions, ofVectors: boolean): Partial<TrainRequest> {
  const { numClusters, strict, labelsFrom, tensorboardEmbedding, resume } = options;
  const { method, seed, threads, network, training, quality, networkEpochs } = options;
  const clustering = { ...options.clustering, ...given({ numClusters }) };
  return {
    ...placeOf(options),
    ...readingOf(options),
    vectors: vectorsOf(options, ofVectors),
    strict,
    labelsFrom,
    resume,
    tensorboardEmbedding,
    options: { method, seed, threads, network, training, clustering, quality, networkEpochs },
  };
}

/** The words that `encoder` takes beside paths. */
export const ENCODERS = ['auto', 'none', 'photo'] as const;

function vectorsOf(
  { encoder, features }: TrainOptions,
  ofVectors: boolean,
): TrainRequest['vectors'] | undefined {
  const isOpen = encoder === undefined || encoder === 'auto';
  if (features !== undefined && encoder !== undefined && encoder !== 'none') {
    throw new InputError(
      words`${option('encoder')} and ${option('features')} both bring vectors. Leave one of them out.`,
    );
  }
  // Where they lie is known once they are kept.
  if (ofVectors && isOpen && features === undefined) return { kind: 'features', path: '', isSource: true };
  if (ofVectors) {
    const name = features === undefined ? 'encoder' : 'features';
    throw new InputError(words`${option(name)} is for pictures, and the source is vectors. Leave it out.`);
  }
  if (features !== undefined) return { kind: 'features', path: features };
  if (isOpen) return encoder;
  if (encoder === 'none') return null;
  return { kind: 'encoder', path: encoder === 'photo' ? PHOTO_ENCODER : encoder };
}

/** Throws an InputError for a tag that cannot name a folder, or where it is not said which run is to be replaced. */
export function placeOf({ logDir = 'runs', tag, overwrite = false }: Place) {
  const wanted = { tag: tag ?? null, overwrite };
  checkPlace(wanted);
  return { logDir, ...wanted };
}

export function readingOf({ size, color, polarity, framing, limits }: ReadingOptions) {
  return {
    framing: { ...NO_FRAMING_CHOICES, ...given({ size, color, polarity, crop: framing }) },
    limits: { ...READING_LIMITS, ...given(limits) },
  };
}

export function contextOf({ signal, onProgress, onNotice }: Watching): RunContext {
  return {
    report: onProgress ?? (() => {}),
    signal: signal ?? new AbortController().signal,
    notice: onNotice,
  };
}
