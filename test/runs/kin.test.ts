// Kin as a person runs it: kinds without being told anything, whole at the graph, refined by networks.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '#kindred/core/random.js';
import { readAssignments, readKinds } from '#kindred/run/files/artefacts.js';
import { readRunCard } from '#kindred/run/files/card.js';
import { classifyInPython } from '../support/classify-in-python.js';
import { runKindred } from '../support/command-line.js';
import { sharedFolder } from '../support/folders.js';
import { encodeIdx } from '../support/idx.js';
import { type Digits, encodeDigits, firstDigits, reordered, writePile } from '../support/mnist.js';
import { hasPython } from '../support/peers.js';
import { outcome, reproducible, reproducibleFiles, stopped, trained } from '../support/runs.js';
import { readBoard } from '../support/tensorboard.js';
import { classifyInWebRuntime } from '../support/web-runtime.js';

const cwd = sharedFolder();
const FAST = '--quality fast --threads 2';

/** Predictions of the run `tag` for `source`. */
async function predictions(tag: string, source: string) {
  const { code, stdout, stderr } = await runKindred(['predict', `runs/${tag}`, source, '--format', 'json'], {
    cwd,
  });
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as { cluster: number; confidence: number; known: boolean }[];
}

async function expectSameElsewhere(tag: string, digits: Digits, source: string): Promise<void> {
  const file = join(cwd, 'runs', tag, 'model/classifier.onnx');
  const rows = await predictions(tag, source);
  const found = [
    await classifyInWebRuntime(readFileSync(file), digits.pixels, [digits.count, 28, 28, 1]),
    ...(hasPython('numpy', 'onnxruntime') ? [classifyInPython(file, join(cwd, source))] : []),
  ];
  for (const { cluster, confidence } of found) {
    expect(cluster).toEqual(rows.map((row) => row.cluster));
    // Four decimals are printed, and float32 sums are taken in another order.
    const differences = confidence.map((value, image) => Math.abs(value - rows[image].confidence));
    expect(Math.max(...differences)).toBeLessThan(2e-3);
  }
}

describe('the graph alone', () => {
  const train = firstDigits('train', 3000);
  const test = firstDigits('t10k', 300);
  let run: string;

  beforeAll(async () => {
    writePile(join(cwd, 'digits'), { train, test });
    writeFileSync(join(cwd, 'test-images'), encodeDigits(test));
    run = await trained(cwd, 'graph', `digits ${FAST} --num-clusters 10`);
  });

  it('finds the ten digits, and names new ones', () => {
    const card = readRunCard(run);
    expect(card).toMatchObject({ method: 'kin', finished: true, k: 10, numberOfKinds: [], stability: null });
    expect(card.kin?.networks).toEqual({ state: 'none' });
    expect(card.metrics?.train.oneToOneAccuracy).toBeGreaterThan(0.95);
    expect(card.metrics?.test?.oneToOneAccuracy).toBeGreaterThan(0.94);
    expect(card.metrics?.test?.reliability?.expectedCalibrationError).toBeLessThan(0.04);
    expect(card.clusterSizes.reduce((sum, size) => sum + size, card.outside)).toBe(3000);
    expect(Math.min(...card.clusterSizes)).toBeGreaterThan(100);
  });

  it('writes what kinds there could be when nobody says how many', async () => {
    const card = readRunCard(await trained(cwd, 'auto', `digits ${FAST}`));
    expect(card.options.clustering.numClusters).toBeNull();
    expect(card.numberOfKinds.length).toBeGreaterThan(3);
    expect(card.k).toBe(card.numberOfKinds[0].k);
    expect(card.numberOfKinds.slice(0, 3).map(({ k }) => k)).toContain(10);
    const report = readFileSync(join(cwd, 'runs/auto/report.html'), 'utf8');
    expect(report).toContain('How many kinds');
    expect(report).toContain('What confidence is worth');
    expect(report).toMatch(/taken for \d, \d+\.\d%/);
  });

  it('knows nothing of labels: true, shuffled or none, the same bytes', async () => {
    const order = createRandom(3, 'labels').permutation(train.count);
    const labels = Uint8Array.from(order, (index) => train.labels[index]);
    writePile(join(cwd, 'shuffled'), { train: { ...train, labels }, test });
    writePile(join(cwd, 'bare'), { train, test, labelled: false });
    const shuffled = await trained(cwd, 'shuffled', `shuffled ${FAST} --num-clusters 10`);
    const bare = await trained(cwd, 'bare', `bare ${FAST} --num-clusters 10`);
    expect(Object.keys(reproducible(run))).toEqual(reproducibleFiles(null));
    expect(reproducible(shuffled)).toEqual(reproducible(run));
    expect(reproducible(bare)).toEqual(reproducible(run));
    expect(readRunCard(shuffled).metrics?.train.nmi).toBeLessThan(0.05);
    expect(readKinds(bare)[3].name).toBe('kind-3');
  });

  it('gives the same kinds for the images in another order, under another name', async () => {
    const order = Array.from(createRandom(4, 'order').permutation(train.count));
    mkdirSync(join(cwd, 'elsewhere'));
    writeFileSync(join(cwd, 'elsewhere/mixed'), encodeDigits(reordered(train, order)));
    const other = await trained(cwd, 'mixed', `elsewhere/mixed ${FAST} --num-clusters 10`);
    const before = readAssignments(run).assignment;
    const after = readAssignments(other).assignment;
    expect(
      agreement(
        order.map((image) => before[image]),
        [...after],
      ),
    ).toBeGreaterThanOrEqual(0.998);
  });

  it('says the same in other runtimes', async () => {
    await expectSameElsewhere('graph', test, 'test-images');
  });

  it('does not claim to know noise or negatives', async () => {
    const random = createRandom(6, 'noise');
    const noise = Uint8Array.from({ length: 20 * 784 }, () => random.integer(256));
    const negatives = test.pixels.subarray(0, 20 * 784).map((value) => 255 - value);
    writeFileSync(join(cwd, 'strange'), encodeIdx([40, 28, 28], Buffer.concat([noise, negatives])));
    const strange = await predictions('graph', 'strange');
    expect(strange.filter(({ known }) => known)).toEqual([]);
    const digits = await predictions('graph', 'test-images');
    expect(digits.filter(({ known }) => known).length).toBeGreaterThan(285);
  });
});

describe('networks after the graph', () => {
  // Half a minute instead of two: what is checked here does not hang on how long they train.
  const BRIEFLY = 'three --num-clusters 3 --threads 2 --network-epochs 1';
  const all = firstDigits('train', 9000);
  const chosen = [...all.labels.keys()].filter((image) => [0, 1, 6].includes(all.labels[image]));
  const train = reordered(all, chosen);
  const heldOut = firstDigits('t10k', 1000);
  const test = reordered(
    heldOut,
    [...heldOut.labels.keys()].filter((image) => [0, 1, 6].includes(heldOut.labels[image])),
  );
  let run: string;

  beforeAll(async () => {
    writePile(join(cwd, 'three'), { train, test });
    writeFileSync(join(cwd, 'three-test'), encodeDigits(test));
    run = await trained(cwd, 'three', BRIEFLY);
  }, 900_000);

  it('are trained, tell how stable each kind is, and classify new images', () => {
    const card = readRunCard(run);
    expect(card.kin).toMatchObject({ networks: { state: 'trained' } });
    expect(card.kin?.trustedShare).toBeGreaterThan(0.75);
    expect(card.metrics?.train.oneToOneAccuracy).toBeGreaterThan(0.99);
    expect(card.metrics?.test?.oneToOneAccuracy).toBeGreaterThan(0.99);
    expect(card.stability).toHaveLength(3);
    expect(Math.min(...card.stability!)).toBeGreaterThan(0.95);
    expect(readKinds(run).map(({ stability }) => stability)).not.toContain(null);
  });

  it('say the same in other runtimes', async () => {
    await expectSameElsewhere('three', test, 'three-test');
  });

  it('stopped after the first table: a whole run, which --resume refines to the same bytes', async () => {
    const { code, stdout, stderr } = await stopped(cwd, 'broken-off', BRIEFLY, 'SIGINT', (_, progress) =>
      /networks: \d/.test(progress),
    );
    expect(code).toBe(130);
    expect(stdout).toMatch(/^First result: 3 kinds in [\d,]+ images/);
    expect(stderr.trimEnd().split('\n').at(-1)).toContain('kindred train --resume --tag broken-off');
    const folder = join(cwd, 'runs/broken-off');
    const first = readRunCard(folder);
    expect(first).toMatchObject({ finished: true, k: 3, kin: { networks: { state: 'pending' } } });
    const rows = await predictions('broken-off', 'three-test');
    expect(rows).toHaveLength(test.count);
    await trained(cwd, 'broken-off', '--resume');
    expect(outcome(folder)).toEqual(outcome(run));
    if (!hasPython('tensorboard')) return;
    // TensorBoard sees one training, the resumed one from its beginning.
    const { three, 'broken-off': resumed } = readBoard(join(cwd, 'runs'));
    const tags = ['agreement', 'kept', 'loss/deskewed', 'loss/raw'].map((tag) => `networks/${tag}`);
    expect(Object.keys(three.scalars).sort()).toEqual(['kinds/in_no_kind', 'kinds/number', ...tags]);
    expect(resumed.scalars).toEqual(three.scalars);
    const { warmUpEpochs, epochs } = readRunCard(run).options.kin!;
    const last = warmUpEpochs + epochs;
    expect(three.scalars['networks/loss/raw'].map(([step]) => step)).toEqual(
      Array.from({ length: last }, (_, epoch) => epoch + 1),
    );
    expect(three.images['kinds/2'].map(([step]) => step)).toEqual([0, last]);
  }, 900_000);

  it('are refused more steps, which only the auto-encoder takes', async () => {
    const { code, stderr } = await runKindred(['train', '--resume', '--tag', 'three', '--steps', '5'], {
      cwd,
    });
    expect(code).toBe(2);
    expect(stderr).toContain('Run three has no auto-encoder to train further');
  });
});

/** Share of images that two partitions agree on, each kind of the first matched with its commonest in the second. */
function agreement(a: readonly number[], b: readonly number[]): number {
  const counts = new Map<string, number>();
  a.forEach((kind, image) => {
    const key = `${kind} ${b[image]}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  });
  let same = 0;
  for (const kind of new Set(a)) {
    same += Math.max(...[...counts].filter(([key]) => key.startsWith(`${kind} `)).map(([, count]) => count));
  }
  return same / a.length;
}
