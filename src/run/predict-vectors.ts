// kindred predict for a run whose vectors were made elsewhere: new images go through the encoder that lies with the run, or
// new vectors come from a file; the run's classifier takes it from there.
import { join } from 'node:path';
import { InputError, option, words } from '../core/errors.js';
import type { Matrix } from '../core/matrix.js';
import { openSource } from '../data/open.js';
import type { ReadingLimits } from '../data/pictures.js';
import type { OnSkipped } from '../data/source.js';
import { classifyVectorRows } from '../methods/classify.js';
import type { MethodContext } from '../methods/found-kinds.js';
import { openImageEncoder } from '../methods/image-encoder.js';
import type { DescribedVectors } from './card.js';
import { readModel } from './model-file.js';
import type { PredictedBatch } from './predicted-batch.js';
import { encoderInput } from './vectors.js';

interface Choices {
  readonly limits: ReadingLimits;
  readonly threads: number;
  readonly onSkipped?: OnSkipped;
}

/** Throws an InputError if the images, or the rows of vectors, cannot be read. */
export async function* classifyVectors(
  folder: string,
  kind: DescribedVectors['kind'],
  sources: readonly string[],
  choices: Choices,
  context: MethodContext,
): AsyncGenerator<PredictedBatch> {
  const classifier = readModel(join(folder, 'model', 'classifier.onnx'));
  const rows = kind === 'encoder' ? encodedRows(folder, sources, choices, context) : storedRows(sources);
  for await (const { vectors, ids } of rows) {
    const { assignment, ...judged } = await classifyVectorRows(classifier, vectors);
    yield { ids, ...judged, cluster: assignment };
  }
}

interface VectorBatch {
  readonly vectors: Matrix;
  readonly ids: readonly string[];
}

async function* encodedRows(
  folder: string,
  sources: readonly string[],
  { limits, threads, onSkipped }: Choices,
  { report, signal }: MethodContext,
): AsyncGenerator<VectorBatch> {
  const encoder = await openImageEncoder(join(folder, 'model', 'encoder.onnx'), threads);
  try {
    const pictures = await openSource(sources, limits);
    let done = 0;
    for await (const batch of encoderInput(encoder, pictures, limits, onSkipped)) {
      signal.throwIfAborted();
      yield { vectors: await encoder.encode(batch), ids: batch.ids };
      done += batch.count;
      report({ stage: 'encode', done, total: pictures.count, unit: 'images' });
    }
  } finally {
    await encoder.close();
  }
}

async function* storedRows(sources: readonly string[]): AsyncGenerator<VectorBatch> {
  const [path, ...more] = sources;
  if (more.length > 0) {
    throw new InputError(
      words`A run of ${option('features')} takes one .npy of vectors, and ${more[0]} is one too many: leave it out.`,
    );
  }
  const { openFeatureFile } = await import('./feature-file.js');
  let first = 0;
  for await (const vectors of (await openFeatureFile(path)).blocks()) {
    yield { vectors, ids: Array.from({ length: vectors.rows }, (_, row) => String(first + row)) };
    first += vectors.rows;
  }
}
