// A run's classifier.onnx and encoder.onnx on images: what `predict`, `eval` and the test metrics all are.
import { InputError } from '../core/errors.js';
import { type Matrix, matrix } from '../core/matrix.js';
import { sharedBytes } from '../core/shared-memory.js';
import { type ImageShape, type Images, pixelsPerImage } from '../data/source.js';
import { openModelRunner, runModel } from '../engine/runtime/model-runner.js';
import type { ModelRows } from '../engine/runtime/model-runner-worker.js';
import { createSession, floatValues, hostTensor } from '../engine/runtime/session.js';
import { IMAGES } from './classifier.js';
import type { MethodContext } from './found-kinds.js';
import { VECTORS } from './kin/kin-classifier.js';

export interface Classified {
  /** (n): the kind of each image. */
  readonly assignment: Int32Array;
  /** (n), 0 … 1. */
  readonly confidence: Float32Array;
  /** (n): false where the image lies farther from its kind than the images that the kind was found in. */
  readonly known: readonly boolean[];
}

/** Some images of a stream, classified. */
export interface ClassifiedBatch extends Classified {
  readonly ids: readonly string[];
}

const OUTPUTS = (['cluster', 'confidence', 'known'] as const).map((name) => ({ name, columns: 1 }));
const STAGE = { stage: 'classify', unit: 'images' } as const;

export async function classify(
  classifier: Uint8Array,
  images: Images,
  threads: number,
  context: MethodContext,
): Promise<Classified> {
  return judged(await runModel(classifier, rowsOf(images), OUTPUTS, { threads, ...STAGE, ...context }));
}

/** The code of each image, by an encoder.onnx: (n, columns), in shared memory. */
export async function encodeImages(
  encoder: Uint8Array,
  columns: number,
  images: Images,
  threads: number,
  context: MethodContext,
): Promise<Matrix> {
  const outputs = [{ name: 'code', columns }] as const;
  const options = { threads, ...STAGE, stage: 'encode', ...context };
  const { code } = await runModel(encoder, rowsOf(images), outputs, options);
  return matrix(images.count, columns, code);
}

/** Images as the rows of the models that a run exports. */
function rowsOf({ height, width, channels, data, count }: Omit<Images, 'ids'>): ModelRows {
  return { inputName: IMAGES, shape: [height, width, channels], data, count };
}

/** Images of one shape that come batch by batch. */
export interface ImageStream {
  readonly shape: ImageShape;
  /** Null where nobody knows before the end. */
  readonly count: number | null;
  batches(batchSize: number): AsyncIterable<Images>;
}

const MOST_AT_ONCE = 8192;
const LEAST_AT_ONCE = 64;
/** Bytes of images that are in memory at once, twice: those that are read and those that are classified. */
const BYTES_AT_ONCE = 2 ** 24;

/** Every batch of a stream, classified while the next one is read. Memory does not grow with the stream. */
export async function* classifyStream(
  classifier: Uint8Array,
  { shape, count: total, batches }: ImageStream,
  threads: number,
  { report, signal }: MethodContext,
): AsyncGenerator<ClassifiedBatch> {
  const size = pixelsPerImage(shape);
  const atOnce = Math.min(MOST_AT_ONCE, Math.max(LEAST_AT_ONCE, Math.floor(BYTES_AT_ONCE / size)));
  const data = sharedBytes(atOnce * size);
  const rows = rowsOf({ ...shape, data, count: atOnce });
  const runner = openModelRunner(classifier, rows, OUTPUTS, { threads, signal });
  let done = 0;
  try {
    report({ ...STAGE, done, total });
    for await (const batch of oneAhead(batches(atOnce))) {
      data.set(batch.data);
      const before = done;
      const outputs = await runner.run(batch.count, (inBatch) =>
        report({ ...STAGE, done: before + inBatch, total }),
      );
      done += batch.count;
      yield { ids: batch.ids, ...judged(outputs) };
    }
    if (done !== total) report({ ...STAGE, done, total: done });
  } finally {
    await runner.close();
  }
}

function judged(outputs: Readonly<Record<(typeof OUTPUTS)[number]['name'], Float32Array>>): Classified {
  return {
    assignment: Int32Array.from(outputs.cluster),
    confidence: outputs.confidence.slice(),
    known: Array.from(outputs.known, (value) => value === 1),
  };
}

/** vectors (n, d) → their kinds, by a classifier of vectors that were made elsewhere. Throws an InputError for another d. */
export async function classifyVectorRows(classifier: Uint8Array, vectors: Matrix): Promise<Classified> {
  const { data, rows, columns } = vectors;
  const session = await createSession(classifier);
  try {
    const [{ shape }] = session.inputs;
    if (shape[1] !== columns) {
      throw new InputError(
        `The vectors have ${columns} numbers, where the run's had ${shape[1]}: make them the same way.`,
      );
    }
    const outputs = await session.run({ [VECTORS]: hostTensor(data.slice(), [rows, columns]) });
    return {
      assignment: Int32Array.from(outputs.cluster.data as BigInt64Array, Number),
      confidence: floatValues(outputs.confidence).slice(),
      known: Array.from(outputs.known.data as Uint8Array, (value) => value === 1),
    };
  } finally {
    await session.release();
  }
}

/** The items of a stream, of which the next is being made while one is used. */
async function* oneAhead<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  const ask = () => {
    const asked = iterator.next();
    // It is awaited in its turn; until then a failure is not one that nobody handles.
    asked.catch(() => {});
    return asked;
  };
  try {
    let upcoming = ask();
    for (;;) {
      const { done, value } = await upcoming;
      if (done) return;
      upcoming = ask();
      yield value;
    }
  } finally {
    await iterator.return?.();
  }
}
