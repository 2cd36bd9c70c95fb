// Batch normalisation: what it promises of its output, its gradient, and what it remembers.
import { describe, expect, it } from 'vitest';
import { gradients } from '#kindred/engine/gradients.js';
import { batchNormalization } from '#kindred/engine/normalization.js';
import { centredGeometry, convolution, multiply, sumOfSquares } from '#kindred/engine/operations.js';
import { input, type Value } from '#kindred/engine/program.js';
import { normals, relativeError } from '../support/numbers.js';
import { runProgram } from '../support/program.js';
import { finiteDifferences, GRADIENT_TOLERANCE } from './differences.js';

const [scale, shift] = [input('scale', [3]), input('shift', [3])];
const ROW_FEED = { scale: Float32Array.of(2, -0.5, 1), shift: Float32Array.of(0, 3, -1) };

describe('of a matrix', () => {
  const x = input('x', [50, 3]);
  const feed = { ...ROW_FEED, x: normals(150, 'normalised').map((value, index) => 2 * value + (index % 3)) };

  it('has the shift as mean and the scale as deviation in every column', async () => {
    const { y } = await runProgram({ y: batchNormalization(x, scale, shift).y }, feed);
    for (let column = 0; column < 3; column++) {
      const values = [...y].filter((_, index) => index % 3 === column);
      const mean = values.reduce((sum, value) => sum + value, 0) / 50;
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 50;
      expect(mean).toBeCloseTo(feed.shift[column], 5);
      // ε of 1e-5 beside a variance of about 4.
      expect(Math.sqrt(variance)).toBeCloseTo(Math.abs(feed.scale[column]), 4);
    }
  });

  it('remembers the mean and the unbiased variance', async () => {
    const normalized = batchNormalization(x, scale, shift);
    const { mean, variance } = await runProgram(
      { mean: normalized.mean, variance: normalized.unbiasedVariance },
      feed,
    );
    for (let column = 0; column < 3; column++) {
      const values = [...feed.x].filter((_, index) => index % 3 === column);
      const expected = values.reduce((sum, value) => sum + value, 0) / 50;
      const squares = values.reduce((sum, value) => sum + (value - expected) ** 2, 0);
      expect(mean[column]).toBeCloseTo(expected, 5);
      expect(variance[column]).toBeCloseTo(squares / 49, 4);
    }
  });

  it('a column that never changes stays finite', async () => {
    const { y } = await runProgram(
      { y: batchNormalization(x, scale, shift).y },
      { ...feed, x: new Float32Array(150).fill(7) },
    );
    // All that is left is the rounding of E[x²] − E[x]² over √ε.
    [...y].forEach((value, index) => {
      expect(Math.abs(value - feed.shift[index % 3])).toBeLessThan(0.1);
    });
  });
});

describe('gradients', () => {
  const geometry = centredGeometry(4, 3, 3, 1);
  const images = input('x', [33, 4, 3, 2]);
  const kernel = input('kernel', [3, 3, 2, 3]);
  // A weight of its own for every output: Σ y² alone is fixed by the normalisation.
  const weights = input('weights', [33, 4, 3, 3]);
  const cases: [string, Value, string[]][] = [
    [
      'of images in chunks',
      sumOfSquares(
        multiply(batchNormalization(convolution(images, kernel, null, geometry), scale, shift).y, weights),
      ),
      ['x', 'kernel', 'scale', 'shift'],
    ],
    [
      'of a matrix',
      sumOfSquares(
        multiply(batchNormalization(input('x', [9, 3]), scale, shift).y, input('weights', [9, 3])),
      ),
      ['scale', 'shift'],
    ],
  ];

  it.each(cases)('%s', async (name, loss, wanted) => {
    const isMatrix = name === 'of a matrix';
    const feed: Record<string, Float32Array> = {
      ...ROW_FEED,
      x: normals(isMatrix ? 27 : 33 * 24, `${name} x`),
      kernel: normals(54, `${name} kernel`),
      weights: normals(isMatrix ? 27 : 33 * 36, `${name} weights`),
    };
    const inputs: Record<string, Value> = { x: images, kernel, scale, shift };
    const slopes = gradients(
      loss,
      wanted.map((key) => inputs[key]),
    );
    const results = await runProgram(
      Object.fromEntries(slopes.map((slope, index) => [`d ${wanted[index]}`, slope])),
      feed,
    );
    for (const key of wanted) {
      const gradient = results[`d ${key}`];
      const stride = Math.max(1, Math.floor(gradient.length / 10));
      const indices = [...gradient.keys()].filter((index) => index % stride === 0);
      const expected = finiteDifferences(loss, feed, key, indices);
      const actual = indices.map((index) => gradient[index]);
      expect(relativeError(actual, expected), key).toBeLessThan(GRADIENT_TOLERANCE);
    }
  });
});
