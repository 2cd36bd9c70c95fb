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
export function heaviside(x: Value): Value {
  return value({ kind: 'heaviside' }, [x], x.shape);
}

/** 1 / (1 + e⁻ˣ). */
export function sigmoid(x: Value): Value {
  return value({ kind: 'sigmoid' }, [x], x.shape);
}

/** a + b of equal shapes; b may be a scalar, or a row (c) for a's last axis. So also the next three. */
export function add(a: Value, b: Value): Value {
  // A row that was widened for this sum alone is added as a row: one pass less over the images.
  if (b.operation.kind === 'broadcast') return elementwise('add', a, b.inputs[0]);
  if (a.operation.kind === 'broadcast') return elementwise('add', b, a.inputs[0]);
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

/** The row x (c) for every element of the other axes: (…, c). */
export function broadcast(x: Value, shape: Shape): Value {
  require(isRowOf(x.shape, shape), 'broadcast', `a row for ${describe(shape)}`, x);
  return value({ kind: 'broadcast' }, [x], shape);
}

/** The largest of every 2 × 2 pixels: (n, h, w, c) → (n, ⌊h/2⌋, ⌊w/2⌋, c); an odd last row or column is left out. */
export function maxPool(x: Value): Value {
  require(x.shape.length === 4 && x.shape[1] > 1 && x.shape[2] > 1, 'maxPool', 'images of 2 × 2 or more', x);
  const [images, height, width, channels] = x.shape;
  return value({ kind: 'maxPool' }, [x], [images, Math.floor(height / 2), Math.floor(width / 2), channels]);
}

/** Gradient of Σ maxPool(x)·dy in x: dy (n, ⌊h/2⌋, ⌊w/2⌋, c) where the largest stood (the first of equals). */
export function maxPoolGradient(x: Value, dy: Value): Value {
  const { shape } = maxPool(x);
  require(equalShapes(shape, dy.shape), 'maxPoolGradient', `dy ${describe(shape)}`, x, dy);
  return value({ kind: 'maxPoolGradient' }, [x, dy], x.shape);
}

/** eˣ / Σ eˣ over the last axis. */
export function softmax(x: Value): Value {
  return value({ kind: 'softmax' }, [x], x.shape);
}

/** −Σ targets · log softmax(x) over all rows → (); x and targets (n, k), the targets of a row sum to 1. */
export function crossEntropy(x: Value, targets: Value): Value {
  require(x.shape.length === 2 &&
    equalShapes(x.shape, targets.shape), 'crossEntropy', 'equal matrices', x, targets);
  return value({ kind: 'crossEntropy' }, [x, targets], []);
}

/** The elements of the vector x from `offset` on, as `shape`. */
export function slice(x: Value, offset: number, shape: Shape): Value {
  const end = offset + sizeOf(shape);
  require(x.shape.length === 1 && end <= x.shape[0], 'slice', `a vector of ${end} or more`, x);
  return value({ kind: 'slice', offset }, [x], shape);
}

/** The elements of all `values`, one value after the other, as one vector. */
export function concatenate(values: readonly Value[]): Value {
  const length = values.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return value({ kind: 'concatenate' }, values, [length]);
}

/**
 * Bilinear samples of x (n, h, w, c) at grid (n, h', w', 2): points (x, y), where −1 and 1 are the centres of the
 * first and last column or row; zero outside → (n, h', w', c).
 */
export function gridSample(x: Value, grid: Value): Value {
  const fits = x.shape.length === 4 && grid.shape.length === 4 && grid.shape[3] === 2;
  require(fits && x.shape[0] === grid.shape[0], 'gridSample', 'images and a grid for each', x, grid);
  return value({ kind: 'gridSample' }, [x, grid], [...grid.shape.slice(0, 3), x.shape[3]]);
}

/**
 * The sum of x over all workers that do a step together, each with its share of the images; x itself where one worker is
 * alone. ∂loss/∂x is a sum over the workers too: each one's loss depends on everybody's x.
 */
export function allReduceSum(x: Value): Value {
  return value({ kind: 'allReduceSum' }, [x], x.shape);
}

/** Geometry of a convolution over the places where the whole kernel lies inside the image, one pixel apart. */
export function insideGeometry(height: number, width: number, kernel: number): ConvolutionGeometry {
  const [outHeight, outWidth] = [height - kernel + 1, width - kernel + 1];
  return { height, width, outHeight, outWidth, kernel, stride: 1, padding: 0 };
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
  const fits = equalShapes(a.shape, b.shape) || b.shape.length === 0 || isRowOf(b.shape, a.shape);
  require(fits, kind, 'equal shapes, or a scalar or a row on the right', a, b);
  return value({ kind }, [a, b], a.shape);
}

function equalShapes(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** Whether `row` (c) can stand for the last axis of `shape`. */
export function isRowOf(row: Shape, shape: Shape): boolean {
  return row.length === 1 && shape.length > 1 && row[0] === shape[shape.length - 1];
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
