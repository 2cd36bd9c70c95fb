// A classifier in onnxruntime-web, the WebAssembly runtime of browsers, here inside Node.
import * as runtime from 'onnxruntime-web/wasm';

export interface WebClassification {
  readonly cluster: number[];
  readonly confidence: number[];
}

/** `images` (n, height, width, channels) uint8 through `model`. */
export async function classifyInWebRuntime(
  model: Uint8Array,
  images: Uint8Array,
  shape: readonly number[],
): Promise<WebClassification> {
  // Its worker threads would outlive the test.
  runtime.env.wasm.numThreads = 1;
  const session = await runtime.InferenceSession.create(model, { executionProviders: ['wasm'] });
  const tensor = new runtime.Tensor('uint8', Uint8Array.from(images), shape);
  const { cluster, confidence } = await session.run({ images: tensor }, ['cluster', 'confidence']);
  await session.release();
  return {
    cluster: Array.from(cluster.data as BigInt64Array, Number),
    confidence: Array.from(confidence.data as Float32Array),
  };
}
