// Ten losses of each network and optimizer, as PyTorch computed them from the same weights and batches.
// Recorded by test/recorded/record_losses.py; nothing of Python is needed here.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { initialStates, type OptimizerName, optimizerNamed } from '#kindred/engine/training/optimizers.js';
import { createBatchOrder } from '#kindred/engine/training/schedule.js';
import { train } from '#kindred/engine/training/trainer.js';
import { relativeError } from '../support/numbers.js';
import {
  buildNetwork,
  discs,
  formulaParameters,
  lossOf,
  NETWORKS,
  type NetworkName,
  pixelsOf,
} from './examples.js';

interface Batches {
  readonly count: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly order: readonly (readonly number[])[];
}

interface RecordedRun {
  readonly network: NetworkName;
  readonly optimizer: OptimizerName;
  readonly learningRate: number;
  readonly losses: readonly number[];
}

/** float32 sums in another order, and what ten steps make of the difference; a wrong factor is far outside. */
const TOLERANCE = 2e-5;

const batches: Batches = read('batches.json');
const { pytorch, runs }: { pytorch: string; runs: RecordedRun[] } = read('losses.json');

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../recorded/${name}`, import.meta.url), 'utf8'));
}

async function ourLosses({ network, optimizer, learningRate }: RecordedRun): Promise<number[]> {
  const shape = NETWORKS[network];
  const { count, batchSize, seed, order } = batches;
  const parameters = formulaParameters(buildNetwork(shape, 1).specs);
  const data = new Uint8Array(new SharedArrayBuffer(count * pixelsOf(shape)));
  data.set(discs(count, shape));
  const losses: number[] = [];
  await train(
    {
      lossOf: lossOf(shape),
      images: { data, count, pixels: pixelsOf(shape) },
      start: {
        step: 0,
        parameters,
        // As recorded: from 0.1 rounding is not magnified, as it is where a tiny sum divides a tiny gradient.
        states: initialStates(optimizerNamed(optimizer), parameters).map((state) =>
          optimizer === 'adagrad' ? state.fill(0.1) : state,
        ),
      },
      steps: order.length,
      batchSize,
      optimizer,
      learningRate,
      warmUpSteps: 0,
      seed,
      workers: 1,
      coresPerWorker: 1,
      snapshotEvery: 4,
    },
    {
      signal: new AbortController().signal,
      onStep() {},
      onSnapshot(mark) {
        losses.push(...mark.losses);
      },
    },
  );
  return losses;
}

describe(`losses recorded with PyTorch ${pytorch}`, () => {
  it('were recorded on the batches that training takes', () => {
    const { count, batchSize, seed, order } = batches;
    const ours = createBatchOrder(count, batchSize, seed);
    order.forEach((expected, step) => {
      const batch = new Uint32Array(batchSize);
      ours.fill(step, 0, batch);
      expect([...batch]).toEqual(expected);
    });
  });

  it('cover every network and every optimizer', () => {
    expect(new Set(runs.map(({ network }) => network))).toEqual(new Set(Object.keys(NETWORKS)));
    expect(new Set(runs.map(({ optimizer }) => optimizer))).toEqual(new Set(['sgd', 'adagrad', 'adam']));
  });

  it.each(runs.map((run) => [run.network, run.optimizer, run] as const))('%s with %s', async (_, __, run) => {
    const losses = await ourLosses(run);
    expect(losses).toHaveLength(10);
    losses.forEach((loss, step) => {
      expect(relativeError([loss], [run.losses[step]]), `step ${step + 1}`).toBeLessThan(TOLERANCE);
    });
    expect(losses[9]).toBeLessThan(0.9 * losses[0]);
  });
});
