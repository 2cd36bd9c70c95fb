// A classifier in onnxruntime-web, the WebAssembly runtime of browsers, here inside Node.
import * as runtime from 'onnxruntime-web/wasm';

export interface WebClassification {
  readonly cluster: number[];
  readonly confidence: number[];
}

/** Images of `shape` as the input `name` of `model`. */
export async function classifyInWebRuntime(
  model: Uint8Array,
  images: Uint8Array | Float32Array,
  shape: readonly number[],
  name = 'images',
): Promise<WebClassification> {
  // Its worker threads would outlive the test.
  runtime.env.wasm.numThreads = 1;
  const session = await runtime.InferenceSession.create(model, { executionProviders: ['wasm'] });
  const tensor =
    images instanceof Uint8Array
      ? new runtime.Tensor('uint8', Uint8Array.from(images), shape)
      : new runtime.Tensor('float32', Float32Array.from(images), shape);
  const { cluster, confidence } = await session.run({ [name]: tensor }, ['cluster', 'confidence']);
  await session.release();
  return {
    cluster: Array.from(cluster.data as BigInt64Array, Number),
    confidence: Array.from(confidence.data as Float32Array),
  };
}
