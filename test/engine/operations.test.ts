// Every operation: its value against the plain formula, its gradient against finite differences.
import { describe, expect, it } from 'vitest';
import { DIFFERENTIABLE, gradients } from '#kindred/engine/gradients.js';
import {
  crossEntropy,
  heaviside,
  maxPool,
  maxPoolGradient,
  relu,
  sumOfSquares,
} from '#kindred/engine/operations.js';
import { constant, input, topologicalOrder, type Value } from '#kindred/engine/program.js';
import { relativeError } from '../support/numbers.js';
import { runProgram } from '../support/program.js';
import { finiteDifferences, GRADIENT_TOLERANCE } from './differences.js';
import { OPERATION_CASES, type OperationCase } from './operation-cases.js';
import { plainValue } from './plain.js';

/** float32 sums of up to a few thousand terms, relative to the largest element. */
const VALUE_TOLERANCE = 2e-6;

/** Operations that gradients and optimizers are made of; nothing is ever differentiated through them. */
const NOT_DIFFERENTIABLE = [
  'input',
  'constant',
  'pixels',
  'kernelGradient',
  'heaviside',
  'maxPoolGradient',
  'softmax',
  'slice',
  'concatenate',
  'gridSample',
];

const CASES = OPERATION_CASES.map((example) => [example.name.trim(), example] as const);

/** Every program that can be differentiated: no operation without a rule, no scalar that was widened. */
const DIFFERENTIABLE_CASES = CASES.filter(([, { output }]) =>
  topologicalOrder([output]).every(
    ({ operation: { kind }, inputs }) =>
      ['input', 'constant'].includes(kind) ||
      (DIFFERENTIABLE.includes(kind) && (inputs[1] === undefined || inputs[1].shape.length > 0)),
  ),
);

describe('values', () => {
  it.each(CASES)('%s', async (_, { output, feed }) => {
    const { y } = await runProgram({ y: output }, feed);
    expect(relativeError(y, plainValue(output, feed))).toBeLessThan(VALUE_TOLERANCE);
  });

  it('relu and step at their kink', async () => {
    const x = input('x', [8]);
    const values = Float32Array.of(-1, -1e-20, -0, 0, 1e-20, 1e-6, 1, 1e30);
    const result = await runProgram({ relu: relu(x), step: heaviside(x) }, { x: values });
    expect([...result.relu].map((value) => value + 0)).toEqual(
      [...values].map((value) => Math.max(0, value) + 0),
    );
    expect([...result.step].map((value) => value + 0)).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
  });
});

describe('max pooling of equals', () => {
  it('gives the whole gradient to the first of them, row by row, as PyTorch does', async () => {
    const x = input('x', [1, 4, 4, 1]);
    const values = Float32Array.of(1, 1, 0, 2, 1, 1, 2, 2, -1, -3, 0, 0, -1, -1, 0, 5);
    const dy = constant(Float32Array.of(10, 20, 30, 40), [1, 2, 2, 1]);
    const { y, dx } = await runProgram({ y: maxPool(x), dx: maxPoolGradient(x, dy) }, { x: values });
    expect([...y]).toEqual([1, 2, -1, 5]);
    expect([...dx]).toEqual([10, 0, 0, 20, 0, 0, 0, 0, 30, 0, 0, 0, 0, 0, 0, 40]);
  });
});

it('cross-entropy of scores that would overflow is finite', async () => {
  const scores = input('x', [2, 3]);
  const targets = constant(Float32Array.of(1, 0, 0, 0, 0, 1), [2, 3]);
  const loss = crossEntropy(scores, targets);
  const feed = { x: Float32Array.of(1000, -1000, 0, 500, 500, 400) };
  const { y, slope } = await runProgram({ y: loss, slope: gradients(loss, [scores])[0] }, feed);
  expect(y[0]).toBeCloseTo(100 + Math.log(2), 4);
  expect([...slope].map((value) => Math.round(value * 1e6) / 1e6 + 0)).toEqual([0, 0, 0, 0.5, 0.5, -1]);
});

describe('gradients', () => {
  it('are tested for every operation that has one', () => {
    const tested = new Set(DIFFERENTIABLE_CASES.map(([, { kind }]) => kind));
    const untested = DIFFERENTIABLE.filter((kind) => !tested.has(kind));
    expect(untested).toEqual([]);
  });

  it('exist for every operation but those that models do not go through', () => {
    const kinds = [...new Set(OPERATION_CASES.map(({ kind }) => kind))];
    expect(kinds.filter((kind) => !DIFFERENTIABLE.includes(kind)).sort()).toEqual(
      [...NOT_DIFFERENTIABLE].sort(),
    );
  });

  it.each(DIFFERENTIABLE_CASES)('%s', async (_, example) => {
    await expectGradients(example);
  });
});

/** Of Σ y², whose slope in y differs from element to element, in 20 to 40 elements of each input. */
async function expectGradients({ output, inputs, feed }: OperationCase): Promise<void> {
  const loss = sumOfSquares(output);
  const names = inputs.map((_, index) => `input${index}`);
  const slopes = gradients(loss, inputs);
  const outputs: Record<string, Value> = {};
  slopes.forEach((slope, index) => {
    expect(slope.shape).toEqual(inputs[index].shape);
    outputs[`gradient of ${names[index]}`] = slope;
  });
  const results = await runProgram(outputs, feed);
  for (const name of names) {
    const gradient = results[`gradient of ${name}`];
    const stride = Math.max(1, Math.floor(gradient.length / 20));
    const indices = [...gradient.keys()].filter((index) => index % stride === 0);
    const expected = finiteDifferences(loss, feed, name, indices);
    const actual = indices.map((index) => gradient[index]);
    expect(relativeError(actual, expected), name).toBeLessThan(GRADIENT_TOLERANCE);
  }
}
