import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { InputError } from '#kindred/core/errors.js';
import { idxPictureSource } from '#kindred/data/formats/arrays/idx.js';
import { openDataset } from '#kindred/data/formats/open.js';
import { readLabels } from '#kindred/data/labels/labels.js';
import type { PictureSource } from '#kindred/data/pictures.js';
import { directoryOf, encodeLabels, patternImages } from '../support/idx.js';

/** All rows of a source. */
function rows({ origin, count }: PictureSource) {
  return { origin, ids: Array.from({ length: count ?? 0 }, (_, row) => String(row)) };
}

async function labelsBeside(imagesName: string, files: Record<string, Uint8Array>) {
  const packed = imagesName.endsWith('.gz');
  const images = packed ? gzipSync(patternImages(4)) : patternImages(4);
  const directory = directoryOf({ ...files, [imagesName]: images });
  return readLabels(rows(await idxPictureSource(join(directory, imagesName), 'pile')));
}

describe('labels', () => {
  it('of the bundled MNIST are the published ones', async () => {
    const pile = await openDataset();
    const train = await readLabels(rows(pile.train));
    const test = await readLabels(rows(pile.test!));
    expect(train?.names).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']);
    expect(test?.names).toEqual(train?.names);
    expect([...train!.values.subarray(0, 8)]).toEqual([5, 0, 4, 1, 9, 2, 1, 3]);
    expect([...test!.values.subarray(0, 8)]).toEqual([7, 2, 1, 0, 4, 1, 4, 9]);
    const counts = new Int32Array(10);
    for (const value of train!.values) counts[value]++;
    expect([...counts]).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
  });

  it('are the distinct bytes in ascending order, whatever they are', async () => {
    const labels = await labelsBeside('train-images-idx3-ubyte', {
      'train-labels-idx1-ubyte': encodeLabels(26, 3, 200, 3),
    });
    expect(labels).toEqual({ names: ['3', '26', '200'], values: Int32Array.of(1, 0, 2, 0) });
  });

  const besides: [string, string][] = [
    ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte'],
    ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte.gz'],
    ['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte'],
    ['t10k-images.idx3-ubyte', 't10k-labels.idx1-ubyte'],
    ['t10k-images.idx3-ubyte', 't10k-labels-idx1-ubyte.gz'],
    ['emnist-letters-test-images-idx3-ubyte.gz', 'emnist-letters-test-labels-idx1-ubyte.gz'],
    ['images', 'labels'],
  ];
  for (const [images, labels] of besides) {
    it(`${labels} belongs to ${images}`, async () => {
      const bytes = encodeLabels(0, 1, 0, 1);
      const found = await labelsBeside(images, {
        [labels]: labels.endsWith('.gz') ? gzipSync(bytes) : bytes,
      });
      expect(found?.values).toEqual(Int32Array.of(0, 1, 0, 1));
    });
  }

  it('that are not there are null', async () => {
    expect(await labelsBeside('train-images-idx3-ubyte', {})).toBeNull();
    expect(
      await labelsBeside('train-images-idx3-ubyte', { 't10k-labels-idx1-ubyte': encodeLabels(1) }),
    ).toBeNull();
    expect(await labelsBeside('scans', { labels: encodeLabels(1, 2, 3, 4) })).toBeNull();
  });

  it('that do not fit are refused', async () => {
    const beside = (bytes: Uint8Array) =>
      labelsBeside('train-images-idx3-ubyte', { 'train-labels-idx1-ubyte': bytes });
    await expect(beside(encodeLabels(1, 2, 3))).rejects.toThrow(
      /holds 3 labels for the 4 images of .+: put the/,
    );
    await expect(beside(encodeLabels(1, 2, 3, 4).subarray(0, 10))).rejects.toThrow(
      /announces 4 labels, 12 bytes/,
    );
    await expect(beside(patternImages(4))).rejects.toThrow(/holds images .+ where labels were expected/);
    await expect(beside(Buffer.from('5,0,4,1'))).rejects.toThrow(InputError);
  });

  it('are read once the images are open, not before', async () => {
    const directory = directoryOf({ 'train-images-idx3-ubyte': patternImages(2) });
    const { train } = await openDataset([directory]);
    writeFileSync(join(directory, 'train-labels-idx1-ubyte'), 'nonsense');
    await expect(readLabels(rows(train))).rejects.toThrow(InputError);
    expect((await openDataset([directory])).train.count).toBe(2);
  });
});
