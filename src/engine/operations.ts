// The operations, with their shape rules. n is the batch; images are (n, height, width, channels); a shape
// that does not fit throws a RangeError that says what was wanted and what came.
//
// Only operations that a model or an optimizer of ours uses are here.
import {
  ANY,
  type ConvolutionGeometry,
  describe,
  type Operation,
  type Shape,
  sizeOf,
  type Value,
} from './program.js';

function value(operation: Operation, inputs: readonly Value[], shape: Shape): Value {
  return { operation, inputs, shape, type: 'float32' };
}

function require(condition: boolean, operation: string, wanted: string, ...got: readonly Value[]): void {
  if (condition) return;
  throw new RangeError(
    `${operation}: wanted ${wanted}, got ${got.map((v) => describe(v.shape)).join(' and ')}`,
  );
}

/** x uint8, any shape → x / 255. */
export function pixels(x: Value): Value {
  if (x.type !== 'uint8') throw new RangeError(`pixels: wanted uint8, got ${x.type}`);
  return value({ kind: 'pixels' }, [x], x.shape);
}

export interface Transposes {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** a (n, k) · b (k, m) + bias (m) → (n, m). Either factor may be stored transposed; the bias is optional. */
export function matmul(a: Value, b: Value, bias: Value | null = null, transposes: Transposes = {}): Value {
  const { transposeA = false, transposeB = false } = transposes;
  require(a.shape.length === 2 && b.shape.length === 2, 'matmul', 'two matrices', a, b);
  const [rows, inner] = transposeA ? [a.shape[1], a.shape[0]] : a.shape;
  const [innerB, columns] = transposeB ? [b.shape[1], b.shape[0]] : b.shape;
  require(inner === innerB, 'matmul', `equal inner lengths, not ${inner} and ${innerB}`, a, b);
  requireBias('matmul', bias, columns);
  return value({ kind: 'matmul', transposeA, transposeB }, withBias([a, b], bias), [rows, columns]);
}

/**
 * Convolution: x (n, height, width, c) with kernel (k, k, c, o) and bias (o) → (n, outHeight, outWidth, o),
 * y[i, j] = Σ_{u,v} x[i·stride + u − padding, j·stride + v − padding] · kernel[u, v].
 */
export function convolution(
  x: Value,
  kernel: Value,
  bias: Value | null,
  geometry: ConvolutionGeometry,
): Value {
  const { height, width, outHeight, outWidth } = geometry;
  const [, , channels, outChannels] = requireKernel('convolution', kernel, geometry);
  requireImages('convolution', x, height, width, channels);
  requireBias('convolution', bias, outChannels);
  const shape = [x.shape[0], outHeight, outWidth, outChannels];
  return value({ kind: 'convolution', geometry }, withBias([x, kernel], bias), shape);
}

/**
 * The transpose (adjoint) of `convolution` in x: from y (n, outHeight, outWidth, o) with the same kernel
 * (k, k, c, o) back to (n, height, width, c), plus bias (c).
 */
export function transposedConvolution(
  y: Value,
  kernel: Value,
  bias: Value | null,
  geometry: ConvolutionGeometry,
): Value {
  const { height, width, outHeight, outWidth } = geometry;
  const [, , channels, outChannels] = requireKernel('transposedConvolution', kernel, geometry);
  requireImages('transposedConvolution', y, outHeight, outWidth, outChannels);
  requireBias('transposedConvolution', bias, channels);
  const shape = [y.shape[0], height, width, channels];
  return value({ kind: 'transposedConvolution', geometry }, withBias([y, kernel], bias), shape);
}

/** Gradient of Σ convolution(x, kernel)·dy in the kernel: x (n, h, w, c), dy (n, oh, ow, o) → (k, k, c, o). */
export function kernelGradient(x: Value, dy: Value, geometry: ConvolutionGeometry): Value {
  requireImages('kernelGradient', x, geometry.height, geometry.width, x.shape[3]);
  requireImages('kernelGradient', dy, geometry.outHeight, geometry.outWidth, dy.shape[3]);
  const shape = [geometry.kernel, geometry.kernel, x.shape[3], dy.shape[3]];
  return value({ kind: 'kernelGradient', geometry }, [x, dy], shape);
}

/** max(x, 0). */
export function relu(x: Value): Value {
  return value({ kind: 'relu' }, [x], x.shape);
}

/** 1 where x > 0, else 0. */
export function step(x: Value): Value {
  return value({ kind: 'step' }, [x], x.shape);
}

/** 1 / (1 + e⁻ˣ). */
export function sigmoid(x: Value): Value {
  return value({ kind: 'sigmoid' }, [x], x.shape);
}

/** a + b of equal shapes; b may be a scalar. So also the next three. */
export function add(a: Value, b: Value): Value {
  return elementwise('add', a, b);
}

export function subtract(a: Value, b: Value): Value {
  return elementwise('subtract', a, b);
}

export function multiply(a: Value, b: Value): Value {
  return elementwise('multiply', a, b);
}

export function divide(a: Value, b: Value): Value {
  return elementwise('divide', a, b);
}

/** √x, for x ≥ 0. */
export function squareRoot(x: Value): Value {
  return value({ kind: 'squareRoot' }, [x], x.shape);
}

/** factor · x. */
export function scale(x: Value, factor: number): Value {
  return value({ kind: 'scale', factor }, [x], x.shape);
}

/** The sum over every axis but the last: (n, c) or (n, h, w, c) → (c). */
export function columnSum(x: Value): Value {
  require(x.shape.length >= 2, 'columnSum', 'at least two axes', x);
  return value({ kind: 'columnSum' }, [x], [x.shape[x.shape.length - 1]]);
}

/** Σ x² over all elements → (). */
export function sumOfSquares(x: Value): Value {
  return value({ kind: 'sumOfSquares' }, [x], []);
}

/** The same elements in another shape, of either type; a batch of ANY stays the first extent. */
export function reshape(x: Value, shape: Shape): Value {
  const any = x.shape[0] === ANY;
  const fits = any
    ? shape[0] === ANY && sizeOf(x.shape.slice(1)) === sizeOf(shape.slice(1))
    : sizeOf(x.shape) === sizeOf(shape);
  require(fits, 'reshape', `as many elements as ${describe(shape)}`, x);
  return { ...value({ kind: 'reshape' }, [x], shape), type: x.type };
}

/**
 * Geometry of a convolution with a square kernel of odd side that keeps the borders: output pixel (i, j) is
 * centred on input pixel (i·stride, j·stride), so there are ⌈height/stride⌉ × ⌈width/stride⌉ of them.
 */
export function centredGeometry(
  height: number,
  width: number,
  kernel: number,
  stride: number,
): ConvolutionGeometry {
  const [outHeight, outWidth] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  return { height, width, outHeight, outWidth, kernel, stride, padding: (kernel - 1) / 2 };
}

function elementwise(kind: 'add' | 'subtract' | 'multiply' | 'divide', a: Value, b: Value): Value {
  const equal =
    a.shape.length === b.shape.length && a.shape.every((extent, axis) => extent === b.shape[axis]);
  require(equal || b.shape.length === 0, kind, 'equal shapes or a scalar on the right', a, b);
  return value({ kind }, [a, b], a.shape);
}

function withBias(inputs: readonly Value[], bias: Value | null): readonly Value[] {
  return bias === null ? inputs : [...inputs, bias];
}

function requireBias(operation: string, bias: Value | null, length: number): void {
  if (bias === null) return;
  require(bias.shape.length === 1 && bias.shape[0] === length, operation, `a bias of ${length}`, bias);
}

function requireKernel(operation: string, kernel: Value, { kernel: side }: ConvolutionGeometry): Shape {
  const { shape } = kernel;
  const fits = shape.length === 4 && shape[0] === side && shape[1] === side;
  require(fits, operation, `a kernel (${side}, ${side}, channels, out channels)`, kernel);
  return shape;
}

function requireImages(operation: string, x: Value, height: number, width: number, channels: number): void {
  const [, h, w, c] = x.shape;
  const fits = x.shape.length === 4 && h === height && w === width && c === channels;
  require(fits, operation, `images (n, ${height}, ${width}, ${channels})`, x);
}
