// Labels and file names tell training nothing.
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createRandom } from '#kindred/core/random.js';
import { readRunCard } from '#kindred/run/files/card.js';
import { sharedFolder } from '../support/folders.js';
import { encodeIdx } from '../support/idx.js';
import { firstDigits, writePile } from '../support/mnist.js';
import { reproducible, reproducibleFiles, trained } from '../support/runs.js';

const cwd = sharedFolder();
const train = firstDigits('train', 150);
const test = firstDigits('t10k', 50);
const shuffled = Uint8Array.from(createRandom(5, 'labels').permutation(150), (index) => train.labels[index]);
writePile(join(cwd, 'true'), { train, test });
writePile(join(cwd, 'shuffled'), {
  train: { ...train, labels: shuffled },
  test: { ...test, labels: test.labels.toReversed() },
});
writePile(join(cwd, 'none'), { train, test, labelled: false });

describe.each([
  ['dense', '--steps 30 --encoding-size 8 --threads 1', 30],
  ['convolutional', '--steps 10 --convolution --batch-size 32 --threads 2', 10],
  ['K-means on pixels', '--method kmeans --threads 2', null],
])('labels: %s', (name, flags, steps) => {
  it('true, shuffled or none: the same codes, kinds, models and parameters', async () => {
    const tag = (pile: string) => `${name.replace(/\W/g, '')}-${pile}`;
    const run = await trained(cwd, tag('true'), `true ${flags}`);
    const withShuffled = await trained(cwd, tag('shuffled'), `shuffled ${flags}`);
    const without = await trained(cwd, tag('none'), `none ${flags}`);
    expect(Object.keys(reproducible(run))).toEqual(reproducibleFiles(steps));
    expect(reproducible(withShuffled)).toEqual(reproducible(run));
    expect(reproducible(without)).toEqual(reproducible(run));
    // The measure sees labels where they may be seen.
    expect(readRunCard(without).metrics).toBeNull();
    expect(readRunCard(withShuffled).metrics).not.toEqual(readRunCard(run).metrics);
  });
});

describe('names', () => {
  it('another directory, other names, packed, as one file, without test images: the same bytes', async () => {
    const flags = '--steps 20 --encoding-size 8 --threads 1';
    const images = encodeIdx([150, 28, 28], train.pixels);
    const put = (path: string, bytes: Uint8Array) => {
      mkdirSync(join(cwd, path, '..'), { recursive: true });
      writeFileSync(join(cwd, path), bytes);
    };
    put('elsewhere/z/train-images.idx3-ubyte', images);
    copyFileSync(join(cwd, 'true/t10k-images-idx3-ubyte'), join(cwd, 'elsewhere/z/t10k-images.idx3-ubyte'));
    put('packed/emnist-train-images-idx3-ubyte.gz', gzipSync(images));
    put('7-zeros-and-ones', images);
    const run = await trained(cwd, 'names', `true ${flags}`);
    for (const [index, source] of ['elsewhere/z', 'packed', '7-zeros-and-ones'].entries()) {
      const moved = await trained(cwd, `names-${index}`, `${source} ${flags}`);
      expect(reproducible(moved), source).toEqual(reproducible(run));
    }
  });
});
