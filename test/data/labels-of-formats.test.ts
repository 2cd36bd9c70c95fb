// The labels that arrays and tables carry, or that lie beside them, by the ids of their pictures.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { InputError } from '#kindred/core/errors.js';
import { openDataset } from '#kindred/data/formats/open.js';
import { readLabels } from '#kindred/data/labels/labels.js';
import type { PictureSource } from '#kindred/data/pictures.js';
import { encodeNpy, encodeZip } from '../support/archives.js';
import { storedNumbers } from '../support/arrays.js';
import { directoryOf } from '../support/idx.js';
import { encodeImageParquet, encodeParquet } from '../support/parquet.js';
import { allPictures } from '../support/pictures.js';

/** The label of each picture of a source, in order; null where it has none. */
async function labelsOf(source: PictureSource, take = (ids: string[]) => ids): Promise<string[] | null> {
  const ids = take((await allPictures(source)).map(({ id }) => id));
  const labels = await readLabels({ origin: source.origin, ids });
  return labels && Array.from(labels.values, (value) => labels.names[value]);
}

async function opened(files: Readonly<Record<string, Uint8Array | string>>, name: string) {
  return openDataset([join(directoryOf(files), name)]);
}

const images = encodeNpy(
  "'|u1'",
  '(3, 2, 2)',
  Uint8Array.from({ length: 12 }, (_, at) => at * 9),
);
const array = (type: string, values: readonly number[], order = '<') =>
  encodeNpy(`'${order}${type}'`, `(${values.length},)`, storedNumbers(type, values, order === '<'));
const numbers = array('i8', [7, 2, 7]);

/** Words as NumPy keeps them, four bytes a letter. */
function words(length: number, order: '<' | '>', ...texts: string[]): Buffer {
  const data = Buffer.alloc(4 * length * texts.length);
  texts.forEach((text, row) => {
    [...text].forEach((letter, at) => {
      const place = 4 * (row * length + at);
      const point = letter.codePointAt(0) as number;
      if (order === '<') data.writeUInt32LE(point, place);
      else data.writeUInt32BE(point, place);
    });
  });
  return encodeNpy(`'${order}U${length}'`, `(${texts.length},)`, data);
}

describe('labels of an .npy', () => {
  it.each([
    ['x_train.npy', 'y_train.npy'],
    ['train_images.npy', 'train_labels.npy'],
    ['images.npy', 'labels.npy'],
    ['X.npy', 'y.npy'],
    ['X.npy', 'Y.npy'],
    ['scans.npy', 'scans_labels.npy'],
    ['scans.npy', 'labels.npy'],
    ['scans.npy', 'y.npy'],
  ])('of %s lie in %s', async (name, beside) => {
    const { train } = await opened({ [name]: images, [beside]: numbers }, name);
    expect(await labelsOf(train)).toEqual(['7', '2', '7']);
  });

  it('may be packed, as the images may be', async () => {
    const files = { 'x.npy.gz': gzipSync(images), 'y.npy.gz': gzipSync(numbers) };
    expect(await labelsOf((await opened(files, 'x.npy.gz')).train)).toEqual(['7', '2', '7']);
  });

  it('are those asked for, in the order asked for', async () => {
    const { train } = await opened({ 'x.npy': images, 'y.npy': array('i8', [10, 9, 100]) }, 'x.npy');
    expect(await labelsOf(train, ([a, b, c]) => [c, a, b])).toEqual(['100', '10', '9']);
    expect((await readLabels({ origin: train.origin, ids: ['0', '1', '2'] }))?.names).toEqual([
      '9',
      '10',
      '100',
    ]);
  });

  it('are none where nothing lies beside, or labels of so many other images', async () => {
    const files = { 'a.npy': images, 'labels.npy': array('u1', [1, 2]) };
    expect(await labelsOf((await opened(files, 'a.npy')).train)).toBeNull();
  });

  const cases: [string, Uint8Array, string[]][] = [
    ['one byte', array('u1', [3, 0, 255]), ['3', '0', '255']],
    [
      '64 bits beyond doubles',
      encodeNpy("'<i8'", '(3,)', Buffer.from('ffffffffffffff7ffeffffffffffff7f0100000000000080', 'hex')),
      ['9223372036854775807', '9223372036854775806', '-9223372036854775807'],
    ],
    ['64 bits, big end first', array('u8', [1, 2, 3], '>'), ['1', '2', '3']],
    ['floats', array('f4', [1, 2.5, 3]), ['1', '2.5', '3']],
    ['truth values', array('b1', [1, 0, 1]), ['True', 'False', 'True']],
    ['one column', encodeNpy("'|u1'", '(3, 1)', Uint8Array.of(4, 5, 6)), ['4', '5', '6']],
    ['words', words(5, '<', 'Äpfel', 'b', ''), ['Äpfel', 'b', '']],
    ['words, big end first', words(2, '>', '😀', 'b', 'cc'), ['😀', 'b', 'cc']],
    ['bytes', encodeNpy("'|S3'", '(3,)', Buffer.from('cat\0\0\0ox\0')), ['cat', '', 'ox']],
  ];
  it.each(cases)('may be %s', async (_, labels, texts) => {
    expect(await labelsOf((await opened({ 'x.npy': images, 'y.npy': labels }, 'x.npy')).train)).toEqual(
      texts,
    );
  });

  it.each([
    ['too few', array('u1', [1, 2]), 'holds 2 labels for 3 images: save the labels of these images.'],
    [
      'one-hot',
      encodeNpy("'|u1'", '(3, 2)', Uint8Array.of(1, 0, 0, 1, 1, 0)),
      'has the shape (3, 2), where labels are one number or word an image: save it so.',
    ],
    [
      'pickled',
      encodeNpy("'|O'", '(3,)', new Uint8Array(24)),
      "holds values of type '|O', pickled Python objects",
    ],
    ['cut', numbers.subarray(0, 140), 'is cut short'],
  ])('that are %s are refused', async (_, labels, sentence) => {
    const { train } = await opened({ 'x.npy': images, 'y.npy': labels }, 'x.npy');
    const refused = labelsOf(train);
    await expect(refused).rejects.toThrow(InputError);
    await expect(refused).rejects.toThrow(`y.npy ${sentence}`);
  });
});

describe('labels of an .npz', () => {
  const test = encodeNpy("'|u1'", '(2, 2, 2)', new Uint8Array(8).fill(9));
  it.each([
    [{ x: images, y: numbers }, ['7', '2', '7'], null],
    [{ X: images, Y: numbers }, ['7', '2', '7'], null],
    [{ arr_0: images, arr_1: numbers }, ['7', '2', '7'], null],
    [{ data: images, target: numbers }, ['7', '2', '7'], null],
    [{ scans: images, labels: numbers }, ['7', '2', '7'], null],
    [{ scans: images, other: numbers }, null, null],
    [
      { x_train: images, y_train: numbers, x_test: test, y_test: array('u1', [5, 6]) },
      ['7', '2', '7'],
      ['5', '6'],
    ],
    [
      { test_images: test, test_labels: array('u1', [5, 6]), train_images: images, train_labels: numbers },
      ['7', '2', '7'],
      ['5', '6'],
    ],
    [{ x_train: images, y_train: numbers, x_test: test, y: numbers }, ['7', '2', '7'], null],
  ] as const)('%# belong to their images', async (arrays, train, heldOut) => {
    const entries = Object.entries(arrays).map(([key, bytes]) => ({ name: `${key}.npy`, bytes }));
    const pile = await opened({ 'a.npz': encodeZip(entries) }, 'a.npz');
    expect(await labelsOf(pile.train)).toEqual(train);
    expect(pile.test && (await labelsOf(pile.test))).toEqual(heldOut);
  });
});

describe('labels of a .csv', () => {
  it.each([
    [
      'label,pixel0,pixel1,pixel2,pixel3\n5,0,1,2,30\n"a ""cat"", or not",0,1,2,30\n',
      ['5', 'a "cat", or not'],
    ],
    ['1x1;1x2;2x1;2x2;class\r\n0;1;2;30;ox\r\n0;1;2;30;5\r\n', ['ox', '5']],
    ['id,pixel0,pixel1,pixel2,pixel3\n5,0,1,2,30\n', null],
    ['5,0,1,2,30\n8,0,1,2,30\n', ['5', '8']],
    ['0,1,2,30\n', null],
    ['path,label\na.png,5\nb.png,"x, y"\na.png,6\n', ['5', 'x, y', '6']],
    ['target\tfile\n1\ta.png\n2\tgone.png\n', ['1', '2']],
    ['path,size\na.png,5\n', null],
    ['a.png\n', null],
  ])('%#', async (text, labels) => {
    const { train } = await opened({ 'a.csv': text, 'a.png': 'x', 'b.png': 'y' }, 'a.csv');
    expect(await labelsOf(train)).toEqual(labels);
  });

  it('may miss some', async () => {
    const { train } = await opened({ 'a.csv': 'path,label\na.png,5\nb.png,\n' }, 'a.csv');
    const labels = await readLabels({ origin: train.origin, ids: ['a.png', 'b.png'] });
    expect(labels).toEqual({ names: ['5'], values: Int32Array.of(0, -1) });
  });
});

describe('labels of .parquet', () => {
  const cells = (count: number) =>
    Array.from({ length: count }, () => ({ bytes: Uint8Array.of(1), path: null }));

  it('have the names that Hugging Face keeps, over all shards', async () => {
    const options = { classNames: ['cat', 'dog', 'ox'], rowGroupSize: 2 };
    const directory = directoryOf({
      'train-0.parquet': encodeImageParquet(cells(3), { ...options, labels: [2, 0, 1] }),
      'train-1.parquet': encodeImageParquet(cells(2), { ...options, labels: [1, 1] }),
    });
    const { train } = await openDataset([directory]);
    expect(await labelsOf(train)).toEqual(['ox', 'cat', 'dog', 'dog', 'dog']);
  });

  it.each([
    ['numbers without names', encodeImageParquet(cells(2), { labels: [4, 12] }), ['4', '12']],
    ['a secret', encodeImageParquet(cells(2), { labels: [-1, -1], classNames: ['cat'] }), null],
    ['nothing in their column', encodeImageParquet(cells(2), { labels: [null, null] }), null],
    ['no column', encodeImageParquet(cells(2)), null],
    [
      'words',
      encodeParquet([
        { name: 'image', data: [Uint8Array.of(1), Uint8Array.of(2)], type: 'BYTE_ARRAY' },
        { name: 'class', data: ['Äpfel', 'b'], type: 'STRING' },
      ]),
      ['Äpfel', 'b'],
    ],
  ])('may be %s', async (_, bytes, labels) => {
    expect(await labelsOf((await opened({ 'a.parquet': bytes }, 'a.parquet')).train)).toEqual(labels);
  });

  it('may miss some', async () => {
    const bytes = encodeImageParquet(cells(3), { labels: [1, null, 2] });
    const { train } = await opened({ 'a.parquet': bytes }, 'a.parquet');
    const labels = await readLabels({ origin: train.origin, ids: ['0', '1', '2'] });
    expect(labels).toEqual({ names: ['1', '2'], values: Int32Array.of(0, -1, 1) });
  });
});

describe('pictures', () => {
  it('are the same whatever the labels say', async () => {
    const directory = directoryOf({});
    const path = join(directory, 'a.csv');
    const read = async (label: string) => {
      writeFileSync(path, `label,pixel0,pixel1,pixel2,pixel3\n${label},0,1,2,30\n`);
      return allPictures((await openDataset([path])).train);
    };
    expect(await read('7')).toEqual(await read('"a word, and 255"'));
  });
});
