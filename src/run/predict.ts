// kindred predict: new images through a run's classifier.onnx.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../core/errors.js';
import { type FramingWishes, NO_WISHES } from '../data/framing.js';
import { READING_LIMITS, type ReadingLimits } from '../data/pictures.js';
import { collectImages, type ImageSource } from '../data/source.js';
import { type Classified, classify } from '../methods/classify.js';
import type { MethodContext } from '../methods/found-kinds.js';
import { readKinds } from './artefacts.js';
import { type RunCard, readRunCard } from './card.js';
import { openForRun } from './data.js';
import { reasonOf } from './system-error.js';

/** What a run says of each image of a source. All but `name` have one entry an image. */
export interface Predictions {
  readonly ids: readonly string[];
  readonly cluster: Int32Array;
  /** One a kind. */
  readonly name: readonly string[];
  /** 0 … 1. */
  readonly confidence: Float32Array;
  /** False for an image farther from its kind than the images the kind was found in. */
  readonly known: readonly boolean[];
}

export interface PredictOptions {
  readonly threads?: number;
  readonly limits?: ReadingLimits;
  /** What a person said about ground and framing; the rest is as in the run. */
  readonly framing?: FramingWishes;
  /** Called with a line for the person: what was decided. */
  readonly notice?: (line: string) => void;
}

/** Classifies the images of `sources` by the run in `folder`. Throws an InputError if either does not fit. */
export async function predictRun(
  folder: string,
  sources: readonly string[],
  {
    threads = availableParallelism(),
    limits = READING_LIMITS,
    framing = NO_WISHES,
    notice = () => {},
  }: PredictOptions,
  context: MethodContext,
): Promise<Predictions> {
  const card = readFinishedCard(folder);
  const images = await openForRun(card, sources, { limits, wishes: framing }, notice);
  const { ids, classified } = await classifySource(folder, images, threads, context);
  const { assignment: cluster, confidence, known } = classified;
  return { ids, cluster, name: readKinds(folder).map((kind) => kind.name), confidence, known };
}

/** Every image of `source`, framed as the run's were, through its classifier. */
export async function classifySource(
  folder: string,
  source: ImageSource,
  threads: number,
  context: MethodContext,
): Promise<{ ids: readonly string[]; classified: Classified }> {
  const classifier = readModel(join(folder, 'model', 'classifier.onnx'));
  const images = await collectImages(source);
  return { ids: images.ids, classified: await classify(classifier, images, threads, context) };
}

/** The card of a finished run. Throws an InputError if it is not finished, or not a run. */
export function readFinishedCard(folder: string): RunCard {
  const card = readRunCard(folder);
  if (card.finished) return card;
  throw new InputError(
    `The run ${folder} is not finished: go on with \`kindred train --resume --tag ${card.tag}\` first.`,
  );
}

function readModel(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new InputError(`${path} cannot be read (${reasonOf(error)}): restore it or run again.`);
  }
}
