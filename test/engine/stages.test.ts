// A step that two workers share: their stages in turn, the sums between them taken here, against the whole batch.
import { expect, it } from 'vitest';
import { crossEntropy, scale } from '#kindred/engine/operations.js';
import { initialParameters } from '#kindred/engine/parameters.js';
import { createSession, floatValues, hostTensor, type TensorMap } from '#kindred/engine/runtime/session.js';
import {
  declaredBy,
  type GradientModel,
  type StepProgram,
  writeGradientStep,
} from '#kindred/engine/training/train-step.js';
import { classifierScores, normalizingByBatch } from '#kindred/models/classifier-network.js';
import { normals, relativeError } from '../support/numbers.js';

const SIDE = 12;
const IMAGES = 7;
const SHAPE = { height: SIDE, width: SIDE, widths: [3, 4, 5, 6], k: 3 } as const;

function programOf(images: number): StepProgram {
  return {
    inputs: {
      images: { type: 'float32', shape: [images, SIDE, SIDE, 1] },
      targets: { type: 'float32', shape: [images, SHAPE.k] },
    },
    build(inputs, declare) {
      const { normalize, statistics } = normalizingByBatch(IMAGES);
      const scores = classifierScores(inputs.images, SHAPE, declare, normalize);
      return { loss: scale(crossEntropy(scores, inputs.targets), 1 / IMAGES), statistics };
    },
  };
}

const images = normals(IMAGES * SIDE * SIDE, 'images').map(Math.abs);
const targets = Float32Array.from({ length: IMAGES * SHAPE.k }, (_, index) =>
  index % SHAPE.k === Math.floor(index / SHAPE.k) % SHAPE.k ? 1 : 0,
);
const parameters = initialParameters(declaredBy(programOf(1)).specs, 4);

/** What each worker finds that has its part of the images: loss, gradients, statistics. */
async function found(counts: readonly number[]): Promise<TensorMap[]> {
  const models: GradientModel[] = counts.map((count) => writeGradientStep(programOf(count)));
  const ranks: TensorMap[] = [];
  await createSession(models[0].stages[0].model);
  let first = 0;
  for (const [rank, count] of counts.entries()) {
    const part = (values: Float32Array, length: number) =>
      values.slice(first * length, (first + count) * length);
    const tensors: TensorMap = {
      images: hostTensor(part(images, SIDE * SIDE), [count, SIDE, SIDE, 1]),
      targets: hostTensor(part(targets, SHAPE.k), [count, SHAPE.k]),
    };
    for (const { tensor, vector, offset, length, shape } of models[rank].stretches) {
      if (vector === 'parameters')
        tensors[tensor] = hostTensor(parameters.slice(offset, offset + length), shape);
    }
    ranks.push(tensors);
    first += count;
  }
  for (const [stage, { sums }] of models[0].stages.entries()) {
    for (const [rank, tensors] of ranks.entries()) {
      const session = await createSession(models[rank].stages[stage].model);
      const given = session.inputs.map(({ name }) => [name, tensors[name]]);
      Object.assign(tensors, await session.run(Object.fromEntries(given)));
    }
    for (const name of sums) {
      const sum = floatValues(ranks[0][name]).map((_, index) =>
        ranks.reduce((total, tensors) => total + floatValues(tensors[name])[index], 0),
      );
      for (const tensors of ranks) floatValues(tensors[name]).set(sum);
    }
  }
  return ranks;
}

it('is cut at every sum: four normalizations, forward and backward', () => {
  const { stages } = writeGradientStep(programOf(3));
  expect(stages.map(({ sums }) => sums.length)).toEqual([2, 2, 2, 2, 2, 2, 2, 2, 0]);
});

it('the gradients of the parts add up to those of the whole, the statistics are the same', async () => {
  const [whole] = await found([IMAGES]);
  const [left, right] = await found([3, 4]);
  const names = Object.keys(whole).filter((name) => name === 'loss' || name.startsWith('gradient:'));
  expect(names.length).toBeGreaterThan(10);
  for (const name of names) {
    const [a, b] = [left, right].map((tensors) => floatValues(tensors[name]));
    const sum = name.startsWith('gradient:statistics') ? a : a.map((value, index) => value + b[index]);
    expect(relativeError(sum, floatValues(whole[name])), name).toBeLessThan(2e-5);
  }
});
