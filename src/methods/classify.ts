// A run's classifier.onnx and encoder.onnx on images, or on the vectors that somebody's encoder made of them: what `predict`, `eval`,
// `grow` and the test metrics all are.
import { InputError } from '../core/errors.js';
import { type Matrix, matrix } from '../core/matrix.js';
import { sharedBytes } from '../core/shared-memory.js';
import { type ImageShape, type Images, pixelsPerImage } from '../data/source.js';
import { openModelRunner, runModel } from '../engine/runtime/model-runner.js';
import type { ModelRows } from '../engine/runtime/model-runner-worker.js';
import { createSession, floatValues, hostTensor } from '../engine/runtime/session.js';
import { describeInput, IMAGES } from './classifier.js';
import type { MethodContext } from './found-kinds.js';
import { describeVectors, VECTORS } from './kin/kin-classifier.js';

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

/** What a run's models are asked about, a row an image. */
export interface Asked extends ModelRows {
  readonly type: 'uint8' | 'float32';
  /** For the models' metadata. */
  readonly description: string;
}

/** Images, framed as the run's were. */
export function askedImages(images: Omit<Images, 'ids'>): Asked {
  const { height, width, channels, data, count } = images;
  const shape = [height, width, channels];
  return { inputName: IMAGES, type: 'uint8', shape, data, count, description: describeInput(images) };
}

/** The vectors (n, d) of images, made as the run's were. */
export function askedVectors({ data, rows, columns }: Matrix): Asked {
  const description = describeVectors(columns);
  return { inputName: VECTORS, type: 'float32', shape: [columns], data, count: rows, description };
}

export async function classify(
  classifier: Uint8Array,
  asked: Asked,
  threads: number,
  context: MethodContext,
): Promise<Classified> {
  return judged(await runModel(classifier, asked, OUTPUTS, { threads, ...STAGE, ...context }));
}

/** The output `code` of `model` for each row: (n, columns), in shared memory. */
export async function codesOf(
  model: Uint8Array,
  columns: number,
  asked: Asked,
  threads: number,
  context: MethodContext,
): Promise<Matrix> {
  const outputs = [{ name: 'code', columns }] as const;
  const options = { threads, ...STAGE, stage: 'encode', ...context };
  const { code } = await runModel(model, asked, outputs, options);
  return matrix(asked.count, columns, code);
}

/** Does a classifier of vectors say what it compares them by? Those of before it did cannot grow. */
export async function givesCode(classifier: Uint8Array): Promise<boolean> {
  const session = await createSession(classifier);
  const { outputs } = session;
  await session.release();
  return outputs.some(({ name }) => name === 'code');
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
  const rows = askedImages({ ...shape, data, count: atOnce });
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

export interface VectorClassifier {
  /** vectors (n, d) → their kinds. Throws an InputError for another d than the run's. */
  classify(vectors: Matrix): Promise<Classified>;
  close(): Promise<void>;
}

/** A classifier of vectors that were made elsewhere, for few at a time. `close` must be called. */
export async function openVectorClassifier(classifier: Uint8Array): Promise<VectorClassifier> {
  const session = await createSession(classifier);
  const [{ shape }] = session.inputs;
  return {
    async classify({ data, rows, columns }) {
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
    },
    close: () => session.release(),
  };
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
