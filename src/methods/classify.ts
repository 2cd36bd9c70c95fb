// A run's classifier.onnx on images: what `predict`, `eval` and the test metrics all are.
import type { Images } from '../data/source.js';
import { runModel } from '../engine/model-runner.js';
import { IMAGES } from './classifier.js';
import type { MethodContext } from './found-kinds.js';

export interface Classified {
  /** (n): the kind of each image. */
  readonly assignment: Int32Array;
  /** (n), 0 … 1. */
  readonly confidence: Float32Array;
  /** (n): false where the image lies farther from its kind than the images that the kind was found in. */
  readonly known: readonly boolean[];
}

export async function classify(
  classifier: Uint8Array,
  images: Images,
  threads: number,
  context: MethodContext,
): Promise<Classified> {
  const { height, width, channels, data, count } = images;
  const rows = { inputName: IMAGES, shape: [height, width, channels], data, count };
  const outputs = (['cluster', 'confidence', 'known'] as const).map((name) => ({ name, columns: 1 }));
  const { cluster, confidence, known } = await runModel(classifier, rows, outputs, {
    threads,
    stage: 'classify',
    unit: 'images',
    ...context,
  });
  return {
    assignment: Int32Array.from(cluster),
    confidence,
    known: Array.from(known, (value) => value === 1),
  };
}
