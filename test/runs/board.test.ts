// What TensorBoard's own reader finds in a run, also in one that was stopped, killed and resumed.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRunCard } from '#kindred/run/files/card.js';
import { runKindred } from '../support/command-line.js';
import { sharedFolder } from '../support/folders.js';
import { firstDigits, writePile } from '../support/mnist.js';
import { hasPython } from '../support/peers.js';
import { eventFiles, hasLogged, inStage, stopped, trained } from '../support/runs.js';
import { freePort, readBoard, startBoard } from '../support/tensorboard.js';

const cwd = sharedFolder();
writePile(join(cwd, 'pile'), { train: firstDigits('train', 120), test: firstDigits('t10k', 40) });

function stepsOf(points: readonly (readonly number[])[]): number[] {
  return points.map(([step]) => step);
}

function upTo(last: number, every: number): number[] {
  return Array.from({ length: last / every }, (_, index) => (index + 1) * every);
}

describe.skipIf(!hasPython('tensorboard'))("TensorBoard's reader", () => {
  it.each([
    [
      'dense',
      '--hidden 12 --encoding-size 5',
      ['encoder/dense1', 'encoder/code', 'decoder/dense1', 'decoder/reconstruction'],
    ],
    [
      'convolutional',
      '--convolution --encoding-size 5 --batch-size 16',
      [
        'encoder/convolution1',
        'encoder/convolution2',
        'encoder/code',
        'decoder/dense',
        'decoder/convolution1',
        'decoder/reconstruction',
      ],
    ],
  ])('finds curves, histograms and images of the %s network', async (tag, flags, layers) => {
    await trained(cwd, tag, `pile --steps 20 --threads 1 ${flags}`);
    const board = readBoard(join(cwd, 'runs'));
    const [train, heldOut] = [board[tag], board[`${tag}/heldout`]];
    expect(stepsOf(train.scalars.loss)).toEqual([1, 10, 20]);
    expect(stepsOf(train.scalars.learning_rate)).toEqual([1, 10, 20]);
    expect(stepsOf(heldOut.scalars.loss)).toEqual(upTo(20, 1));

    const ofTraining = layers.flatMap((layer) =>
      ['weights', 'biases', 'activations'].map((kind) => `${layer}/${kind}/summaries`),
    );
    const ofHeldOut = layers.map((layer) => `${layer}/activations/summaries`);
    for (const [found, tags] of [
      [train, ofTraining],
      [heldOut, ofHeldOut],
    ] as const) {
      expect(Object.keys(found.histograms).sort()).toEqual(tags.map((each) => `${each}/histogram`).sort());
      for (const each of tags) {
        const histogram = found.histograms[`${each}/histogram`];
        const scalar = (name: string) => found.scalars[`${each}/${name}`];
        for (const name of ['mean', 'stddev', 'min', 'max'])
          expect(stepsOf(scalar(name))).toEqual(upTo(20, 1));
        histogram.forEach(([step, count, minimum, maximum], index) => {
          expect(step).toBe(index + 1);
          expect(count).toBeGreaterThan(0);
          expect(scalar('min')[index][1]).toBeCloseTo(minimum, 5);
          expect(scalar('max')[index][1]).toBeCloseTo(maximum, 5);
          expect(scalar('mean')[index][1]).toBeGreaterThanOrEqual(scalar('min')[index][1] - 1e-6);
          expect(scalar('mean')[index][1]).toBeLessThanOrEqual(scalar('max')[index][1] + 1e-6);
        });
      }
      const pictures = found.images.input_and_reconstruction;
      expect(stepsOf(pictures)).toEqual(upTo(20, 1));
      // Inputs above reconstructions.
      expect(pictures[0][2]).toBeGreaterThanOrEqual(56);
    }
  });

  it('finds every step once after Ctrl-C, kills and more steps', async () => {
    const line = 'pile --steps 1200 --encoding-size 8 --threads 1 --num-clusters 60 --restarts 40';
    await stopped(cwd, 'resumed', line, 'SIGKILL', hasLogged(1));
    await stopped(cwd, 'resumed', '--resume', 'SIGINT', hasLogged(2));
    await stopped(cwd, 'resumed', '--resume', 'SIGKILL', hasLogged(3));
    // The training is over when this one stops, and nothing is left of it for the next.
    await stopped(cwd, 'resumed', '--resume', 'SIGINT', inStage('encode'));
    const run = await trained(cwd, 'resumed', '--resume');
    expect(eventFiles(run)).toHaveLength(5);
    await trained(cwd, 'resumed', '--resume --steps 400');
    const board = readBoard(join(cwd, 'runs'));
    expect(stepsOf(board.resumed.scalars.loss)).toEqual([1, ...upTo(1600, 10)]);
    expect(stepsOf(board.resumed.scalars.learning_rate)).toEqual([1, ...upTo(1600, 10)]);
    for (const part of [board.resumed, board['resumed/heldout']]) {
      for (const points of [part.scalars, part.histograms, part.images].flatMap(Object.values)) {
        const steps = stepsOf(points);
        expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
        expect(steps.at(-1)).toBe(1600);
      }
    }
  });

  it('finds the evidence for each number of kinds, and the kinds, of a run that trained nothing', async () => {
    const run = await trained(cwd, 'graph', 'pile --quality fast');
    const { scalars, images } = readBoard(join(cwd, 'runs')).graph;
    const { numberOfKinds, k } = readRunCard(run);
    const inOrder = [...numberOfKinds].sort((a, b) => a.k - b.k);
    expect(stepsOf(scalars['number_of_kinds/modularity'])).toEqual(inOrder.map((each) => each.k));
    scalars['number_of_kinds/gain'].forEach(([, gain], at) => {
      expect(gain).toBeCloseTo(inOrder[at].gain, 5);
    });
    expect(scalars['kinds/number']).toEqual([[0, k]]);
    expect(Object.keys(images)).toEqual(Array.from({ length: k }, (_, kind) => `kinds/${kind}`));
  });

  it('is told of only where it would show something, and finds the projector’s files from the folder of all runs', async () => {
    const bare = await runKindred(
      ['train', 'pile', '--method', 'kmeans', '--num-clusters', '4', '--tag', 'bare'],
      { cwd },
    );
    expect(bare.code).toBe(0);
    expect(bare.stdout).not.toContain('TensorBoard');
    await trained(cwd, 'points', 'pile --method kmeans --num-clusters 4 --tb-embedding');
    const port = await freePort();
    const board = await startBoard(['--logdir', join(cwd, 'runs'), '--port', String(port)], port);
    try {
      const runs = async () => (await board.get('/data/plugin/projector/runs')).json();
      await expect.poll(runs, { timeout: 30_000 }).toEqual(['points']);
      const metadata = await board.get('/data/plugin/projector/metadata?run=points&name=codes');
      expect((await metadata.text()).split('\n')[0]).toBe('id\tkind\tname\tlabel');
      for (const file of ['tensor', 'sprite_image']) {
        await board.get(`/data/plugin/projector/${file}?run=points&name=codes`);
      }
    } finally {
      await board.close();
    }
  });
});
