// Training with one worker and with several, stopped and resumed, and gone wrong.
import { describe, expect, it } from 'vitest';
import { InputError } from '#kindred/core/errors.js';
import { initialParameters } from '#kindred/engine/parameters.js';
import { initialStates, type OptimizerName, optimizerNamed } from '#kindred/engine/training/optimizers.js';
import {
  type TrainingJob,
  type TrainingObserver,
  type TrainingSnapshot,
  type TrainingState,
  train,
} from '#kindred/engine/training/trainer.js';
import type { AutoencoderShape } from '#kindred/models/autoencoder.js';
import { buildNetwork, discs, lossOf, pixelsOf } from '../models/examples.js';
import { relativeError } from '../support/numbers.js';

const IMAGE = { height: 9, width: 7, channels: 1, hidden: [], encodingSize: 5, tied: false };
const DENSE: AutoencoderShape = { ...IMAGE, hidden: [11], convolution: false };
const CONVOLUTIONAL: AutoencoderShape = { ...IMAGE, convolution: true };
const IMAGES = 50;

function jobOf(
  shape: AutoencoderShape,
  optimizer: OptimizerName,
  changes: Partial<TrainingJob> = {},
): TrainingJob {
  const pixels = pixelsOf(shape);
  const data = new Uint8Array(new SharedArrayBuffer(IMAGES * pixels));
  data.set(discs(IMAGES, shape));
  const parameters = initialParameters(buildNetwork(shape, 1).specs, 5);
  const states = initialStates(optimizerNamed(optimizer), parameters);
  return {
    lossOf: lossOf(shape),
    images: { data, count: IMAGES, pixels },
    start: { step: 0, parameters, states },
    steps: 20,
    // Not divisible by two or three workers: their parts of a batch differ in size.
    batchSize: 35,
    optimizer,
    learningRate: optimizer === 'adam' ? 0.003 : 0.05,
    warmUpSteps: 0,
    seed: 9,
    workers: 1,
    coresPerWorker: 1,
    snapshotEvery: 6,
    ...changes,
  };
}

async function trained(job: TrainingJob, observer: Partial<TrainingObserver> = {}) {
  const marks: TrainingSnapshot[] = [];
  const state = await train(job, {
    signal: new AbortController().signal,
    onStep() {},
    onSnapshot(mark) {
      marks.push(mark);
    },
    ...observer,
  });
  return { state, marks, losses: marks.flatMap((mark) => [...mark.losses]) };
}

/** The bits of a state, so that −0 and 0 differ and NaN equals NaN. */
function bits({ step, parameters, states }: TrainingState): unknown {
  return [
    step,
    ...[parameters, ...states].map((values) => Buffer.from(values.slice().buffer).toString('hex')),
  ];
}

describe.each([
  ['dense', DENSE, ['sgd', 'adagrad', 'adam']],
  ['convolutional', CONVOLUTIONAL, ['adam']],
] as const)('%s', (_, shape, optimizers) => {
  it.each(optimizers)('%s: two and three workers do what one does', async (optimizer) => {
    const one = await trained(jobOf(shape, optimizer));
    const [first, last] = [one.losses[0], one.losses[one.losses.length - 1]];
    expect(last).toBeLessThan(first);
    for (const workers of [2, 3]) {
      const several = await trained(jobOf(shape, optimizer, { workers }));
      // Gradients are summed in another order; twenty steps carry that on.
      expect(relativeError(several.losses, one.losses)).toBeLessThan(1e-5);
      expect(relativeError(several.state.parameters, one.state.parameters)).toBeLessThan(1e-4);
      several.state.states.forEach((state, index) => {
        expect(relativeError(state, one.state.states[index])).toBeLessThan(1e-4);
      });
    }
  });

  it.each([1, 2])('%i workers: the same seed gives the same bits', async (workers) => {
    const job = jobOf(shape, 'adam', { workers });
    const [first, second] = [await trained(job), await trained(job)];
    expect(bits(second.state)).toEqual(bits(first.state));
    expect(second.losses).toEqual(first.losses);
    const other = await trained({ ...job, seed: 10 });
    expect(bits(other.state)).not.toEqual(bits(first.state));
  });
});

describe.each([1, 2])('stopped and resumed, %i workers', (workers) => {
  it('is as if nothing had happened', async () => {
    // So many steps that training cannot be over before it hears of the stop.
    const endless = jobOf(DENSE, 'adam', {
      workers,
      steps: 1_000_000,
      snapshotEvery: 40,
      // The rate still rises when training goes on: it must depend on the step, not on the steps of a run.
      warmUpSteps: 100_000,
      learningRate: 1,
    });
    const controller = new AbortController();
    const stopped = await trained(endless, {
      signal: controller.signal,
      onSnapshot: () => controller.abort(),
    });
    expect(stopped.state.step).toBeGreaterThanOrEqual(40);
    expect(stopped.state.step).toBeLessThan(endless.steps);

    const steps = stopped.state.step + 30;
    const resumed = await trained({ ...endless, start: stopped.state, steps });
    const undisturbed = await trained({ ...endless, steps });
    expect(bits(resumed.state)).toEqual(bits(undisturbed.state));
    expect(resumed.losses).toEqual(undisturbed.losses.slice(stopped.state.step));
  });

  it('before it began: nothing changes', async () => {
    const job = jobOf(DENSE, 'adagrad', { workers });
    const { state, losses } = await trained(job, { signal: AbortSignal.abort() });
    expect(bits(state)).toEqual(bits(job.start));
    expect(losses).toEqual([]);
  });

  it('when it is over already: nothing changes', async () => {
    const job = jobOf(DENSE, 'adagrad', { workers });
    const { state } = await trained(job);
    const again = await trained({ ...job, start: state });
    expect(bits(again.state)).toEqual(bits(state));
    expect(again.losses).toEqual([]);
  });
});

describe.each([1, 2])('the warm-up, %i workers', (workers) => {
  it('makes the first step smaller', async () => {
    const job = jobOf(DENSE, 'sgd', { workers, steps: 1 });
    const [cold, warm] = [await trained(job), await trained({ ...job, warmUpSteps: 4 })];
    const change = ({ state }: typeof cold) =>
      state.parameters.map((parameter, index) => parameter - job.start.parameters[index]);
    const quarter = change(cold).map((value) => value / 4);
    expect(Math.max(...quarter.map(Math.abs))).toBeGreaterThan(1e-4);
    // What float32 keeps of a small change of a parameter near 1.
    change(warm).forEach((value, index) => {
      expect(Math.abs(value - quarter[index])).toBeLessThan(2e-7);
    });
  });
});

describe.each([1, 2])('marks, %i workers', (workers) => {
  it('come in order, and hold every loss once and the state of their step', async () => {
    const job = jobOf(DENSE, 'adagrad', { workers });
    const { marks, state } = await trained(job);
    expect(marks.map((mark) => mark.step)).toEqual([6, 12, 18, 20]);
    expect(marks.map((mark) => mark.losses.length)).toEqual([6, 6, 6, 2]);
    const short = await trained({ ...job, steps: 12 });
    expect(bits(marks[1])).toEqual(bits(short.state));
    expect(bits(marks[3])).toEqual(bits(state));
  });

  it('are handed on one at a time', async () => {
    let busy = false;
    const { state } = await trained(jobOf(DENSE, 'sgd', { workers, snapshotEvery: 2 }), {
      async onSnapshot() {
        expect(busy).toBe(false);
        busy = true;
        await new Promise((resolve) => setTimeout(resolve, 1));
        busy = false;
      },
    });
    expect(state.step).toBe(20);
  });

  it('a loss that is not finite is named, with what to do', async () => {
    const job = jobOf(DENSE, 'sgd', { workers, learningRate: 1e20 });
    const failure = await trained(job).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(InputError);
    expect((failure as InputError).message).toMatch(
      /^Training diverged: the loss was not finite at step \d+ with learningRate 100000000000000000000\. Choose a smaller one\.$/,
    );
  });
});
