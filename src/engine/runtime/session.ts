// The one door to ONNX Runtime: the rest of the house never names it.
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { InputError } from '../../core/errors.js';

type Runtime = typeof import('onnxruntime-node');

/** A tensor that lives in an ordinary (not shared) ArrayBuffer; the runtime reads and writes it in place. */
export type HostTensor = Tensor;
export type TensorMap = Record<string, HostTensor>;

/** What a model says of one of its inputs or outputs. */
export interface TensorInfo {
  readonly name: string;
  /** `float32`, `uint8`, `int64`, … */
  readonly type: string;
  /** An extent that is open is its name. */
  readonly shape: readonly (number | string)[];
}

export interface Session {
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /**
   * Runs the model. Outputs named in `outputs` are written into those tensors; without it every output is
   * new. The calling thread is busy until the model is done: long work belongs in a worker.
   */
  run(inputs: TensorMap, outputs?: TensorMap): Promise<TensorMap>;
  release(): Promise<void>;
}

let loading: Promise<Runtime> | undefined;
let loaded: Runtime | undefined;

/** Loads ONNX Runtime (once). Throws an InputError where it has no build for this machine. */
export async function loadRuntime(): Promise<void> {
  loading ??= import('onnxruntime-node').catch((cause: unknown) => {
    if (process.platform === 'darwin' && process.arch === 'x64') {
      throw new InputError(
        'ONNX Runtime has no build for Macs with an Intel processor: run kindred on Linux, Windows or a Mac with Apple silicon.',
        { cause },
      );
    }
    throw cause;
  });
  loaded = await loading;
}

/**
 * Opens a model from its bytes. `threads` is how many cores one run may use. A quiet one throws its errors and does not write them
 * to standard error too.
 */
export async function createSession(
  model: Uint8Array,
  { threads = 1, isQuiet = false } = {},
): Promise<Session> {
  await loadRuntime();
  const session: InferenceSession = await loaded!.InferenceSession.create(model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: isQuiet ? 4 : 3,
    // Subnormal numbers appear late in training and cost 10–15 % of a step.
    extra: { session: { set_denormal_as_zero: '1', intra_op: { allow_spinning: '0' } } },
  });
  return {
    inputs: tensorInfos(session.inputMetadata),
    outputs: tensorInfos(session.outputMetadata),
    run: (inputs, outputs) => (outputs === undefined ? session.run(inputs) : session.run(inputs, outputs)),
    release: () => session.release(),
  };
}

function tensorInfos(metadata: InferenceSession['inputMetadata']): TensorInfo[] {
  return metadata.flatMap((each) =>
    each.isTensor ? [{ name: each.name, type: each.type, shape: each.shape }] : [],
  );
}

/** A tensor over `data`, without a copy. `data` must not lie in shared memory: the runtime refuses it. */
export function hostTensor(
  data: Float32Array | Uint8Array | BigInt64Array,
  shape: readonly number[],
): HostTensor {
  if (loaded === undefined) throw new Error('hostTensor: call createSession or loadRuntime first');
  const type = data instanceof Float32Array ? 'float32' : data instanceof Uint8Array ? 'uint8' : 'int64';
  return new loaded.Tensor(type, data as Float32Array<ArrayBuffer>, shape);
}

/** The values of a float32 tensor. */
export function floatValues(tensor: HostTensor): Float32Array {
  if (!(tensor.data instanceof Float32Array)) throw new TypeError(`expected float32, got ${tensor.type}`);
  return tensor.data;
}

/** ONNX Runtime's version, such as `1.30.0`. */
export async function runtimeVersion(): Promise<string> {
  await loadRuntime();
  return loaded!.env.versions.node ?? loaded!.env.versions.common;
}

// Large buffers for the runtime, placed so that they do not disturb each other. Every large ArrayBuffer begins
// at the same place of a memory page, and a kernel that reads one array and writes another at equal distances
// modulo 4 KiB stalls on false store-to-load conflicts: an elementwise pass over 13 MB took 8–10 ms
// instead of 2.7. So each buffer here starts at another place of its page.

/** Floats in a page. */
const PAGE = 1024;
/** Floats between the starts of two buffers: not a divisor of a page, and a multiple of a cache line. */
const STRIDE = 144;

/** Makes copies of float vectors; each copy begins at another place of a page than the ones before. */
export function createStaggeredCopier(): (values: Float32Array) => Float32Array {
  let count = 0;
  return (values) => {
    const start = (count++ * STRIDE) % PAGE;
    const copy = new Float32Array(values.length + PAGE).subarray(start, start + values.length);
    copy.set(values);
    return copy;
  };
}
