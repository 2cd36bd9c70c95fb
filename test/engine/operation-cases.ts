// One or more examples of every operation: odd sizes, images that are not square, sides that the stride does
// not divide, and batches around the chunks of 32 images in which convolutions are computed.
import {
  add,
  allReduceSum,
  broadcast,
  centredGeometry,
  columnSum,
  concatenate,
  convolution,
  crossEntropy,
  divide,
  gridSample,
  heaviside,
  insideGeometry,
  kernelGradient,
  matmul,
  maxPool,
  maxPoolGradient,
  multiply,
  pixels,
  relu,
  reshape,
  scale,
  sigmoid,
  slice,
  softmax,
  squareRoot,
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
  { images: 33, channels: 2, outChannels: 3, geometry: insideGeometry(6, 5, 3) },
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
    chunked('heaviside', (x, z) => multiply(heaviside(x), z)),
    operationCase('multiply', 'by a scalar, of a convolution', [...shapes, []], (x, k, z, factor) =>
      add(multiply(convolution(x, k, null, geometry), factor), z),
    ),
  ];
}

/** Row operands, of whole matrices and of images in chunks, of few channels and of many. */
function rowCases(): OperationCase[] {
  const geometry = centredGeometry(4, 4, 3, 1);
  const kinds = { add, subtract, multiply, divide };
  return (['add', 'subtract', 'multiply', 'divide'] as const).flatMap((kind) => {
    const adjust = kind === 'divide' ? positive : undefined;
    return [
      operationCase(kind, 'a row', [MATRIX, [7]], (x, row) => kinds[kind](x, row), adjust),
      operationCase(kind, 'a long row', [[4, 300], [300]], (x, row) => kinds[kind](x, row), adjust),
      operationCase(
        kind,
        'a row, of a convolution',
        [[33, 4, 4, 2], [3, 3, 2, 3], [3]],
        (x, kernel, row) => kinds[kind](convolution(x, kernel, null, geometry), row),
        adjust,
      ),
      operationCase(
        kind,
        'a widened row',
        [MATRIX, [7]],
        (x, row) => kinds[kind](x, broadcast(row, MATRIX)),
        adjust,
      ),
    ];
  });
}

/** Pooling of whole images, and of convolutions: of even sides (computed in quarters) and of odd ones. */
function poolingCases(): OperationCase[] {
  const ofConvolution = (note: string, images: number, geometry: ConvolutionGeometry) => {
    const { height, width, kernel: side } = geometry;
    const shapes: Shape[] = [
      [images, height, width, 2],
      [side, side, 2, 3],
      [images, Math.floor(geometry.outHeight / 2), Math.floor(geometry.outWidth / 2), 3],
    ];
    return operationCase('maxPool', `of a convolution, ${note}`, shapes, (x, kernel, z) =>
      multiply(maxPool(convolution(x, kernel, null, geometry)), z),
    );
  };
  const bothUses = centredGeometry(4, 4, 3, 1);
  const oneChannel = centredGeometry(6, 4, 3, 1);
  return [
    operationCase('maxPool', 'of images', [[3, 4, 6, 2]], maxPool),
    operationCase('maxPool', 'of odd images', [[2, 5, 7, 3]], maxPool),
    ofConvolution('even', 33, insideGeometry(8, 6, 3)),
    ofConvolution('even, one chunk', 4, centredGeometry(4, 6, 3, 1)),
    ofConvolution('odd', 33, insideGeometry(7, 8, 3)),
    ofConvolution('stride 2', 3, centredGeometry(8, 7, 5, 2)),
    operationCase(
      'maxPool',
      'of a convolution that is used otherwise too',
      [
        [2, 4, 4, 2],
        [3, 3, 2, 1],
      ],
      (x, k) => {
        const y = convolution(x, k, null, bothUses);
        return add(maxPool(y), maxPool(relu(y)));
      },
    ),
    operationCase(
      'maxPool',
      'of a convolution of one channel',
      [
        [33, 6, 4, 1],
        [3, 3, 1, 2],
      ],
      (x, k) => maxPool(convolution(x, k, null, oneChannel)),
    ),
    operationCase(
      'maxPool',
      'twice, with convolutions between',
      [
        [33, 8, 8, 2],
        [3, 3, 2, 3],
        [3, 3, 3, 2],
      ],
      (x, k, l) => {
        const pooled = maxPool(convolution(x, k, null, centredGeometry(8, 8, 3, 1)));
        return maxPool(convolution(pooled, l, null, bothUses));
      },
    ),
    operationCase(
      'maxPoolGradient',
      'of images',
      [
        [3, 4, 5, 2],
        [3, 2, 2, 2],
      ],
      maxPoolGradient,
    ),
  ];
}

/** Classification: targets that sum to 1 in each row, and are given. */
function classificationCases(): OperationCase[] {
  const targets = constant(Float32Array.of(0, 1, 0, 0.25, 0.25, 0.5, 1, 0, 0, 0, 0, 1), [4, 3]);
  return [
    operationCase('softmax', '', [[4, 3]], softmax),
    operationCase('crossEntropy', '', [[4, 3]], (x) => crossEntropy(x, targets)),
    operationCase('crossEntropy', 'of large scores', [[4, 3]], (x) => crossEntropy(scale(x, 20), targets)),
  ];
}

/** Points inside the image and around it: ±1 are the centres of the border pixels. */
const samplingPoint: Adjust = (value) => 0.7 * value;

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
  operationCase('heaviside', '', [MATRIX], heaviside),
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
  operationCase('broadcast', 'to a matrix', [[7]], (row) => broadcast(row, MATRIX)),
  operationCase('broadcast', 'to images', [[4]], (row) => broadcast(row, [3, 2, 5, 4])),
  operationCase('slice', 'of a vector', [[20]], (x) => slice(x, 3, [4, 2])),
  operationCase('allReduceSum', 'of a worker alone', [MATRIX], allReduceSum),
  operationCase('concatenate', 'three values', [[2, 3], [4], []], (...values) => concatenate(values)),
  operationCase(
    'gridSample',
    'of one channel',
    [
      [3, 6, 5, 1],
      [3, 4, 3, 2],
    ],
    gridSample,
    samplingPoint,
  ),
  operationCase(
    'gridSample',
    'of three channels',
    [
      [2, 5, 5, 3],
      [2, 5, 5, 2],
    ],
    gridSample,
    samplingPoint,
  ),
  ...rowCases(),
  ...poolingCases(),
  ...classificationCases(),
  ...chunkedCases(),
];
