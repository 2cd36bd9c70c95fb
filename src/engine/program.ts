// A tensor program: values that know how they are computed. Building one computes nothing; it can then be
// differentiated (gradients.ts), given an optimizer (train-step.ts) and written as ONNX (lowering.ts).

/** Extents of a tensor, outermost first. The first may be ANY: a batch of whatever size comes. */
export type Shape = readonly number[];

/** The extent of a batch that is only known when the model runs; such programs can be run, not trained. */
export const ANY = -1;

/** Geometry of a convolution from (height, width) to (outHeight, outWidth); the transposed one goes back. */
export interface ConvolutionGeometry {
  readonly height: number;
  readonly width: number;
  readonly outHeight: number;
  readonly outWidth: number;
  /** Side of the square kernel. */
  readonly kernel: number;
  readonly stride: number;
  /** Zero pixels before the first row and column (and, as far as needed, after the last). */
  readonly padding: number;
}

/** The operation that computes a value from its inputs; operations.ts gives each one's shapes and formula. */
export type Operation =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'constant'; readonly values: Float32Array }
  | { readonly kind: 'pixels' }
  | { readonly kind: 'matmul'; readonly transposeA: boolean; readonly transposeB: boolean }
  | { readonly kind: 'convolution'; readonly geometry: ConvolutionGeometry }
  | { readonly kind: 'transposedConvolution'; readonly geometry: ConvolutionGeometry }
  | { readonly kind: 'kernelGradient'; readonly geometry: ConvolutionGeometry }
  | { readonly kind: 'relu' }
  | { readonly kind: 'heaviside' }
  | { readonly kind: 'sigmoid' }
  | { readonly kind: 'add' }
  | { readonly kind: 'subtract' }
  | { readonly kind: 'multiply' }
  | { readonly kind: 'divide' }
  | { readonly kind: 'squareRoot' }
  | { readonly kind: 'scale'; readonly factor: number }
  | { readonly kind: 'columnSum' }
  | { readonly kind: 'sumOfSquares' }
  | { readonly kind: 'reshape' }
  | { readonly kind: 'broadcast' }
  | { readonly kind: 'maxPool' }
  | { readonly kind: 'maxPoolGradient' }
  | { readonly kind: 'softmax' }
  | { readonly kind: 'crossEntropy' }
  | { readonly kind: 'slice'; readonly offset: number }
  | { readonly kind: 'concatenate' }
  | { readonly kind: 'gridSample' }
  | { readonly kind: 'allReduceSum' };

export type OperationKind = Operation['kind'];

/** A tensor in a program. Identity matters: the same object is computed once. */
export interface Value {
  readonly operation: Operation;
  readonly inputs: readonly Value[];
  readonly shape: Shape;
  readonly type: 'float32' | 'uint8';
}

/** A float32 tensor that is given when the program runs. */
export function input(name: string, shape: Shape): Value {
  return { operation: { kind: 'input', name }, inputs: [], shape, type: 'float32' };
}

/** A uint8 tensor that is given when the program runs: raw pixels. */
export function byteInput(name: string, shape: Shape): Value {
  return { operation: { kind: 'input', name }, inputs: [], shape, type: 'uint8' };
}

/** A tensor fixed in the program. Throws a RangeError if `values` does not fill `shape`. */
export function constant(values: Float32Array, shape: Shape): Value {
  if (values.length !== sizeOf(shape)) {
    throw new RangeError(`constant: ${describe(shape)} needs ${sizeOf(shape)} values, got ${values.length}`);
  }
  return { operation: { kind: 'constant', values }, inputs: [], shape, type: 'float32' };
}

/** Every value that `outputs` need, each once and after its inputs. */
export function topologicalOrder(outputs: readonly Value[]): Value[] {
  const order: Value[] = [];
  const seen = new Set<Value>();
  // An explicit stack: programs are deeper than the call stack likes when an optimizer follows a network.
  const stack: { value: Value; expanded: boolean }[] = [];
  for (const output of [...outputs].reverse()) stack.push({ value: output, expanded: false });
  while (stack.length > 0) {
    const { value, expanded } = stack.pop()!;
    if (expanded) {
      order.push(value);
    } else if (!seen.has(value)) {
      seen.add(value);
      stack.push({ value, expanded: true });
      for (const source of [...value.inputs].reverse()) {
        if (!seen.has(source)) stack.push({ value: source, expanded: false });
      }
    }
  }
  return order;
}

/** Number of elements of a shape without ANY. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** A shape as people write it: `(128, 784)`. */
export function describe(shape: Shape): string {
  return `(${shape.map((extent) => (extent === ANY ? 'any' : extent)).join(', ')})`;
}
