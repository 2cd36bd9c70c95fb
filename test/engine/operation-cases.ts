// One or more examples of every operation: odd sizes, images that are not square, sides that the stride does
// not divide, and batches around the chunks of 32 images in which convolutions are computed.
import {
  add,
  centredGeometry,
  columnSum,
  convolution,
  divide,
  kernelGradient,
  matmul,
  multiply,
  pixels,
  relu,
  reshape,
  scale,
  sigmoid,
  squareRoot,
  step,
  subtract,
  sumOfSquares,
  transposedConvolution,
} from '#kindred/engine/operations.js';
import {
  byteInput,
  type ConvolutionGeometry,
  constant,
  input,
  type OperationKind,
  type Shape,
  sizeOf,
  type Value,
} from '#kindred/engine/program.js';
import { bytes, normals } from '../support/numbers.js';
import type { Feed } from '../support/program.js';

export interface OperationCase {
  readonly kind: OperationKind;
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly output: Value;
  readonly feed: Feed;
}

type Adjust = (value: number) => number;

function operationCase(
  kind: OperationKind,
  note: string,
  shapes: readonly Shape[],
  build: (...inputs: Value[]) => Value,
  adjust: Adjust = (value) => value,
): OperationCase {
  const inputs = shapes.map((shape, index) => input(`input${index}`, shape));
  const name = `${kind} ${note}`;
  const feed = Object.fromEntries(
    shapes.map((shape, index) => [`input${index}`, normals(sizeOf(shape), `${name} ${index}`).map(adjust)]),
  );
  return { kind, name, inputs, output: build(...inputs), feed };
}

/** Away from zero, where a kink or a pole would make finite differences meaningless. */
const positive: Adjust = (value) => Math.abs(value) + 0.5;
const awayFromZero: Adjust = (value) => value + Math.sign(value) * 0.1;

function matmulCases(): OperationCase[] {
  const [rows, inner, columns] = [5, 7, 3];
  return [false, true].flatMap((transposeA) =>
    [false, true].flatMap((transposeB) =>
      [false, true].map((withBias) => {
        const shapes: Shape[] = [
          transposeA ? [inner, rows] : [rows, inner],
          transposeB ? [columns, inner] : [inner, columns],
        ];
        if (withBias) shapes.push([columns]);
        const note = `A${transposeA ? 'ᵀ' : ''}·B${transposeB ? 'ᵀ' : ''}${withBias ? ' + bias' : ''}`;
        return operationCase('matmul', note, shapes, (a, b, bias) =>
          matmul(a, b, bias ?? null, { transposeA, transposeB }),
        );
      }),
    ),
  );
}

interface ConvolutionExample {
  readonly images: number;
  readonly channels: number;
  readonly outChannels: number;
  readonly geometry: ConvolutionGeometry;
}

/** A geometry that is not centred: a kernel of even side, no border before the image. */
const UNCENTRED: ConvolutionGeometry = {
  height: 6,
  width: 9,
  outHeight: 3,
  outWidth: 4,
  kernel: 2,
  stride: 2,
  padding: 0,
};

export const CONVOLUTION_EXAMPLES: readonly ConvolutionExample[] = [
  { images: 1, channels: 1, outChannels: 3, geometry: centredGeometry(7, 5, 3, 1) },
  { images: 33, channels: 1, outChannels: 2, geometry: centredGeometry(6, 5, 5, 2) },
  { images: 70, channels: 1, outChannels: 1, geometry: centredGeometry(5, 4, 3, 2) },
  { images: 1, channels: 3, outChannels: 2, geometry: centredGeometry(6, 9, 5, 2) },
  { images: 33, channels: 2, outChannels: 3, geometry: centredGeometry(5, 6, 3, 2) },
  { images: 70, channels: 3, outChannels: 4, geometry: centredGeometry(4, 3, 3, 1) },
  { images: 2, channels: 4, outChannels: 1, geometry: centredGeometry(8, 7, 5, 1) },
  { images: 3, channels: 2, outChannels: 3, geometry: centredGeometry(7, 8, 5, 3) },
  { images: 3, channels: 2, outChannels: 2, geometry: UNCENTRED },
];

function convolutionCases(): OperationCase[] {
  return CONVOLUTION_EXAMPLES.flatMap((example) => {
    const { images, channels, outChannels, geometry } = example;
    const { height, width, outHeight, outWidth, kernel: side, stride } = geometry;
    const x: Shape = [images, height, width, channels];
    const y: Shape = [images, outHeight, outWidth, outChannels];
    const kernel: Shape = [side, side, channels, outChannels];
    const note = `${images} × ${height}×${width}, ${channels} → ${outChannels}, ${side}×${side}, stride ${stride}`;
    return [
      operationCase('convolution', note, [x, kernel], (a, k) => convolution(a, k, null, geometry)),
      operationCase('convolution', `${note}, bias`, [x, kernel, [outChannels]], (a, k, bias) =>
        convolution(a, k, bias, geometry),
      ),
      operationCase('transposedConvolution', note, [y, kernel], (a, k) =>
        transposedConvolution(a, k, null, geometry),
      ),
      operationCase('transposedConvolution', `${note}, bias`, [y, kernel, [channels]], (a, k, bias) =>
        transposedConvolution(a, k, bias, geometry),
      ),
      operationCase('kernelGradient', note, [x, y], (a, dy) => kernelGradient(a, dy, geometry)),
    ];
  });
}

/** An operation between two convolutions, where tensors stay in chunks. */
function chunkedCases(): OperationCase[] {
  const geometry = centredGeometry(5, 4, 3, 2);
  const shapes: Shape[] = [
    [33, 5, 4, 2],
    [3, 3, 2, 3],
    [33, 3, 2, 3],
  ];
  const chunked = (kind: OperationKind, build: (image: Value, plain: Value) => Value, adjust?: Adjust) =>
    operationCase(
      kind,
      'of a convolution',
      shapes,
      (x, k, z) => build(convolution(x, k, null, geometry), z),
      adjust,
    );
  return [
    chunked('relu', (x, z) => add(relu(x), z)),
    chunked('sigmoid', (x, z) => add(sigmoid(x), z)),
    chunked('add', (x, z) => add(x, z)),
    chunked('subtract', (x, z) => subtract(z, x)),
    chunked('multiply', (x, z) => multiply(x, z)),
    chunked('divide', (x, z) => divide(x, z), positive),
    chunked('squareRoot', (x, z) => multiply(squareRoot(x), z), positive),
    chunked('scale', (x, z) => subtract(scale(x, -1.5), z)),
    chunked('reshape', (x, z) => subtract(reshape(x, [33, 18]), reshape(z, [33, 18]))),
    chunked('sumOfSquares', (x, z) => sumOfSquares(add(x, z))),
    chunked('columnSum', (x, z) => columnSum(multiply(x, z))),
    chunked('step', (x, z) => multiply(step(x), z)),
    operationCase('multiply', 'by a scalar, of a convolution', [...shapes, []], (x, k, z, factor) =>
      add(multiply(convolution(x, k, null, geometry), factor), z),
    ),
  ];
}

function pixelsCase(): OperationCase {
  const image = byteInput('input0', [3, 11]);
  const feed = { input0: bytes(33, 'pixels') };
  return { kind: 'pixels', name: 'pixels', inputs: [image], output: pixels(image), feed };
}

function constantCase(): OperationCase {
  const fixed = constant(normals(15, 'constant'), [3, 5]);
  return operationCase('constant', '(3, 5)', [[3, 5]], (x) => subtract(x, fixed));
}

const MATRIX: Shape = [5, 7];

export const OPERATION_CASES: readonly OperationCase[] = [
  operationCase('input', 'doubled', [MATRIX], (x) => add(x, x)),
  constantCase(),
  pixelsCase(),
  ...matmulCases(),
  ...convolutionCases(),
  operationCase('relu', '', [MATRIX], relu, awayFromZero),
  operationCase('step', '', [MATRIX], step),
  operationCase('sigmoid', '', [MATRIX], sigmoid),
  operationCase('add', '', [MATRIX, MATRIX], add),
  operationCase('subtract', '', [MATRIX, MATRIX], subtract),
  operationCase('multiply', '', [MATRIX, MATRIX], multiply),
  operationCase('divide', '', [MATRIX, MATRIX], divide, positive),
  operationCase('add', 'a scalar', [MATRIX, []], add),
  operationCase('subtract', 'a scalar', [MATRIX, []], subtract),
  operationCase('multiply', 'by a scalar', [MATRIX, []], multiply),
  operationCase('divide', 'by a scalar', [MATRIX, []], divide, positive),
  operationCase('squareRoot', '', [MATRIX], squareRoot, positive),
  operationCase('scale', 'by −2.5', [MATRIX], (x) => scale(x, -2.5)),
  operationCase('columnSum', 'of a matrix', [MATRIX], columnSum),
  operationCase('columnSum', 'of images', [[3, 2, 5, 4]], columnSum),
  operationCase('sumOfSquares', 'of a matrix', [MATRIX], sumOfSquares),
  operationCase('sumOfSquares', 'of images', [[3, 2, 5, 4]], sumOfSquares),
  operationCase('reshape', '(5, 7) → (7, 5)', [MATRIX], (x) => reshape(x, [7, 5])),
  operationCase('reshape', 'images → rows', [[3, 2, 5, 4]], (x) => reshape(x, [3, 40])),
  ...chunkedCases(),
];
