// kindred predict: the kinds of new images by a run's own classifier. Where a run's vectors were made elsewhere, new images go through
// the encoder that lies with the run, or new vectors come from a file.

import { availableParallelism } from 'node:os';
import { InputError, option, words } from '../../core/errors.js';
import type { Matrix } from '../../core/matrix.js';
import type { Notice } from '../../core/progress.js';
import type { ReadingOfValues } from '../../data/framing/making.js';
import type { PictureSource, ReadingLimits } from '../../data/pictures.js';
import type { ImageSource, OnSkipped } from '../../data/source.js';
import { type ClassifiedBatch, classifyStream, openVectorClassifier } from '../../methods/classify.js';
import type { MethodContext } from '../../methods/found-kinds.js';
import { openImageEncoder } from '../../methods/vectors/image-encoder.js';
import { readKinds, readModel } from '../files/artefacts.js';
import { type RunCard, readRunCard } from '../files/card.js';
import { type EncodedBatch, encodedPictures } from '../images/encoded-pictures.js';
import { type NewImages, openForRun, openPicturesForRun } from '../images/read-images.js';
import { keptEncoder } from '../images/vectors.js';

/** What a run says of the images of a source, as a stream: nothing grows with their number. */
export interface Predictions {
  /** One a kind. */
  readonly names: readonly string[];
  /** In the order of the source. May be asked for once. */
  readonly batches: AsyncIterable<ClassifiedBatch>;
}

export interface PredictRequest extends NewImages {
  /** All cores, where left out. */
  readonly threads?: number;
  /** Called with a line for the person: what was decided. */
  readonly notice?: Notice;
  /** Called with each picture that cannot be read. */
  readonly onSkipped?: OnSkipped;
}

/** Classifies new images by the run in `folder`. Throws an InputError if either cannot be used. */
export async function predictRun(
  folder: string,
  request: PredictRequest,
  context: MethodContext,
): Promise<Predictions> {
  const { threads = availableParallelism(), notice = () => {}, onSkipped } = request;
  const card = readFinishedCard(folder);
  const names = readKinds(folder).map((kind) => kind.name);
  switch (card.vectors?.kind) {
    case 'features':
      return { names, batches: classifyVectors(folder, storedRows(request.sources)) };
    case 'encoder': {
      const opened = await openPicturesForRun(card, request, notice, context.signal);
      const pictures = { ...opened, limits: request.limits };
      const watch = { ...context, notice, onSkipped };
      return { names, batches: classifyPictures(folder, pictures, threads, watch) };
    }
    default: {
      const images = await openForRun(card, request, notice, context.signal);
      return { names, batches: classifySource(folder, images, threads, context, onSkipped) };
    }
  }
}

/** Every image of `source`, framed as the run's were, through its classifier. */
export async function* classifySource(
  folder: string,
  { shape, count, batches }: ImageSource,
  threads: number,
  context: MethodContext,
  onSkipped?: OnSkipped,
): AsyncGenerator<ClassifiedBatch> {
  const classifier = readModel(folder, 'classifier.onnx');
  const stream = { shape, count, batches: (size: number) => batches(size, onSkipped, context.signal) };
  yield* classifyStream(classifier, stream, threads, context);
}

/** The card of a finished run. Throws an InputError if it is not finished, or not a run. */
export function readFinishedCard(folder: string): RunCard {
  const card = readRunCard(folder);
  if (card.finished) return card;
  throw new InputError(
    `The run ${folder} is not finished: go on with \`kindred train --resume --tag ${card.tag}\` first.`,
  );
}

/** What an encoder is to look at. */
export interface PicturesToEncode {
  readonly pictures: PictureSource;
  /** How deep values and transparent parts are read. */
  readonly framing: ReadingOfValues;
  readonly limits: ReadingLimits;
}

/** Who watches pictures being encoded. */
export interface EncodingContext extends MethodContext, Pick<PredictRequest, 'notice' | 'onSkipped'> {}

/** Every picture through the encoder that lies with the run, and its vector through the run's classifier. */
export function classifyPictures(
  folder: string,
  pictures: PicturesToEncode,
  threads: number,
  context: EncodingContext,
): AsyncGenerator<ClassifiedBatch> {
  return classifyVectors(folder, encodedRows(folder, pictures, threads, context));
}

interface VectorBatch extends Pick<ClassifiedBatch, 'ids'> {
  readonly vectors: Matrix;
}

async function* classifyVectors(
  folder: string,
  rows: AsyncIterable<VectorBatch>,
): AsyncGenerator<ClassifiedBatch> {
  const classifier = await openVectorClassifier(readModel(folder, 'classifier.onnx'));
  try {
    for await (const { vectors, ids } of rows) yield { ids, ...(await classifier.classify(vectors)) };
  } finally {
    await classifier.close();
  }
}

async function* encodedRows(
  folder: string,
  { pictures, framing, limits }: PicturesToEncode,
  threads: number,
  { report, signal, notice = () => {}, onSkipped }: EncodingContext,
): AsyncGenerator<EncodedBatch> {
  const encoder = await openImageEncoder(keptEncoder(folder), threads);
  try {
    const { count: total } = pictures;
    const reading = { limits, values: framing };
    let done = 0;
    const tell = () => report({ stage: 'encode', done, total, unit: 'images' });
    tell();
    for await (const batch of encodedPictures(encoder, pictures, reading, { signal, notice, onSkipped })) {
      yield batch;
      done += batch.ids.length;
      tell();
    }
  } finally {
    await encoder.close();
  }
}

async function* storedRows(sources: readonly string[]): AsyncGenerator<EncodedBatch> {
  const [path, ...more] = sources;
  if (more.length > 0) {
    throw new InputError(
      words`A run of ${option('features')} takes one .npy of vectors, and ${more[0]} is one too many: leave it out.`,
    );
  }
  const { openFeatureFile } = await import('../images/feature-file.js');
  let first = 0;
  for await (const vectors of (await openFeatureFile(path)).blocks()) {
    yield { vectors, ids: Array.from({ length: vectors.rows }, (_, row) => String(first + row)) };
    first += vectors.rows;
  }
}
