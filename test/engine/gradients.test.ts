// Gradients of whole programs: parameters used twice, and what is refused.
import { describe, expect, it } from 'vitest';
import { gradients } from '#kindred/engine/gradients.js';
import { add, heaviside, matmul, multiply, relu, sumOfSquares } from '#kindred/engine/operations.js';
import { constant, input } from '#kindred/engine/program.js';
import { normals, relativeError } from '../support/numbers.js';
import { runProgram } from '../support/program.js';
import { finiteDifferences, GRADIENT_TOLERANCE } from './differences.js';

const x = input('x', [4, 5]);
const weights = input('weights', [5, 3]);

describe('one parameter used twice', () => {
  it('as itself and transposed, as tied auto-encoders do', async () => {
    const code = relu(matmul(x, weights));
    const loss = sumOfSquares(add(matmul(code, weights, null, { transposeB: true }), x));
    const feed = { x: normals(20, 'tied x'), weights: normals(15, 'tied weights') };
    const [slope] = gradients(loss, [weights]);
    const { gradient } = await runProgram({ gradient: slope }, feed);
    const expected = finiteDifferences(loss, feed, 'weights', [...feed.weights.keys()]);
    expect(relativeError(gradient, expected)).toBeLessThan(GRADIENT_TOLERANCE);
  });

  it('in both factors of a product', async () => {
    const loss = sumOfSquares(multiply(weights, weights));
    const feed = { weights: normals(15, 'squared weights') };
    const { gradient } = await runProgram({ gradient: gradients(loss, [weights])[0] }, feed);
    // d/dw Σ w⁴ = 4 w³.
    const expected = feed.weights.map((weight) => 4 * weight ** 3);
    expect(relativeError(gradient, expected)).toBeLessThan(1e-6);
  });
});

it('gives parameters that share one gradient the same values', async () => {
  const [a, b] = [input('a', [3]), input('b', [3])];
  const [ofA, ofB] = gradients(sumOfSquares(add(a, b)), [a, b]);
  const feed = { a: Float32Array.of(1, 2, 3), b: Float32Array.of(0, -1, 5) };
  const results = await runProgram({ ofA, ofB }, feed);
  expect([...results.ofA]).toEqual([2, 2, 16]);
  expect([...results.ofB]).toEqual([2, 2, 16]);
});

describe('refuses', () => {
  const loss = sumOfSquares(matmul(x, weights));
  it.each([
    ['a loss that is no scalar', () => gradients(x, [x]), 'gradients: the loss must be a scalar'],
    [
      'a parameter that nothing depends on',
      () => gradients(loss, [input('other', [2])]),
      'gradients: a parameter does not reach the loss',
    ],
    [
      'a way through an operation without a rule',
      () => gradients(sumOfSquares(heaviside(x)), [x]),
      'gradients: heaviside has no gradient rule',
    ],
    [
      'a scalar that was widened',
      () => {
        const factor = input('factor', []);
        return gradients(sumOfSquares(multiply(x, factor)), [factor]);
      },
      'gradients: multiply cannot be differentiated in a broadcast scalar',
    ],
  ])('%s', (_, build, message) => {
    expect(build).toThrow(message);
  });

  it('but not a widened scalar that is no parameter', () => {
    const half = constant(Float32Array.of(0.5), []);
    expect(gradients(sumOfSquares(multiply(x, half)), [x])[0].shape).toEqual([4, 5]);
  });
});
