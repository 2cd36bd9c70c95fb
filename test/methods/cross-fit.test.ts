// Two networks that teach each other: planted kinds are found in spite of wrong targets, one thread does what two
// do, small and strange piles end well, and it stops when asked.
import { describe, expect, it } from 'vitest';
import { InterruptedError } from '#kindred/core/errors.js';
import { createRandom } from '#kindred/core/random.js';
import { totalLength } from '#kindred/engine/parameters.js';
import type { NeighbourGraph } from '#kindred/graph/neighbour-graph.js';
import { type CrossFitJob, crossFit, type EpochReport } from '#kindred/methods/kin/cross-fit.js';
import {
  randomHalves,
  targetsOf,
  updatePosteriors,
  withNeighbours,
} from '#kindred/methods/kin/cross-fit-targets.js';
import { imagePlan } from '#kindred/methods/kin/image-learner.js';
import { type ClassifierShape, classifierParameters } from '#kindred/models/classifier-network.js';
import { relativeError } from '../support/numbers.js';

const SIDE = 12;
const KINDS = 3;

/** A horizontal bar, a vertical bar or a diamond somewhere in the image, with noise. */
function pictures(count: number): { pixels: Uint8Array; kinds: Int32Array } {
  const random = createRandom(1, 'pictures');
  const pixels = new Uint8Array(new SharedArrayBuffer(count * SIDE * SIDE));
  const kinds = Int32Array.from({ length: count }, () => random.integer(KINDS));
  for (let image = 0; image < count; image++) {
    const [x, y] = [4 + random.integer(4), 4 + random.integer(4)];
    for (let row = 0; row < SIDE; row++) {
      for (let column = 0; column < SIDE; column++) {
        const [down, right] = [Math.abs(row - y), Math.abs(column - x)];
        const isInk = [down < 2 && right < 5, right < 2 && down < 5, down + right < 3][kinds[image]];
        pixels[(image * SIDE + row) * SIDE + column] = (isInk ? 200 : 0) + random.integer(50);
      }
    }
  }
  return { pixels, kinds };
}

function noEdges(count: number): NeighbourGraph {
  const none = { neighbours: new Int32Array(0), weights: new Float32Array(0) };
  return { count, offsets: new Int32Array(count + 1), ...none };
}

function jobOf(count: number, changes: Partial<CrossFitJob> = {}): CrossFitJob & { kinds: Int32Array } {
  const { pixels, kinds } = pictures(count);
  return {
    kinds,
    plan: imagePlan([pixels, pixels], { count, widths: [8, 8, 16, 16], k: KINDS }),
    k: KINDS,
    assignment: kinds,
    trusted: new Uint8Array(count).fill(1),
    quarantined: new Uint8Array(count),
    words: null,
    graph: noEdges(count),
    warmUpEpochs: 1,
    epochs: 2,
    batchSize: 32,
    leastSteps: 60,
    learningRate: 2e-3,
    leastCertain: 0.9,
    seed: 5,
    threads: 2,
    ...changes,
  };
}

async function fitted(job: CrossFitJob, signal = new AbortController().signal) {
  const epochs: EpochReport[] = [];
  const progress: { done: number; total: number | null }[] = [];
  const result = await crossFit(job, {
    signal,
    report: ({ done, total }) => progress.push({ done, total }),
    onEpoch: (report) => epochs.push(report),
  });
  return { ...result, epochs, progress };
}

function shareRight(probabilities: Float32Array, kinds: Int32Array): number {
  const found = targetsOf(probabilities, KINDS, 0).kinds;
  return found.filter((kind, image) => kind === kinds[image]).length / kinds.length;
}

const bits = (values: Float32Array) => Buffer.from(values.slice().buffer).toString('hex');

describe('planted kinds', () => {
  it('are found for images that were never trusted, and for those that were trusted wrongly', async () => {
    const job = jobOf(600, { warmUpEpochs: 5, epochs: 3 });
    const random = createRandom(2, 'mistakes');
    // Every tenth kind is wrong, every fifth image is not trusted and has no kind.
    const assignment = job.kinds.map((kind) => (random.uniform() < 0.1 ? random.integer(KINDS) : kind));
    const trusted = assignment.map((_, image) => (image % 5 === 0 ? 0 : 1));
    trusted.forEach((isTrusted, image) => {
      if (isTrusted === 0) assignment[image] = -1;
    });
    const { probabilities, epochs, progress, networks } = await fitted({
      ...job,
      assignment,
      trusted: Uint8Array.from(trusted),
    });
    expect(shareRight(probabilities, job.kinds)).toBeGreaterThan(0.98);
    for (let image = 0; image < 600; image++) {
      const sum = probabilities.subarray(image * KINDS, (image + 1) * KINDS).reduce((a, b) => a + b, 0);
      expect(sum).toBeCloseTo(1, 4);
    }
    expect(epochs.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(epochs.map(({ agreement }) => agreement === null)).toEqual(epochs.map(({ epoch }) => epoch < 5));
    expect(epochs[0].kept).toBeCloseTo(0.8, 5);
    expect(epochs[7].agreement).toBeGreaterThan(0.95);
    expect(progress.every(({ done }, index) => index === 0 || done >= progress[index - 1].done)).toBe(true);
    const last = progress[progress.length - 1];
    expect(last.done).toBe(last.total);
    expect(job.plan.shape).toEqual({ height: SIDE, width: SIDE, widths: [8, 8, 16, 16], k: KINDS });
    const length = totalLength(classifierParameters(job.plan.shape as ClassifierShape));
    expect(networks.map(({ parameters }) => parameters.length)).toEqual([length, length]);
  });

  it('one thread and two give the same bits, another seed gives others', async () => {
    const job = jobOf(200, { epochs: 1 });
    const [two, one, other] = [
      await fitted(job),
      await fitted({ ...job, threads: 1 }),
      await fitted({ ...job, seed: 6 }),
    ];
    expect(bits(one.probabilities)).toBe(bits(two.probabilities));
    one.networks.forEach((network, index) => {
      expect(bits(network.parameters)).toBe(bits(two.networks[index].parameters));
      expect(bits(network.statistics)).toBe(bits(two.networks[index].statistics));
    });
    expect(bits(two.networks[0].parameters)).not.toBe(bits(two.networks[1].parameters));
    expect(bits(other.probabilities)).not.toBe(bits(two.probabilities));
    expect(one.epochs).toEqual(two.epochs);
  });

  it.each([2, 3])('%i threads that share a network do what one does', async (threadsPerNetwork) => {
    // Few and short steps: Adam makes much of the last bits of a sum.
    const job = jobOf(200, { epochs: 0, leastSteps: 10, learningRate: 1e-4 });
    const [one, several] = [await fitted(job), await fitted({ ...job, threadsPerNetwork })];
    several.epochs[0].losses.forEach((loss, network) => {
      expect(relativeError([loss], [one.epochs[0].losses[network]])).toBeLessThan(1e-5);
    });
    several.networks.forEach(({ parameters, statistics }, network) => {
      expect(relativeError(parameters, one.networks[network].parameters)).toBeLessThan(1e-4);
      expect(relativeError(statistics, one.networks[network].statistics)).toBeLessThan(1e-4);
    });
    expect(relativeError(several.probabilities, one.probabilities)).toBeLessThan(1e-3);
  });

  it('threads that share a network give the same bits again, whether the networks take turns or not', async () => {
    const job = jobOf(200, { epochs: 1, threadsPerNetwork: 2 });
    const [together, again, inTurn] = [
      await fitted({ ...job, threads: 4 }),
      await fitted({ ...job, threads: 4 }),
      await fitted(job),
    ];
    for (const other of [again, inTurn]) {
      expect(bits(other.probabilities)).toBe(bits(together.probabilities));
      other.networks.forEach((network, index) => {
        expect(bits(network.parameters)).toBe(bits(together.networks[index].parameters));
        expect(bits(network.statistics)).toBe(bits(together.networks[index].statistics));
      });
      expect(other.epochs).toEqual(together.epochs);
    }
  });

  it('images in quarantine are never trained on', async () => {
    const job = jobOf(200, { epochs: 1 });
    const quarantined = job.quarantined.map((_, image) => image % 2);
    const { epochs } = await fitted({ ...job, quarantined });
    expect(epochs[1].kept).toBeLessThanOrEqual(0.5);
  });
});

describe('strange piles', () => {
  it.each([1, 2, 9])('%i images', async (count) => {
    const { probabilities } = await fitted(jobOf(count, { epochs: 1 }));
    expect(probabilities).toHaveLength(count * KINDS);
    expect(probabilities.every(Number.isFinite)).toBe(true);
  });

  it('nothing trusted: nothing is learnt, nothing breaks', async () => {
    const { probabilities, epochs } = await fitted(jobOf(50, { trusted: new Uint8Array(50) }));
    expect(probabilities.every(Number.isFinite)).toBe(true);
    expect(epochs[0].kept).toBe(0);
    expect(epochs[0].losses).toEqual([Number.NaN, Number.NaN]);
  });

  it('views that are not square are refused', () => {
    const views = [new Uint8Array(20 * 140), new Uint8Array(20 * 140)];
    expect(() => imagePlan(views, { count: 20, widths: [8, 8, 16, 16], k: KINDS })).toThrow(
      'imagePlan: wanted two views of square images, 12 pixels or more a side',
    );
  });
});

describe('stops', () => {
  it.each([
    [1, 1],
    [2, 1],
    [2, 2],
    [4, 2],
  ])('midway, %i threads, %i a network', async (threads, threadsPerNetwork) => {
    const controller = new AbortController();
    let told = 0;
    const job = jobOf(200, { threads, threadsPerNetwork, epochs: 100_000 });
    const running = crossFit(job, {
      signal: controller.signal,
      report: () => {
        if (++told === 20) controller.abort();
      },
    });
    await expect(running).rejects.toThrow(InterruptedError);
  });

  it('before it began', async () => {
    await expect(fitted(jobOf(50), AbortSignal.abort())).rejects.toThrow(InterruptedError);
  });
});

describe('targets', () => {
  it('halves are disjoint and hold every image', () => {
    const [first, second] = randomHalves(11, 3);
    expect([first.length, second.length]).toEqual([5, 6]);
    expect([...first, ...second].sort((a, b) => a - b)).toEqual(Array.from({ length: 11 }, (_, i) => i));
  });

  it('posteriors start with the first news and then take half of each', () => {
    const posteriors = new Float32Array(6);
    updatePosteriors(posteriors, 2, Uint32Array.of(2, 0), Float32Array.of(0.25, 0.75, 1, 0), true);
    expect([...posteriors]).toEqual([1, 0, 0, 0, 0.25, 0.75]);
    updatePosteriors(posteriors, 2, Uint32Array.of(2), Float32Array.of(0.75, 0.25), false);
    expect([...posteriors]).toEqual([1, 0, 0, 0, 0.5, 0.5]);
  });

  it('neighbours weigh as much as the image itself, an image without any keeps its own', () => {
    // 0 — 1 with weight 1, 1 — 2 with weight 3, 3 alone.
    const graph: NeighbourGraph = {
      count: 4,
      offsets: Int32Array.of(0, 1, 3, 4, 4),
      neighbours: Int32Array.of(1, 0, 2, 1),
      weights: Float32Array.of(1, 1, 3, 3),
    };
    const mixed = withNeighbours(Float32Array.of(1, 0, 0, 1, 1, 0, 0.25, 0.75), graph, 2);
    expect([...mixed]).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.25, 0.75]);
  });

  it('an image is sure above the threshold only; of equals the first kind', () => {
    const { kinds, isSure } = targetsOf(Float32Array.of(0.5, 0.5, 0.25, 0.75, 1, 0), 2, 0.75);
    expect([...kinds]).toEqual([0, 1, 0]);
    expect([...isSure]).toEqual([0, 0, 1]);
  });
});
