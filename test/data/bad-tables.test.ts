// Tables that are not what they claim: one sentence each, that says what was found, where, and what to do.
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { InputError } from '#kindred/core/errors.js';
import { npyPictureSource } from '#kindred/data/formats/arrays/npy.js';
import { npzPictureSources } from '#kindred/data/formats/arrays/npz.js';
import { csvPictureSource } from '#kindred/data/formats/tables/csv.js';
import { parquetPictureSource } from '#kindred/data/formats/tables/parquet.js';
import { READING_LIMITS } from '#kindred/data/pictures.js';
import { complaint } from '../support/complaint.js';
import { directoryOf } from '../support/idx.js';
import { encodeImageParquet, encodeParquet } from '../support/parquet.js';

const openNpy = (path: string) => npyPictureSource(path, 'bad');
const openNpz = async (path: string) => (await npzPictureSources(path, 'bad', READING_LIMITS)).train;
const openCsv = (path: string) => csvPictureSource(path, 'bad');
const openParquet = (path: string) => parquetPictureSource([path], 'bad');
const count = (bytes: number) => Uint8Array.from({ length: bytes }, (_, at) => (at * 7) % 256);

describe('a bad .csv', () => {
  const names = 'label,pixel0,pixel1,pixel2,pixel3';
  const square = (sides: number) => Array.from({ length: sides }, (_, at) => at % 2).join(',');
  const cases: [string, Uint8Array | string, string][] = [
    ['zero bytes', '', '@ is empty: name a table of images.'],
    ['bytes that are no text', Buffer.of(1, 0, 2, 0), '@ is no text: save the table as UTF-8.'],
    [
      'UTF-16 without a mark',
      Buffer.from('label,pixel0', 'utf16le'),
      '@ is no text: save the table as UTF-8.',
    ],
    [
      'the lines of old Macs',
      `${names}\r1,0,1,2,3\r`,
      '@ ends its lines as old Macs did: save it with line feeds.',
    ],
    ['a header alone', `${names}\n`, '@ holds no rows of pixels: name a file with images.'],
    [
      'a field too few',
      `${names}\n1,0,1,2,3\n1,0,1,2\n`,
      '@ has 3 in row 2, where 4 pixels and a label belong: correct it.',
    ],
    [
      'a field too many',
      `${names}\n1,0,1,2,3,4\n`,
      '@ has more in row 1, where 4 pixels and a label belong: correct it.',
    ],
    [
      'a row of one number',
      `${names}\n1,0,1,2,3\n1\n2,1,1,1,1\n`,
      '@ has 0 in row 2, where 4 pixels and a label belong: correct it.',
    ],
    ['a short row at the end', '0,1,2,3\n4,5,6', '@ has 3 in row 2, where 4 pixels belong: correct it.'],
    [
      'a word',
      `${names}\n1,0,1,two,3\n`,
      '@ has "two" in row 1, column 4, where a pixel from 0 to 255 belongs: correct it.',
    ],
    [
      'a gap',
      `${names}\n1,0,,2,3\n`,
      '@ has "" in row 1, column 3, where a pixel from 0 to 255 belongs: correct it.',
    ],
    [
      'NaN',
      `${names}\n1,0,NaN,2,3\n`,
      '@ has "NaN" in row 1, column 3, where a pixel from 0 to 255 belongs: correct it.',
    ],
    [
      'NaN and no names',
      'nan,1,2,3\n',
      '@ has "nan" in row 1, column 1, where a pixel from 0 to 255 belongs: correct it.',
    ],
    [
      'hexadecimal numbers',
      `${names}\n1,0,0x10,2,3\n`,
      '@ has "0x10" in row 1, column 3, where a pixel from 0 to 255 belongs: correct it.',
    ],
    [
      'a comma in a number',
      `${names.replaceAll(',', ';')}\n1;0;0,5;2;3\n`,
      '@ has "0,5" in row 1, column 3, where a pixel from 0 to 255 belongs: correct it.',
    ],
    [
      '256',
      `${names}\n1,0,1,256,3\n`,
      '@ has 256 in row 1, column 4, where pixels are 0 to 255: correct it.',
    ],
    [
      'twenty digits',
      `${names}\n1,0,1,99999999999999999999,3\n`,
      '@ has 99999999999999999999 in row 1, column 4, where pixels are 0 to 255: correct it.',
    ],
    [
      'a number below zero',
      `${names}\n1,0,1,2,3\n1,0,-1,2,3\n`,
      '@ has -1 in row 2, column 3, where pixels are 0 to 255: correct it.',
    ],
    [
      'five pixels',
      'pixel0,pixel1,pixel2,pixel3,pixel4\n0,1,2,3,4\n',
      '@ has 5 pixel columns, which fill no square image, with a label before them or without: name its columns label, pixel0, pixel1 … of square images.',
    ],
    [
      'seven numbers',
      '0,1,2,3,4,5,6\n',
      '@ has 7 numbers a row, which fill no square image, with a label before them or without: name its columns label, pixel0, pixel1 … of square images.',
    ],
    [
      'colours',
      `${Array.from({ length: 12 }, (_, at) => `pixel${at}`).join()}\n${square(12)}\n`,
      '@ has 12 pixel columns, 3 × 2 × 2: whether colours lie pixel by pixel or plane by plane cannot be told; save a .npy array of shape (N, 2, 2, 3).',
    ],
    [
      'a label and colours',
      `${square(28)}\n`,
      '@ has 27 numbers a row, 3 × 3 × 3: whether colours lie pixel by pixel or plane by plane cannot be told; save a .npy array of shape (N, 3, 3, 3).',
    ],
    [
      'a label that may be the last',
      '0,9,0,1,5\n0,7,0,1,6\n',
      '@ names no columns, and its label may be the first or the last of them: name them label, pixel0, pixel1 ….',
    ],
    [
      'a column amid the pixels',
      'pixel0,pixel1,pixel2,pixel3,pixel4,label,pixel5,pixel6,pixel7,pixel8\n',
      '@ has the column label amid its pixels: keep the pixel columns together.',
    ],
    [
      'people',
      'name,age\nAnna,7\n',
      '@ is no table of images: name its columns label, pixel0, pixel1 …, or have a column path that names image files.',
    ],
    ['paths and no rows', 'path,label\n', '@ names no pictures: name a table with rows.'],
    [
      'paths and a ragged row',
      'path,label\na.png,x\nb.png\n',
      '@ has 1 fields in row 2, where 2 belong: correct it.',
    ],
    [
      'a quote without an end',
      'path,label\n"a.png,b\n',
      '@ is no sound CSV table (Quote Not Closed: the parsing is finished with an opening quote at line 2): write it again.',
    ],
    [
      'a quote without an end in a late row',
      `${names}
${'1,0,1,2,3\n'.repeat(100)}"1,0,1,2,3
`,
      '@ has a quote without an end in row 101, column 1: correct it.',
    ],
  ];
  it.each(cases)('with %s', async (_, bytes, sentence) => {
    expect(await complaint(openCsv, 'bad.csv', bytes)).toBe(sentence);
  });

  it('with a row that never ends', async () => {
    const text = `${names}\n1,0,1,2,3\n1,${'0,'.repeat(2 ** 20)}`;
    expect(await complaint(openCsv, 'bad.csv', text)).toBe(
      '@ has a row of more than 4416 bytes for 5 numbers: write it again.',
    );
  });
});

describe('a bad .parquet', () => {
  const image = encodeImageParquet([{ bytes: count(9), path: null }], { codec: 'UNCOMPRESSED' });
  const binary = (name: string) => ({ name, data: [count(3)], type: 'BYTE_ARRAY' as const });
  const strange = Buffer.from(image);
  strange.write('PARE', 0, 'latin1');
  const longer = Buffer.from(image);
  longer.writeUInt32LE(0x7fffffff, image.length - 8);
  const cases: [string, Uint8Array | string, RegExp | string][] = [
    ['zero bytes', '', '@ is no sound Parquet file (it does not begin with PAR1): write it again.'],
    ['words', 'these are words', '@ is no sound Parquet file (it does not begin with PAR1): write it again.'],
    [
      'its beginning alone',
      'PAR1PAR1',
      '@ is no sound Parquet file (it does not begin with PAR1): write it again.',
    ],
    [
      'half a file',
      image.subarray(0, image.length / 2),
      '@ is no sound Parquet file (parquet file invalid (footer != PAR1)): write it again.',
    ],
    [
      'a footer longer than the file',
      longer,
      /^@ is no sound Parquet file \(parquet metadata length 2147483647 exceeds available buffer \d+\): write it again\.$/,
    ],
    ['an encrypted footer', strange, '@ is encrypted: write it without encryption.'],
    [
      'gzip around it',
      gzipSync(image),
      '@ is no sound Parquet file (it is packed with gzip as a whole): write it again.',
    ],
    [
      'numbers alone',
      encodeParquet([{ name: 'age', data: [1, 2] }]),
      '@ holds no column of images (its columns are age): write a column image of {bytes, path}, or path of files beside the table.',
    ],
    [
      'words alone',
      encodeParquet([{ name: 'title', data: ['a.png'], type: 'STRING' }]),
      '@ holds no column of images (its columns are title): write a column image of {bytes, path}, or path of files beside the table.',
    ],
    [
      'two columns that could be meant',
      encodeParquet([binary('left'), binary('right')]),
      '@ has several columns that could be the images (left, right): call one of them image.',
    ],
    ['no rows', encodeImageParquet([]), 'bad holds no rows: name a table with images.'],
  ];
  it.each(cases)('with %s', async (_, bytes, sentence) => {
    const found = await complaint(openParquet, 'bad.parquet', bytes);
    if (typeof sentence === 'string') expect(found).toBe(sentence);
    else expect(found).toMatch(sentence);
  });

  it('with damaged pages', async () => {
    const damaged = Buffer.from(image);
    damaged.fill(0xff, 4, 30);
    expect(await complaint(openParquet, 'bad.parquet', damaged)).toMatch(
      /^@ is no sound Parquet file \(.+\): write it again\.$/,
    );
  });

  it('with a second shard of another kind', async () => {
    const directory = directoryOf({
      'a.parquet': image,
      'b.parquet': encodeParquet([{ name: 'age', data: [1] }]),
    });
    const paths = ['a', 'b'].map((name) => join(directory, `${name}.parquet`));
    await expect(parquetPictureSource(paths, 'bad')).rejects.toThrow(`${paths[1]} holds no column of images`);
  });
});

describe('any file', () => {
  it.each([
    ['npy', openNpy],
    ['npz', openNpz],
    ['csv', openCsv],
    ['parquet', openParquet],
  ])('that is missing or a folder, called .%s, is named', async (format, open) => {
    const directory = directoryOf({});
    for (const path of [join(directory, `gone.${format}`), directory]) {
      const error: unknown = await open(path).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(InputError);
      expect(String(error)).toContain(path);
    }
  });
});
