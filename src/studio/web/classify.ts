// The run's own models in the page: classifier.onnx says the kind, encoder.onnx the code whose nearest images the server
// finds. Loaded when Try is opened, for ONNX Runtime's compiled part is large.
import { env, InferenceSession, Tensor } from 'onnxruntime-web/wasm';
import type { ImageShape } from '../../data/source.js';
import { fetchBytes, runPath } from './api.js';

export interface Classified {
  /** Kind of the run as it was found, before any edit. */
  readonly kind: number;
  readonly confidence: number;
  /** Is it like the images of that kind at all? */
  readonly isKnown: boolean;
  readonly code: readonly number[];
}

export interface Classifier {
  /** (height · width · channels) bytes of one image. */
  classify(pixels: Uint8Array): Promise<Classified>;
  close(): Promise<void>;
}

export async function openClassifier(tag: string, shape: ImageShape): Promise<Classifier> {
  // One image is answered at once; threads of its own would load the page's code again.
  env.wasm.numThreads = 1;
  const open = async (name: string) =>
    InferenceSession.create(await fetchBytes(runPath(tag, 'model', `${name}.onnx`)), {
      executionProviders: ['wasm'],
    });
  const classifier = await open('classifier');
  const encoder = await open('encoder');
  const { height, width, channels } = shape;
  return {
    async classify(pixels) {
      const images = new Tensor('uint8', pixels, [1, height, width, channels]);
      const { cluster, confidence, known } = await classifier.run({ images });
      const { code } = await encoder.run({ images });
      return {
        kind: Number(cluster.data[0]),
        confidence: Number(confidence.data[0]),
        isKnown: known === undefined || Boolean(known.data[0]),
        code: Array.from(code.data as Float32Array),
      };
    },
    async close() {
      await classifier.release();
      await encoder.release();
    },
  };
}
