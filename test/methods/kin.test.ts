// Kin as one call: planted kinds found, what it tells on its way, and what it refuses. (Its parts have tests of their own.)
import { expect, it } from 'vitest';
import { InputError, InterruptedError } from '#kindred/core/errors.js';
import { matrix } from '#kindred/core/matrix.js';
import { createRandom } from '#kindred/core/random.js';
import type { MethodOptionChoices } from '#kindred/methods/choices.js';
import { completeOptions } from '#kindred/methods/defaults.js';
import type { FoundKinds } from '#kindred/methods/found-kinds.js';
import type { EpochReport } from '#kindred/methods/kin/cross-fit.js';
import { findKin, type KinContext } from '#kindred/methods/kin/kin.js';
import { isKin } from '#kindred/methods/options.js';
import { misplaced, PLANTED_KINDS, plantedImages } from '../support/planted-images.js';

const COUNT = 240;
const images = plantedImages(COUNT);
const plantedKind = (image: number) => image % PLANTED_KINDS;

function kinOptions(choices: MethodOptionChoices) {
  const options = completeOptions({ threads: 2, ...choices });
  if (!isKin(options)) throw new Error('not kin');
  return options;
}

function find(choices: MethodOptionChoices, context: Partial<KinContext> = {}, pile = images) {
  return findKin(pile, kinOptions(choices), {
    report: () => {},
    signal: new AbortController().signal,
    vectors: null,
    corrections: null,
    onFirstKinds: () => {},
    ...context,
  });
}

it('finds the kinds and how many there are, and says how sure it is', async () => {
  const found = await find({ quality: 'fast' });
  expect(found.k).toBe(PLANTED_KINDS);
  expect(misplaced(found.assignment, plantedKind)).toEqual([]);
  expect(found.clusterSizes).toEqual(Array.from({ length: PLANTED_KINDS }, () => COUNT / PLANTED_KINDS));
  expect(found.confidence.every((value) => value > 0 && value <= 1)).toBe(true);
  expect(found.confidence.reduce((sum, value) => sum + value) / COUNT).toBeGreaterThan(0.8);
  expect(found.codes.rows).toBe(COUNT);
  expect(found.encoder?.length).toBeGreaterThan(0);
  expect(found.classifier.length).toBeGreaterThan(0);
  expect(found.kin?.networks).toEqual({ state: 'none' });
  expect(found.kin?.numberOfKinds[0].k).toBe(PLANTED_KINDS);
});

it('hands over the kinds of the graph before its networks begin, and tells every epoch', async () => {
  const first: FoundKinds[] = [];
  const epochs: EpochReport[] = [];
  const found = await find(
    { quality: 'default', networkEpochs: 1 },
    { onFirstKinds: (kinds) => void first.push(kinds), onEpoch: (report) => epochs.push(report) },
  );
  expect(first).toHaveLength(1);
  expect(first[0].kin?.networks).toEqual({ state: 'pending', reason: null });
  expect(misplaced(first[0].assignment, plantedKind)).toEqual([]);
  expect(found.kin?.networks).toEqual({ state: 'trained' });
  // One epoch is too short for networks to be as good as the graph.
  expect(misplaced(found.assignment, plantedKind).length).toBeLessThan(0.05 * COUNT);
  expect(found.stability?.every((value) => value > 0.6 && value <= 1)).toBe(true);
  const { warmUpEpochs, epochs: crossed } = kinOptions({ networkEpochs: 1 }).kin;
  expect(epochs.map(({ epoch }) => epoch)).toEqual(
    Array.from({ length: warmUpEpochs + crossed }, (_, at) => at),
  );
  expect(epochs.every(({ losses }) => losses.every((loss) => loss > 0))).toBe(true);
});

it('finds as many kinds as it is told, and no more than there are different pictures', async () => {
  const two = await find({ quality: 'fast', clustering: { numClusters: 2 } });
  expect(two.k).toBe(2);
  expect(new Set(two.assignment)).toEqual(new Set([0, 1]));
  const few = find({ quality: 'fast', clustering: { numClusters: COUNT + 1 } });
  await expect(few).rejects.toThrow(InputError);
  await expect(few).rejects.toMatchObject({ option: 'numClusters' });
});

it('gives the same bytes for the same seed', async () => {
  const [one, other] = [await find({ quality: 'fast', seed: 5 }), await find({ quality: 'fast', seed: 5 })];
  expect(other.assignment).toEqual(one.assignment);
  expect(other.confidence).toEqual(one.confidence);
  expect(Buffer.from(other.classifier).equals(Buffer.from(one.classifier))).toBe(true);
});

it('compares by vectors that are given, whatever the pictures show', async () => {
  // Two clouds: even and odd thirds of the list, across the planted kinds.
  const random = createRandom(1, 'vectors');
  const cloud = (image: number) => Math.floor(image / 3) % 2;
  const vectors = matrix(COUNT, 6);
  vectors.data.forEach((_, at) => {
    vectors.data[at] = 9 * cloud(Math.floor(at / 6)) + random.normal();
  });
  const found = await find({ quality: 'fast' }, { vectors: { kind: 'features', vectors } });
  expect(found.k).toBe(2);
  expect(misplaced(found.assignment, cloud)).toEqual([]);
  expect(found.encoder).toBeNull();
});

it('goes on from the kinds that a person made, and keeps what they said of an image', async () => {
  // Discs and rings were made one kind, and the first upright bar was said to belong there too.
  const merged = (image: number) => Math.max(0, plantedKind(image) - 1);
  const before = Int32Array.from({ length: COUNT }, (_, image) => merged(image));
  const [assignment, held] = [before.slice(), new Uint8Array(COUNT)];
  [assignment[2], held[2]] = [0, 1];
  const corrections = { k: 3, assignment, before, held, vouched: new Uint8Array(COUNT) };
  const found = await find({ quality: 'fast' }, { corrections });
  expect(found.k).toBe(3);
  expect(found.assignment).toEqual(assignment);
});

it('stops when it is asked to, in any stage', async () => {
  for (const stage of ['features', 'neighbours', 'kinds']) {
    const controller = new AbortController();
    const stopped = find(
      { quality: 'fast' },
      {
        signal: controller.signal,
        report: (progress) => {
          if (progress.stage === stage) controller.abort();
        },
      },
    );
    await expect(stopped, stage).rejects.toThrow(InterruptedError);
  }
});
