// Archives of arrays: which one holds the images, and that they are read as a .npy file of their own would be.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { npzPictureSources } from '#kindred/data/formats/arrays/npz.js';
import { READING_LIMITS } from '#kindred/data/pictures.js';
import { encodeNpy, encodeZip } from '../support/archives.js';
import { directoryOf } from '../support/idx.js';
import { allPictures, pixelsOf } from '../support/pictures.js';

/** An array of bytes whose first pixel is `mark`. */
function marked(mark: number, ...shape: number[]): Buffer {
  const bytes = new Uint8Array(shape.reduce((all, side) => all * side, 1));
  bytes[0] = mark;
  return encodeNpy("'|u1'", `(${shape.join(', ')},)`, bytes);
}

async function opened(
  arrays: Readonly<Record<string, Uint8Array>>,
  deflated = false,
  limits = READING_LIMITS,
) {
  const entries = Object.entries(arrays).map(([key, bytes]) => ({ name: `${key}.npy`, bytes, deflated }));
  const path = join(directoryOf({ 'a.npz': encodeZip(entries) }), 'a.npz');
  return npzPictureSources(path, 'arrays', limits);
}

describe('an .npz', () => {
  const labels = marked(0, 3);
  const objects = encodeNpy("'|O'", '(3,)', new Uint8Array(24));
  it.each([
    ['x and y', { y: labels, x: marked(7, 3, 2, 2) }, 'x', null],
    ['X and Y', { X: marked(7, 3, 2, 2), Y: labels }, 'X', null],
    ['images', { images: marked(7, 3, 2, 2), labels }, 'images', null],
    ['what was saved without names', { arr_0: marked(7, 3, 4), arr_1: labels }, 'arr_0', null],
    [
      'Keras',
      { x_test: marked(9, 2, 2, 2), x_train: marked(7, 3, 2, 2), y_test: marked(0, 2), y_train: labels },
      'x_train',
      'x_test',
    ],
    [
      'MedMNIST',
      {
        train_images: marked(7, 3, 2, 2),
        val_images: marked(8, 2, 2, 2),
        test_images: marked(9, 2, 2, 2),
        train_labels: marked(0, 3, 1),
      },
      'train_images',
      'test_images',
    ],
    ['another name for the only images', { scans: marked(7, 3, 2, 2, 1), labels }, 'scans', null],
    ['a name for images that holds none', { data: labels, scans: marked(7, 3, 2, 2) }, 'scans', null],
    ['pickled objects beside the images', { x: marked(7, 3, 2, 2), names: objects }, 'x', null],
    ['a name within a folder', { 'set/x': marked(7, 3, 2, 2) }, 'set/x', null],
  ] as const)('with %s', async (_, arrays, key, testKey) => {
    const { train, test } = await opened(arrays);
    expect(train.origin).toMatchObject({ format: 'npz', key });
    expect(pixelsOf(await train.sample(1))[0][0]).toBe(7);
    if (testKey === null) expect(test).toBeNull();
    else {
      expect(test).toMatchObject({ name: 'arrays test', origin: { key: testKey }, count: 2 });
      expect(pixelsOf(await allPictures(test!))[0][0]).toBe(9);
    }
  });

  it('is read alike stored and deflated, as a whole and in a sample', async () => {
    const cases = fc.record({
      count: fc.integer({ min: 1, max: 300 }),
      deflated: fc.boolean(),
      wanted: fc.integer({ min: 1, max: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ count, deflated, wanted }) => {
        const pixels = Uint8Array.from({ length: count * 20 }, (_, at) => (at * 89) % 256);
        const { train } = await opened({ x: encodeNpy("'|u1'", `(${count}, 4, 5)`, pixels) }, deflated);
        const pictures = await allPictures(train);
        expect(pixelsOf(pictures).flat()).toEqual([...pixels]);
        const sample = await train.sample(wanted);
        expect(sample).toEqual(sample.map(({ id }) => pictures[Number(id)]));
        expect(sample.length).toBeGreaterThanOrEqual(Math.min(count, wanted));
      }),
      { numRuns: 25 },
    );
  });

  it.skipIf(process.platform !== 'linux')('leaves no file open, read to the end or not', async () => {
    const open = () => readdirSync('/proc/self/fd').length;
    const { train } = await opened({ x: marked(7, 2000, 30, 30) }, true);
    for await (const { id } of train.pictures()) if (id === '3') break;
    await allPictures(train);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = open();
    for (let time = 0; time < 20; time++) {
      for await (const { id } of train.pictures()) if (id === '3') break;
      await train.sample(2);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(open()).toBeLessThanOrEqual(before + 1);
  });

  it('of blank images is no bomb until it unpacks to more than a gigabyte', async () => {
    const limits = { ...READING_LIMITS, expansion: 2 };
    const { train } = await opened({ x: marked(7, 500, 100, 100) }, true, limits);
    expect(train.count).toBe(500);
  });
});
