import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { InputError } from '../core/errors.js';
import { type FramingWishes, NO_WISHES } from '../data/framing.js';
import { READING_LIMITS, type ReadingLimits } from '../data/pictures.js';
import type { ImageSource, OnSkipped } from '../data/source.js';
import { classifyStream } from '../methods/classify.js';
import type { MethodContext } from '../methods/found-kinds.js';
import { readKinds } from './artefacts.js';
import { type RunCard, readRunCard } from './card.js';
import { openForRun } from './data.js';
import { readModel } from './model-file.js';
import { classifyVectors } from './predict-vectors.js';
import type { PredictedBatch } from './predicted-batch.js';

/** What a run says of the images of a source, as a stream: nothing grows with their number. */
export interface Predictions {
  /** One a kind. */
  readonly names: readonly string[];
  /** In the order of the source. May be asked for once. */
  readonly batches: AsyncIterable<PredictedBatch>;
}

export interface PredictOptions {
  readonly threads?: number;
  readonly limits?: ReadingLimits;
  /** What a person said about ground and framing; the rest is as in the run. */
  readonly framing?: FramingWishes;
  /** Called with a line for the person: what was decided. */
  readonly notice?: (line: string) => void;
  /** Called with each picture that cannot be read. */
  readonly onSkipped?: OnSkipped;
}

/** Classifies the images of `sources` by the run in `folder`. Throws an InputError if either cannot be used. */
export async function predictRun(
  folder: string,
  sources: readonly string[],
  {
    threads = availableParallelism(),
    limits = READING_LIMITS,
    framing = NO_WISHES,
    notice = () => {},
    onSkipped,
  }: PredictOptions,
  context: MethodContext,
): Promise<Predictions> {
  const card = readFinishedCard(folder);
  const names = readKinds(folder).map((kind) => kind.name);
  if (card.vectors !== null) {
    const choices = { limits, threads, onSkipped };
    return { names, batches: classifyVectors(folder, card.vectors.kind, sources, choices, context) };
  }
  const images = await openForRun(card, sources, { limits, wishes: framing, signal: context.signal }, notice);
  return {
    names,
    batches: classifySource(folder, images, threads, context, onSkipped),
  };
}

/** Every image of `source`, framed as the run's were, through its classifier. */
export async function* classifySource(
  folder: string,
  { shape, count, batches }: ImageSource,
  threads: number,
  context: MethodContext,
  onSkipped?: OnSkipped,
): AsyncGenerator<PredictedBatch> {
  const classifier = readModel(join(folder, 'model', 'classifier.onnx'));
  const stream = { shape, count, batches: (size: number) => batches(size, onSkipped, context.signal) };
  for await (const { assignment, ...batch } of classifyStream(classifier, stream, threads, context)) {
    yield { ...batch, cluster: assignment };
  }
}

/** The card of a finished run. Throws an InputError if it is not finished, or not a run. */
export function readFinishedCard(folder: string): RunCard {
  const card = readRunCard(folder);
  if (card.finished) return card;
  throw new InputError(
    `The run ${folder} is not finished: go on with \`kindred train --resume --tag ${card.tag}\` first.`,
  );
}
