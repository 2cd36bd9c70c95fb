// kindred predict: new images through a run's classifier.onnx.
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../core/errors.js';
import { openSource } from '../data/open.js';
import { collectImages, type ImageShape, type ImageSource } from '../data/source.js';
import { type Classified, classify } from '../methods/classify.js';
import type { MethodContext } from '../methods/found-kinds.js';
import { readKinds } from './artefacts.js';
import { type RunCard, readRunCard } from './card.js';
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
}

/** Classifies the images of `source` by the run in `folder`. Throws an InputError if either does not fit. */
export async function predictRun(
  folder: string,
  source: string,
  { threads = availableParallelism() }: PredictOptions,
  context: MethodContext,
): Promise<Predictions> {
  const card = readFinishedCard(folder);
  const images = await openSource(source);
  const { ids, classified } = await classifySource(folder, card, images, threads, context);
  const { assignment: cluster, confidence, known } = classified;
  return { ids, cluster, name: readKinds(folder).map((kind) => kind.name), confidence, known };
}

/** Every image of `source` through the run's classifier. Throws an InputError if their shapes differ. */
export async function classifySource(
  folder: string,
  card: RunCard,
  source: ImageSource,
  threads: number,
  context: MethodContext,
): Promise<{ ids: readonly string[]; classified: Classified }> {
  requireShape(card, source);
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

function requireShape({ data, tag }: RunCard, { shape, name }: ImageSource): void {
  const text = ({ height, width, channels }: ImageShape) => `${height} × ${width} × ${channels}`;
  if (text(shape) === text(data)) return;
  throw new InputError(
    `The images of ${name} are ${text(shape)} but run ${tag} was made from ${text(data)}: bring them to that size first.`,
  );
}

function readModel(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new InputError(`${path} cannot be read (${reasonOf(error)}): restore it or run again.`);
  }
}
