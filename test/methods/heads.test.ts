// Heads on the vectors of an encoder: a step and the targets beside plain versions, what the graph got wrong mended, the gate both ways.
import { describe, expect, it } from 'vitest';
import { InterruptedError } from '#kindred/core/errors.js';
import { createRandom } from '#kindred/core/random.js';
import { initialParameters } from '#kindred/engine/parameters.js';
import { initialVectors, openStepper, trainedOf } from '#kindred/engine/training/stepper.js';
import { writeTraining } from '#kindred/engine/training/train-step.js';
import { fuzzyGraph } from '#kindred/graph/fuzzy-weights.js';
import { nearestNeighbours } from '#kindred/graph/neighbours/nearest-neighbours.js';
import type { EpochReport } from '#kindred/methods/kin/cross-fit.js';
import { clearestHalf, type HeadsJob, trainHeads } from '#kindred/methods/kin/heads.js';
import { effectiveNumber, whyHeadsRefused } from '#kindred/methods/kin/heads-gate.js';
import { parametersOf } from '#kindred/methods/kin/learners.js';
import { dropOut, smoothTargets, vectorLearner } from '#kindred/methods/kin/vector-learner.js';
import { clouds, shareEqual } from '../support/clouds.js';
import { normals, relativeError } from '../support/numbers.js';

const quiet = { report: () => {}, signal: new AbortController().signal };
const bits = (values: Float32Array) => Buffer.from(values.slice().buffer).toString('hex');

describe('a step of a head', () => {
  const [count, columns, hidden, k, batch] = [9, 6, 5, 3, 4];
  const rows = normals(count * columns, 'rows of heads');
  const plan = { kind: 'vectors', rows, shape: { columns, hidden, k } } as const;
  const start = initialParameters(parametersOf(plan), 3);
  const images = Uint32Array.of(8, 0, 3, 5, 5, 1, 2, 7);
  const kinds = Uint16Array.of(2, 0, 1, 1, 0, 0, 2, 1);

  it('is AdamW on the smoothed cross entropy of the dropped vectors, written plainly', async () => {
    const learner = vectorLearner(plan, { network: 0, batchSize: batch, first: 0, end: batch, seed: 1 });
    const feeds = learner.feeds(images, kinds);
    const models = writeTraining(learner.program, learner.optimizer);
    const stepper = await openStepper(
      models,
      initialVectors({ parameters: start }, learner.optimizer),
      learner.optimizer,
    );
    const losses = await stepper.run([0.01, 0.01], feeds);

    const w = Float64Array.from(start);
    const [m, v] = [new Float64Array(w.length), new Float64Array(w.length)];
    for (const step of [0, 1]) {
      const x = feeds.vectors.subarray(step * batch * columns, (step + 1) * batch * columns);
      const ofStep = kinds.subarray(step * batch, (step + 1) * batch);
      expect(losses[step]).toBeCloseTo(plainLoss(w, x, ofStep), 4);
      // The gradient by central differences of the plain loss.
      const gradient = w.map((value, at) => {
        const moved = (by: number) => plainLoss(w.with(at, value + by), x, ofStep);
        return (moved(1e-5) - moved(-1e-5)) / 2e-5;
      });
      gradient.forEach((g, at) => {
        m[at] = 0.9 * m[at] + 0.1 * g;
        v[at] = 0.999 * v[at] + 0.001 * g * g;
        const rate = 0.01 / (1 - 0.9 ** (step + 1));
        w[at] -= 0.01 * 0.01 * w[at];
        w[at] -= (rate * m[at]) / (Math.sqrt(v[at] / (1 - 0.999 ** (step + 1))) + 1e-8);
      });
    }
    expect(relativeError(trainedOf(stepper.vectors()).parameters, w)).toBeLessThan(1e-4);
  });

  /** Mean over the batch of −Σ t log softmax, t = 0.95 of the kind and 0.05 of all alike. */
  function plainLoss(w: Float64Array, x: ArrayLike<number>, ofStep: Uint16Array): number {
    const toScores = columns * hidden + hidden;
    let loss = 0;
    for (let row = 0; row < batch; row++) {
      const units = Array.from({ length: hidden }, (_, unit) => {
        let sum = w[columns * hidden + unit];
        for (let at = 0; at < columns; at++) sum += x[row * columns + at] * w[at * hidden + unit];
        return sum / (1 + Math.exp(-1.702 * sum));
      });
      const scores = Array.from({ length: k }, (_, kind) =>
        units.reduce(
          (sum, value, unit) => sum + value * w[toScores + unit * k + kind],
          w[toScores + hidden * k + kind],
        ),
      );
      const log = Math.log(scores.reduce((sum, score) => sum + Math.exp(score), 0));
      scores.forEach((score, kind) => {
        const target = 0.05 / k + (ofStep[row] === kind ? 0.95 : 0);
        loss -= (target * (score - log)) / batch;
      });
    }
    return loss;
  }

  it('is fed the same numbers whatever its share of the batch', () => {
    const whole = vectorLearner(plan, { network: 1, batchSize: batch, first: 0, end: batch, seed: 1 });
    const part = vectorLearner(plan, { network: 1, batchSize: batch, first: 1, end: 3, seed: 1 });
    const own = [1, 2, 5, 6];
    const all = whole.feeds(images, kinds);
    const some = part.feeds(
      Uint32Array.from(own, (at) => images[at]),
      Uint16Array.from(own, (at) => kinds[at]),
    );
    own.forEach((at, place) => {
      const of = (values: Float32Array | Uint8Array, row: number, length: number) => [
        ...values.subarray(row * length, (row + 1) * length),
      ];
      expect(of(some.vectors, place, columns)).toEqual(of(all.vectors, at, columns));
      expect(of(some.targets, place, k)).toEqual(of(all.targets, at, k));
    });
  });

  it('leaves three numbers in ten out, keeps the mean, and no row hangs on another', () => {
    const ones = new Float32Array(3000 * 7).fill(1);
    dropOut(createRandom(1, 'dropping'), ones, 7);
    const zeros = ones.filter((value) => value === 0).length / ones.length;
    expect(zeros).toBeGreaterThan(0.29);
    expect(zeros).toBeLessThan(0.31);
    expect(ones.reduce((sum, value) => sum + value, 0) / ones.length).toBeCloseTo(1, 1);
    expect(new Set(ones).size).toBe(2);
    for (let column = 0; column < 7; column++) {
      const own = ones.filter((_, at) => at % 7 === column);
      expect(own.filter((value) => value === 0).length / own.length).toBeCloseTo(0.3, 1);
    }
  });

  it('has targets that sum to one', () => {
    const targets = smoothTargets(Uint16Array.of(1, 3), 4);
    const [low, high] = [0.0125, 0.9625];
    [low, high, low, low, low, low, low, high].forEach((value, at) => {
      expect(targets[at]).toBeCloseTo(value, 6);
    });
  });
});

async function headsJob(
  n: number,
  changes: Partial<HeadsJob> = {},
): Promise<HeadsJob & { kinds: Int32Array }> {
  const { vectors, kinds } = clouds(n, 4, 1.1);
  const near = await nearestNeighbours(vectors, { k: 10, threads: 2, ...quiet });
  const random = createRandom(1, 'mistakes of the graph');
  const assignment = kinds.map((kind) => (random.uniform() < 0.15 ? random.integer(4) : kind));
  const vote = Float32Array.from(assignment, (kind, row) => (kind === kinds[row] ? 0.9 : 0.4));
  const graph = fuzzyGraph(near);
  return {
    inputs: vectors,
    k: 4,
    assignment,
    vote,
    words: null,
    graph,
    seed: 2,
    threads: 2,
    kinds,
    ...changes,
  };
}

const likeliest = (probabilities: Float32Array, k: number) =>
  Int32Array.from({ length: probabilities.length / k }, (_, row) => {
    const own = probabilities.subarray(row * k, (row + 1) * k);
    return own.indexOf(Math.max(...own));
  });

describe('pairs of heads', () => {
  it('mend what the graph got wrong, say how far they agree, and tell their progress as one', async () => {
    const job = await headsJob(1200);
    const epochs: EpochReport[] = [];
    const done: number[] = [];
    let total: number | null = 0;
    const stages = new Set<string>();
    const { heads, probabilities, agreement } = await trainHeads(job, {
      ...quiet,
      report: (progress) => {
        done.push(progress.done);
        total = progress.total;
        stages.add(progress.stage);
      },
      onEpoch: (report) => epochs.push(report),
    });
    expect(shareEqual(job.assignment, job.kinds)).toBeLessThan(0.92);
    expect(shareEqual(likeliest(probabilities, 4), job.kinds)).toBeGreaterThan(0.97);
    expect(agreement).toBeGreaterThan(0.95);
    expect(heads).toHaveLength(6);
    expect(new Set(heads.map(({ parameters }) => bits(parameters))).size).toBe(6);
    expect(epochs.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(epochs.every(({ of, losses }) => of === 'vectors' && losses.every((loss) => loss > 0))).toBe(true);
    expect(epochs[0].agreement).toBeNull();
    expect(epochs[5].agreement).toBeGreaterThan(0.9);
    expect(done.every((value, at) => at === 0 || value >= done[at - 1])).toBe(true);
    expect(done.at(-1)).toBe(total);
    expect([...stages]).toEqual(['heads']);
  });

  it('give the same bytes with one thread, two and six, others for another seed', async () => {
    const job = await headsJob(300);
    const trainedBy = (changes: Partial<HeadsJob>) => trainHeads({ ...job, ...changes }, quiet);
    const [two, one, six, other] = [
      await trainedBy({}),
      await trainedBy({ threads: 1 }),
      await trainedBy({ threads: 6 }),
      await trainedBy({ seed: 3 }),
    ];
    for (const again of [one, six]) {
      expect(bits(again.probabilities)).toBe(bits(two.probabilities));
      expect(again.heads.map(({ parameters }) => bits(parameters))).toEqual(
        two.heads.map(({ parameters }) => bits(parameters)),
      );
    }
    expect(bits(other.probabilities)).not.toBe(bits(two.probabilities));
  });

  it('learn what a person said, whatever the vote', async () => {
    const job = await headsJob(400);
    // Every tenth image was said to be of its planted kind, and of one image, far inside kind 0, that it is of kind 3.
    const held = Uint8Array.from(job.kinds, (_, image) => (image % 10 === 0 ? 1 : 0));
    const assignment = job.assignment.map((kind, image) => (held[image] === 1 ? job.kinds[image] : kind));
    [assignment[0], held[0]] = [3, 1];
    const words = { assignment, held, vouched: new Uint8Array(400) };
    const { probabilities } = await trainHeads({ ...job, assignment, words }, quiet);
    expect(likeliest(probabilities, 4)[0]).toBe(3);
  });

  it('stop when asked', async () => {
    const controller = new AbortController();
    let told = 0;
    const running = trainHeads(await headsJob(400), {
      signal: controller.signal,
      report: () => {
        if (++told === 8) controller.abort();
      },
    });
    await expect(running).rejects.toThrow(InterruptedError);
  });

  it('of images without a kind, of one image a kind, and of a kind that nobody is sure of: nothing breaks', async () => {
    const job = await headsJob(120);
    for (const assignment of [
      new Int32Array(120).fill(-1),
      job.assignment.map((_, image) => (image < 4 ? image : -1)),
      job.assignment.map((_, image) => (image === 0 ? 3 : image % 3)),
    ]) {
      const { probabilities, agreement } = await trainHeads({ ...job, assignment }, quiet);
      expect(probabilities.every(Number.isFinite)).toBe(true);
      expect(agreement).toBeGreaterThanOrEqual(0);
    }
  });

  it('begin with the clearest half of the images that have a kind', () => {
    const vote = Float32Array.of(0.2, 0.9, 0.5, 0.7, 1, 0.6);
    expect([...clearestHalf(vote, Int32Array.of(0, 1, 0, 1, -1, 0))]).toEqual([0, 1, 0, 1, 0, 1]);
    expect([...clearestHalf(Float32Array.of(1, 1, 1), Int32Array.of(0, 0, 0))]).toEqual([1, 1, 1]);
    expect([...clearestHalf(new Float32Array(2), Int32Array.of(-1, -1))]).toEqual([0, 0]);
  });
});

describe('the gate', () => {
  const before = Int32Array.from({ length: 100 }, (_, image) => (image < 60 ? 0 : image < 90 ? 1 : 2));
  const refused = (after: Int32Array, agreement = 0.9) => whyHeadsRefused({ before, after, k: 3, agreement });

  it('lets heads through that confirm the graph', () => {
    expect(refused(before)).toBeNull();
    expect(refused(before.map((kind, image) => (image % 20 === 0 ? 0 : kind)))).toBeNull();
  });

  it('refuses heads that disagree, that find other kinds, that even out unequal ones', () => {
    expect(refused(before, 0.5)).toBe(
      'heads that learnt from different halves agree on only 50 % of the images, and should on 75 %',
    );
    expect(refused(before.map((kind, image) => (image % 2 === 0 ? (kind + 1) % 3 : kind)))).toBe(
      'the heads confirm the kind of only 50 % of the images, and should of 75 %',
    );
    expect(refused(before.map((kind, image) => (image < 20 ? 2 : kind)))).toBe(
      'the heads made the kinds more equal in size than the graph shows them',
    );
  });

  it('counts k equal kinds as k', () => {
    expect(effectiveNumber([5, 5, 5])).toBeCloseTo(3, 10);
    expect(effectiveNumber([7, 0])).toBeCloseTo(1, 10);
  });
});
