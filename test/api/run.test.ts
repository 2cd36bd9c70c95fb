// The library's front door, as a program uses it: from pixels to a run that has learnt and grown.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { requestOf, type TrainOptions } from '#kindred/api/options.js';
import { open, type Prediction, train } from '#kindred/api/run.js';
import { trainRequest } from '#kindred/cli/commands/train.js';
import { parseArguments } from '#kindred/cli/flags/arguments.js';
import { InputError, InterruptedError } from '#kindred/core/errors.js';
import { createRandom } from '#kindred/core/random.js';
import { completeOptions } from '#kindred/methods/defaults.js';
import { completeRequest } from '#kindred/run/writing/plan.js';
import { sharedFolder } from '../support/folders.js';
import { encodeIdx } from '../support/idx.js';
import { encodeDigits, firstDigits, PIXELS } from '../support/mnist.js';

const logDir = join(sharedFolder(), 'runs');
const COUNT = 300;
const digits = firstDigits('train', COUNT + 100);
const array = (from: number, count: number) => ({
  pixels: digits.pixels.subarray(from * PIXELS, (from + count) * PIXELS),
  shape: [count, 28, 28],
});

it('trains on pixels in memory, predicts, edits, learns, grows and exports', async () => {
  const stages = new Set<string>();
  const notices: string[] = [];
  const run = await train(array(0, COUNT), {
    logDir,
    tag: 'mine',
    quality: 'fast',
    threads: 2,
    onProgress: ({ stage }) => stages.add(stage),
    onNotice: (line) => notices.push(line),
  });
  expect(run.folder).toBe(join(logDir, 'mine'));
  expect(stages).toContain('number of kinds');
  expect(notices.join()).toContain('ground');
  expect(run.kinds).toHaveLength(run.card.k);
  expect(run.kinds.reduce((sum, { size }) => sum + size, 0)).toBe(COUNT);

  run.edit({ do: 'name', kind: 0, name: 'first' });
  expect(run.kinds[0].name).toBe('first');
  const found: Prediction[] = [];
  for await (const prediction of run.predict(array(0, COUNT))) found.push(prediction);
  expect(found).toHaveLength(COUNT);
  expect(found.filter(({ kind }) => kind === 0).every(({ name }) => name === 'first')).toBe(true);
  const own = readFileSync(join(run.folder, 'assignments.csv'), 'utf8').trim().split('\n').slice(1);
  const same = own.filter((line, image) => Number(line.split(',')[1]) === found[image].kind);
  expect(same.length).toBeGreaterThan(0.95 * COUNT);

  const before = run.kinds.map(({ size }) => size);
  run.edit({ do: 'merge', kinds: [3, 4], into: 2 });
  expect(run.kinds).toHaveLength(before.length - 2);
  expect(run.kinds[2].size).toBe(before[2] + before[3] + before[4]);
  run.undo();
  expect(run.kinds.map(({ size }) => size)).toEqual(before);
  run.redo();

  const refined = await run.refine({ tag: 'mine-2', quality: 'fast' });
  expect(refined.card.refinedFrom?.tag).toBe('mine');
  expect(refined.kinds).toHaveLength(before.length - 2);
  expect(refined.kinds.map(({ name }) => name)).toContain('first');

  const grown = await (await open(run.folder)).grow(array(COUNT, 100), { tag: 'more' });
  expect(grown.kinds.reduce((sum, { size }) => sum + size, 0)).toBeGreaterThan(COUNT);
  const { path, images } = await refined.export('csv', { out: join(logDir, 'kinds.csv') });
  expect(images).toBe(COUNT);
  expect(readFileSync(path, 'utf8').trim().split('\n')).toHaveLength(1 + COUNT);
  // The same pixels are kept once.
  expect(readdirSync(logDir).filter((name) => name.endsWith('.npy'))).toHaveLength(2);
});

it('has the defaults of the command line', () => {
  const { flags, positionals } = parseArguments('train', ['pile']);
  const asked = { flags, positionals, argv: ['train', 'pile'], signal: new AbortController().signal };
  const { command: _, options, ...typed } = trainRequest(asked);
  const wishes = { ...requestOf({}, false), sources: ['pile'] };
  const { command: __, options: others, ...called } = completeRequest(wishes);
  expect(called).toEqual(typed);
  expect(completeOptions(others)).toEqual(completeOptions(options));
});

it('refuses what cannot be, in one sentence, and writes nothing', async () => {
  const elsewhere = join(logDir, 'elsewhere');
  const few = { pixels: new Uint8Array(9), shape: [2, 2, 2] };
  await expect(train(few, { logDir: elsewhere })).rejects.toThrow(
    new InputError(
      'The pixels have the shape [ 2, 2, 2 ] and are 9: give as many as (images, height, width) or (images, height, width, 1 or 3) come to.',
    ),
  );
  await expect(train('pile', { encoder: 'a.onnx', features: 'b.npy' })).rejects.toThrow(/both bring vectors/);
  await expect(train('pile', { overwrite: true })).rejects.toThrow(/no tag to say which run/);
  await expect(train('pile', { overwrite: true })).rejects.toMatchObject({ option: 'overwrite' });
  await expect(open(elsewhere)).rejects.toThrow(InputError);
  await expect(train(array(0, 50), { logDir: elsewhere, tag: 'a/b' })).rejects.toMatchObject({
    code: 'ERR_KINDRED_INPUT',
    option: 'tag',
    message: expect.stringMatching(/^tag "a\/b" has a path separator/),
  });
  expect(() => readdirSync(elsewhere)).toThrow();
});

it('refuses choices that contradict each other before anything is kept', async () => {
  const elsewhere = join(logDir, 'elsewhere');
  const refused = (options: TrainOptions) =>
    expect(train(array(0, COUNT), { ...options, logDir: elsewhere })).rejects;
  await refused({ method: 'kmeans', quality: 'fast' }).toMatchObject({ option: 'quality' });
  await refused({ method: 'kin', training: { steps: 5 } }).toMatchObject({ option: 'steps' });
  await refused({ network: { convolution: true, hidden: [9] } }).toMatchObject({ option: 'hidden' });
  await refused({ method: 'kmeans', numClusters: null }).toMatchObject({ option: 'numClusters' });
  await refused({ method: 'autoencoder', encoder: 'a.onnx' }).toMatchObject({ option: 'encoder' });
  await refused({ resume: true }).toMatchObject({ option: 'resume' });
  await refused({ resume: true, tag: 'a', overwrite: true }).toMatchObject({ option: 'resume' });
  expect(() => readdirSync(elsewhere)).toThrow();
});

it('takes vectors for a source, and knows which are the same', async () => {
  // Three clouds of 60 in five dimensions; the last row is the first again, the one before it nearly so.
  const random = createRandom(3, 'clouds');
  const rows = Array.from({ length: 180 }, (_, row) =>
    Array.from({ length: 5 }, (_, column) => (column === row % 3 ? 6 : 0) + random.normal()),
  );
  rows.push(
    rows[0].map((value) => value * (1 + 1e-6)),
    rows[0],
  );
  const clouds = { vectors: Float32Array.from(rows.flat()), shape: [rows.length, 5] };
  const run = await train(clouds, { logDir, tag: 'clouds', quality: 'fast', threads: 2 });
  expect(run.kinds.map(({ size }) => size).sort()).toEqual([60, 60, 62]);
  expect(run.card.findings?.exactDuplicates).toBe(1);
  const found: Prediction[] = [];
  for await (const prediction of run.predict(clouds)) found.push(prediction);
  const kinds = [0, 1, 2].map((cloud) => found[cloud].kind);
  expect(new Set(kinds).size).toBe(3);
  expect(found.filter(({ kind }, row) => row < 180 && kind !== kinds[row % 3])).toEqual([]);

  const broken = { vectors: new Float32Array(9), shape: [2, 5] };
  await expect(train(broken, { logDir })).rejects.toThrow(/shape \[ 2, 5 \] and are 9:/);
  await expect(train([clouds, 'more/'], { logDir })).rejects.toThrow(/a source by themselves/);
  await expect(train(clouds, { logDir, features: 'a.npy' })).rejects.toMatchObject({ option: 'features' });
});

it('scores against labels that lie beside images, and says where there are none', async () => {
  const labelled = join(logDir, 'labelled');
  mkdirSync(labelled);
  writeFileSync(join(labelled, 'train-images-idx3-ubyte'), encodeDigits(firstDigits('train', COUNT)));
  writeFileSync(
    join(labelled, 'train-labels-idx1-ubyte'),
    encodeIdx([COUNT], digits.labels.subarray(0, COUNT)),
  );
  const run = await train(labelled, { logDir, tag: 'scored', quality: 'fast', threads: 2 });
  const { count, metrics, classNames } = await run.evaluate();
  expect(count).toBe(COUNT);
  expect(classNames).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
  expect(metrics.majorityAccuracy).toBeGreaterThan(0.5);
  expect(Math.abs(metrics.majorityAccuracy - (run.card.metrics?.train.majorityAccuracy ?? 0))).toBeLessThan(
    0.1,
  );
  await expect((await open(join(logDir, 'mine'))).evaluate()).rejects.toThrow(/no labels/);
});

it('stops when it is told to', async () => {
  const signal = AbortSignal.abort();
  const stopped = train(array(0, COUNT), { logDir, tag: 'stopped', quality: 'fast', signal });
  await expect(stopped).rejects.toThrow(InterruptedError);
  expect(readdirSync(logDir)).not.toContain('stopped');
});
