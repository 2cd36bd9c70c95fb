// The classifier network against PyTorch: ten losses, and the averaged network that comes out, recorded by
// test/recorded/record_classifier_losses.py.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { crossEntropy, pixels, reshape, scale } from '#kindred/engine/operations.js';
import { initialParameters, type ParameterSpec, totalLength } from '#kindred/engine/parameters.js';
import { ANY, byteInput, describe as describeShape } from '#kindred/engine/program.js';
import { adam, averaged } from '#kindred/engine/training/optimizers.js';
import { initialVectors, openStepper, trainedOf } from '#kindred/engine/training/stepper.js';
import { declaredBy, type StepProgram, writeTraining } from '#kindred/engine/training/train-step.js';
import {
  type ClassifierShape,
  classifierParameters,
  classifierScores,
  initialStatistics,
  normalizingByBatch,
  SMALLEST_SIDE,
  trainedScores,
} from '#kindred/models/classifier-network.js';
import { relativeError } from '../support/numbers.js';
import { runProgram } from '../support/program.js';
import { discs, formulaParameters } from './examples.js';

interface RecordedRun extends ClassifierShape {
  readonly network: string;
  readonly losses: readonly number[];
  readonly statistics: readonly number[];
  readonly scores: readonly number[];
}

/**
 * float32 sums in another order, and what ten steps of Adam make of the difference. The rate is low enough that no
 * rounding flips the winner of a pooling in these ten steps: then the losses would part by 1e-3.
 */
const TOLERANCE = 2e-5;
/** Of what comes out of the ten steps, relative to the largest. */
const AFTERWARDS = 1e-4;

const { pytorch, runs }: { pytorch: string; runs: RecordedRun[] } = read('classifier-losses.json');
const { count, batchSize, order }: { count: number; batchSize: number; order: number[][] } =
  read('batches.json');

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../recorded/${name}`, import.meta.url), 'utf8'));
}

/** The formula's numbers are small; a scale is near 1. */
function startingParameters(specs: readonly ParameterSpec[]): Float32Array {
  const flat = formulaParameters(specs);
  for (const { name, offset, length } of specs) {
    if (name.endsWith('/scale')) for (let index = offset; index < offset + length; index++) flat[index] += 1;
  }
  return flat;
}

async function trainRecorded(run: RecordedRun) {
  const { height, width, k } = run;
  const imagePixels = height * width;
  const optimizer = averaged(adam({ firstDecay: 0.9, secondDecay: 0.99, weightDecay: 1e-4 }));
  const program: StepProgram = {
    inputs: {
      images: { type: 'uint8', shape: [batchSize, imagePixels] },
      targets: { type: 'float32', shape: [batchSize, k] },
    },
    build(inputs, declare) {
      const { normalize, statistics } = normalizingByBatch();
      const images = reshape(pixels(inputs.images), [batchSize, height, width, 1]);
      const scores = classifierScores(images, run, declare, normalize);
      return { loss: scale(crossEntropy(scores, inputs.targets), 1 / batchSize), statistics };
    },
  };
  const parameters = startingParameters(declaredBy(program).specs);
  const vectors = initialVectors({ parameters, statistics: initialStatistics(run) }, optimizer);
  const stepper = await openStepper(writeTraining(program, optimizer), vectors, optimizer);
  const images = discs(count, imageOf(run));
  const numbers = order.flat();
  const batch = Uint8Array.from(
    numbers.flatMap((image) => [...images.subarray(image * imagePixels, (image + 1) * imagePixels)]),
  );
  const targets = new Float32Array(numbers.length * k);
  numbers.forEach((image, row) => {
    targets[row * k + (image % k)] = 1;
  });
  const steps = order.length;
  const losses = await stepper.run(new Array(steps).fill(0.001), {
    images: batch,
    targets,
  });
  return { losses, averaged: trainedOf(stepper.vectors()), images };
}

function imageOf({ height, width }: ClassifierShape) {
  const rest = { channels: 1, convolution: false, hidden: [], encodingSize: 1, tied: false };
  return { height, width, ...rest };
}

describe(`as recorded with PyTorch ${pytorch}`, () => {
  it.each(runs.map((run) => [run.network, run] as const))('%s', async (_, run) => {
    const { losses, averaged, images } = await trainRecorded(run);
    expect(losses).toHaveLength(10);
    losses.forEach((loss, step) => {
      expect(relativeError([loss], [run.losses[step]]), `step ${step + 1}`).toBeLessThan(TOLERANCE);
    });
    expect(relativeError(averaged.statistics, run.statistics)).toBeLessThan(AFTERWARDS);

    const imagePixels = run.height * run.width;
    const batch = reshape(pixels(byteInput('x', [ANY, imagePixels])), [ANY, run.height, run.width, 1]);
    const feed = { x: images.subarray(0, 2 * imagePixels) };
    const { scores } = await runProgram({ scores: trainedScores(batch, run, averaged) }, feed);
    expect(relativeError(scores, run.scores)).toBeLessThan(AFTERWARDS);
  });
});

const DEFAULT_WIDTHS = [16, 32, 64, 128] as const;
const WIDE_WIDTHS = [32, 64, 128, 128] as const;

describe('parameters', () => {
  it.each([
    [DEFAULT_WIDTHS, 10, 98_938],
    [WIDE_WIDTHS, 10, 242_410],
  ])('widths %j', (widths, k, length) => {
    const shape = { height: 28, width: 28, widths, k };
    const specs = classifierParameters(shape);
    expect(totalLength(specs)).toBe(length);
    const flat = initialParameters(specs, 3);
    for (const { name, offset, length: size, initial } of specs) {
      const values = flat.subarray(offset, offset + size);
      if (name.endsWith('/scale')) expect(new Set(values)).toEqual(new Set([1]));
      else if (name.endsWith('/shift')) expect(new Set(values)).toEqual(new Set([0]));
      else expect(values.every((value) => Math.abs(value) <= initial.bound)).toBe(true);
    }
    expect(initialStatistics(shape)).toHaveLength(2 * widths.reduce((sum, width) => sum + width, 0));
  });

  it('the smallest image leaves a pixel for the dense layer, one pixel less leaves none', () => {
    const dense = (side: number) => {
      const specs = classifierParameters({ height: side, width: side, widths: DEFAULT_WIDTHS, k: 3 });
      return describeShape(specs.find(({ name }) => name === 'dense/weights')!.shape);
    };
    expect(dense(SMALLEST_SIDE)).toBe('(64, 128)');
    expect(() => dense(SMALLEST_SIDE - 2)).toThrow(RangeError);
  });
});
