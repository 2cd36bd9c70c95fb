// Which shapes every operation takes and gives, and what it says about the others.
import { describe, expect, it } from 'vitest';
import {
  add,
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
import { ANY, byteInput, constant, describe as describeShape, input } from '#kindred/engine/program.js';

const tensor = (...shape: number[]) => input('x', shape);
/** 7 × 5 images to 4 × 3 ones. */
const GEOMETRY = centredGeometry(7, 5, 3, 2);

describe('accepted shapes', () => {
  const images = tensor(2, 7, 5, 3);
  const smaller = tensor(2, 4, 3, 6);
  const kernel = tensor(3, 3, 3, 6);
  it.each([
    ['pixels', pixels(byteInput('x', [4, 9])), [4, 9]],
    ['matmul', matmul(tensor(5, 7), tensor(7, 3)), [5, 3]],
    ['matmul, bias', matmul(tensor(5, 7), tensor(7, 3), tensor(3)), [5, 3]],
    ['matmul, any batch', matmul(tensor(ANY, 7), tensor(7, 3)), [ANY, 3]],
    ['matmul, Aᵀ', matmul(tensor(7, 5), tensor(7, 3), null, { transposeA: true }), [5, 3]],
    ['matmul, Bᵀ', matmul(tensor(5, 7), tensor(3, 7), null, { transposeB: true }), [5, 3]],
    ['convolution', convolution(images, kernel, tensor(6), GEOMETRY), [2, 4, 3, 6]],
    ['convolution, any batch', convolution(tensor(ANY, 7, 5, 3), kernel, null, GEOMETRY), [ANY, 4, 3, 6]],
    ['transposedConvolution', transposedConvolution(smaller, kernel, tensor(3), GEOMETRY), [2, 7, 5, 3]],
    ['kernelGradient', kernelGradient(images, smaller, GEOMETRY), [3, 3, 3, 6]],
    ['relu', relu(tensor(2, 3, 4, 5)), [2, 3, 4, 5]],
    ['heaviside', heaviside(tensor(2, 3)), [2, 3]],
    ['sigmoid', sigmoid(tensor(2, 3)), [2, 3]],
    ['add', add(tensor(2, 3), tensor(2, 3)), [2, 3]],
    ['subtract a scalar', subtract(tensor(2, 3), tensor()), [2, 3]],
    ['multiply', multiply(tensor(2, 3), tensor(2, 3)), [2, 3]],
    ['divide by a scalar', divide(tensor(2, 3), tensor()), [2, 3]],
    ['squareRoot', squareRoot(tensor(4)), [4]],
    ['scale', scale(tensor(4, 2), 3), [4, 2]],
    ['columnSum of a matrix', columnSum(tensor(4, 2)), [2]],
    ['columnSum of images', columnSum(tensor(4, 2, 3, 5)), [5]],
    ['sumOfSquares', sumOfSquares(tensor(4, 2, 3, 5)), []],
    ['reshape', reshape(tensor(4, 6), [2, 12]), [2, 12]],
    ['reshape, any batch', reshape(tensor(ANY, 2, 3, 5), [ANY, 30]), [ANY, 30]],
    ['constant', constant(new Float32Array(6), [2, 3]), [2, 3]],
    ['add a row', add(tensor(2, 5, 5, 3), tensor(3)), [2, 5, 5, 3]],
    ['broadcast', broadcast(tensor(3), [2, 4, 3]), [2, 4, 3]],
    ['maxPool', maxPool(tensor(2, 8, 6, 3)), [2, 4, 3, 3]],
    ['maxPool, odd', maxPool(tensor(ANY, 7, 5, 3)), [ANY, 3, 2, 3]],
    ['maxPoolGradient', maxPoolGradient(images, tensor(2, 3, 2, 3)), [2, 7, 5, 3]],
    ['softmax', softmax(tensor(ANY, 5)), [ANY, 5]],
    ['crossEntropy', crossEntropy(tensor(4, 3), tensor(4, 3)), []],
    ['slice', slice(tensor(20), 4, [2, 8]), [2, 8]],
    ['concatenate', concatenate([tensor(2, 3), tensor(), tensor(4)]), [11]],
    ['gridSample', gridSample(images, tensor(2, 6, 9, 2)), [2, 6, 9, 3]],
  ])('%s', (_, { shape }, expected) => {
    expect(shape).toEqual(expected);
  });
});

describe('refused shapes', () => {
  const images = tensor(2, 7, 5, 3);
  const kernel = tensor(3, 3, 3, 6);
  it.each([
    ['pixels of floats', () => pixels(tensor(2, 3)), 'pixels: wanted uint8, got float32'],
    ['constant', () => constant(new Float32Array(5), [2, 3]), 'constant: (2, 3) needs 6 values, got 5'],
    [
      'matmul of a vector',
      () => matmul(tensor(2, 3), tensor(3)),
      'matmul: wanted two matrices, got (2, 3) and (3)',
    ],
    [
      'matmul',
      () => matmul(tensor(2, 3), tensor(4, 3)),
      'matmul: wanted equal inner lengths, not 3 and 4, got (2, 3) and (4, 3)',
    ],
    [
      'matmul, Aᵀ',
      () => matmul(tensor(2, 3), tensor(3, 4), null, { transposeA: true }),
      'matmul: wanted equal inner lengths, not 2 and 3, got (2, 3) and (3, 4)',
    ],
    [
      'bias of a product',
      () => matmul(tensor(2, 3), tensor(3, 4), tensor(3)),
      'matmul: wanted a bias of 4, got (3)',
    ],
    [
      'images',
      () => convolution(tensor(2, 5, 7, 3), kernel, null, GEOMETRY),
      'convolution: wanted images (n, 7, 5, 3), got (2, 5, 7, 3)',
    ],
    [
      'channels',
      () => convolution(tensor(ANY, 7, 5, 1), kernel, null, GEOMETRY),
      'convolution: wanted images (n, 7, 5, 3), got (any, 7, 5, 1)',
    ],
    [
      'kernel',
      () => convolution(images, tensor(5, 5, 3, 6), null, GEOMETRY),
      'convolution: wanted a kernel (3, 3, channels, out channels), got (5, 5, 3, 6)',
    ],
    [
      'bias of a convolution',
      () => convolution(images, kernel, tensor(3), GEOMETRY),
      'convolution: wanted a bias of 6, got (3)',
    ],
    [
      'images to transpose',
      () => transposedConvolution(images, kernel, null, GEOMETRY),
      'transposedConvolution: wanted images (n, 4, 3, 6), got (2, 7, 5, 3)',
    ],
    [
      'bias of a transposed convolution',
      () => transposedConvolution(tensor(2, 4, 3, 6), kernel, tensor(6), GEOMETRY),
      'transposedConvolution: wanted a bias of 3, got (6)',
    ],
    [
      'kernelGradient',
      () => kernelGradient(images, images, GEOMETRY),
      'kernelGradient: wanted images (n, 4, 3, 3), got (2, 7, 5, 3)',
    ],
    [
      'add',
      () => add(tensor(2, 3), tensor(2)),
      'add: wanted equal shapes, or a scalar or a row on the right, got (2, 3) and (2)',
    ],
    [
      'subtract from a scalar',
      () => subtract(tensor(), tensor(2)),
      'subtract: wanted equal shapes, or a scalar or a row on the right, got () and (2)',
    ],
    [
      'multiply',
      () => multiply(tensor(2, 3), tensor(3, 2)),
      'multiply: wanted equal shapes, or a scalar or a row on the right, got (2, 3) and (3, 2)',
    ],
    [
      'divide',
      () => divide(tensor(2, 3), tensor(1)),
      'divide: wanted equal shapes, or a scalar or a row on the right, got (2, 3) and (1)',
    ],
    ['broadcast', () => broadcast(tensor(2), [4, 3]), 'broadcast: wanted a row for (4, 3), got (2)'],
    [
      'maxPool',
      () => maxPool(tensor(2, 1, 5, 3)),
      'maxPool: wanted images of 2 × 2 or more, got (2, 1, 5, 3)',
    ],
    [
      'maxPoolGradient',
      () => maxPoolGradient(images, images),
      'maxPoolGradient: wanted dy (2, 3, 2, 3), got (2, 7, 5, 3) and (2, 7, 5, 3)',
    ],
    [
      'crossEntropy',
      () => crossEntropy(tensor(4, 3), tensor(4, 1)),
      'crossEntropy: wanted equal matrices, got (4, 3) and (4, 1)',
    ],
    ['slice', () => slice(tensor(20), 5, [2, 8]), 'slice: wanted a vector of 21 or more, got (20)'],
    [
      'gridSample',
      () => gridSample(images, tensor(3, 6, 9, 2)),
      'gridSample: wanted images and a grid for each, got (2, 7, 5, 3) and (3, 6, 9, 2)',
    ],
    ['columnSum', () => columnSum(tensor(3)), 'columnSum: wanted at least two axes, got (3)'],
    [
      'reshape',
      () => reshape(tensor(4, 6), [5, 5]),
      'reshape: wanted as many elements as (5, 5), got (4, 6)',
    ],
    [
      'reshape that loses the batch',
      () => reshape(tensor(ANY, 6), [6, ANY]),
      'reshape: wanted as many elements as (6, any), got (any, 6)',
    ],
  ])('%s', (_, build, message) => {
    expect(build).toThrow(new RangeError(message));
  });
});

describe('centred geometry', () => {
  it.each([
    [28, 28, 5, 2, [14, 14]],
    [14, 14, 3, 2, [7, 7]],
    [7, 5, 3, 2, [4, 3]],
    [7, 5, 3, 1, [7, 5]],
    [10, 8, 5, 3, [4, 3]],
  ])('of %i × %i images, kernel %i, stride %i', (height, width, kernel, stride, [outHeight, outWidth]) => {
    const geometry = centredGeometry(height, width, kernel, stride);
    expect(geometry).toEqual({
      height,
      width,
      outHeight,
      outWidth,
      kernel,
      stride,
      padding: (kernel - 1) / 2,
    });
  });
});

it('inside geometry leaves the border out', () => {
  const geometry = insideGeometry(14, 9, 3);
  expect(geometry).toEqual({
    height: 14,
    width: 9,
    outHeight: 12,
    outWidth: 7,
    kernel: 3,
    stride: 1,
    padding: 0,
  });
});

it('shapes are written as people write them', () => {
  expect([[], [3], [ANY, 28, 28]].map(describeShape)).toEqual(['()', '(3)', '(any, 28, 28)']);
});
