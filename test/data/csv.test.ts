// Tables of pixels and of paths as people write them, and the fast parser against numbers that were written here.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvPictureSource } from '#kindred/data/formats/tables/csv.js';
import type { Picture } from '#kindred/data/pictures.js';
import { sharedFolder } from '../support/folders.js';
import { directoryOf } from '../support/idx.js';
import { allPictures, pixelsOf } from '../support/pictures.js';

const folder = sharedFolder();

async function opened(text: string | Uint8Array, name = 'a.csv') {
  const path = join(directoryOf({ [name]: text }), name);
  return csvPictureSource(path, 'table');
}

async function pixelsIn(text: string | Uint8Array, name = 'a.csv'): Promise<number[][]> {
  return pixelsOf(await allPictures(await opened(text, name)));
}

describe('a table of pixels', () => {
  const numberStyles: readonly ((value: number) => string)[] = [
    String,
    (value) => `"${value}"`,
    (value) => ` ${value} `,
    (value) => value.toFixed(1),
    (value) => `+${value}`,
    (value) => value.toExponential(),
    (value) => String(value).padStart(4, '0'),
  ];
  const tables = fc.record({
    side: fc.integer({ min: 2, max: 6 }),
    rows: fc.integer({ min: 1, max: 40 }),
    delimiter: fc.constantFrom(',', ';', '\t'),
    lineEnd: fc.constantFrom('\n', '\r\n'),
    ended: fc.boolean(),
    mark: fc.boolean(),
    blankLines: fc.boolean(),
    packed: fc.boolean(),
    label: fc.constantFrom('none', 'first', 'last', 'words', 'index'),
    names: fc.constantFrom('pixel0', 'pixel_1', '1x1', '0', 'none'),
    seed: fc.nat({ max: 10_000 }),
    oddness: fc.constantFrom(0, 3, 50),
  });

  it('gives its numbers in order, however they are written, and never the label', async () => {
    await fc.assert(
      fc.asyncProperty(tables, async (table) => {
        const { side, rows, delimiter, lineEnd, seed, oddness } = table;
        const names = table.names === '0' && side < 4 ? 'pixel0' : table.names;
        // Without names, a label is a number and stands first.
        const label = names === 'none' && table.label !== 'none' ? 'first' : table.label;
        const count = side * side;
        const pixels = Array.from({ length: rows }, (_, row) =>
          Array.from({ length: count }, (_, at) => ((at + row * count) * 71 + seed) % 256),
        );
        const style = (value: number, at: number) =>
          (at + seed) % 100 < oddness
            ? numberStyles[(at + seed) % numberStyles.length](value)
            : String(value);
        const around = (fields: string[], own: string, index: string) => {
          if (label === 'first') return [own, ...fields];
          if (label === 'last') return [...fields, own];
          if (label === 'words') return [`"the ""${own}${delimiter} kind"`, ...fields];
          return label === 'index' ? [index, ...fields] : fields;
        };
        const name = (at: number) => {
          if (names === '1x1') return `${Math.floor(at / side) + 1}x${(at % side) + 1}`;
          return names.replace(/\d/, (first) => String(Number(first) + at));
        };
        const header = around(
          pixels[0].map((_, at) => name(at)),
          'label',
          '',
        ).map((field) => (field.startsWith('"') ? 'label' : field));
        const lines = pixels.map((row, index) => around(row.map(style), String(index % 10), String(index)));
        const all = (names === 'none' ? lines : [header, ...lines]).map((fields) => fields.join(delimiter));
        const text = all.join(table.blankLines ? lineEnd + lineEnd : lineEnd) + (table.ended ? lineEnd : '');
        const bytes = Buffer.from((table.mark ? '\ufeff' : '') + text);
        const path = join(folder, table.packed ? 'a.csv.gz' : 'a.csv');
        writeFileSync(path, table.packed ? gzipSync(bytes) : bytes);
        const source = await csvPictureSource(path, 'table');
        expect(source.shape).toEqual({ height: side, width: side, channels: 1 });
        const pictures = await allPictures(source);
        expect(pixelsOf(pictures)).toEqual(pixels);
        expect(pictures.map(({ id }) => id)).toEqual(pixels.map((_, row) => String(row)));
        const sample = await source.sample(5);
        expect(sample).toEqual(sample.map(({ id }) => pictures[Number(id)]));
      }),
      { numRuns: 200 },
    );
  });

  it('longer than what is read at once has no seam', async () => {
    const rows = Array.from({ length: 9000 }, (_, row) =>
      Array.from({ length: 64 }, (_, at) => (row * 7 + at) % 256),
    );
    const text = ['label', ...rows[0].map((_, at) => `pixel${at}`)].join(',');
    const lines = rows.map((row, index) => `${index % 10},${row.join(',')}`);
    expect(await pixelsIn([text, ...lines].join('\n'))).toEqual(rows);
  });

  it.each([
    [
      'fractions where nothing is above 1',
      '0,0.5,1,0.25\n0,1,0,1\n',
      [
        [0, 128, 255, 64],
        [0, 255, 0, 255],
      ],
    ],
    [
      'fractions that come late',
      '0,0,1,0\n0,0.5,1.0,0.25\n',
      [
        [0, 0, 255, 0],
        [0, 128, 255, 64],
      ],
    ],
    [
      'fractions and larger numbers',
      '0,0.5,1,0.25\n0,1,0,200\n',
      [
        [0, 1, 1, 0],
        [0, 1, 0, 200],
      ],
    ],
    [
      'ones and zeros',
      '0,1,1,0\n1,1,0,0\n',
      [
        [0, 1, 1, 0],
        [1, 1, 0, 0],
      ],
    ],
    ['ones and zeros as floats', '0.0,1.0,1.0,0.0\n', [[0, 255, 255, 0]]],
  ])('of %s', async (_, text, pixels) => {
    expect(await pixelsIn(text)).toEqual(pixels);
  });

  it('without names may begin with a label, which is known by the number of columns', async () => {
    expect(await pixelsIn('7,10,20,30,40\n')).toEqual([[10, 20, 30, 40]]);
    expect(await pixelsIn('7,10,20,30\n')).toEqual([[7, 10, 20, 30]]);
  });

  it('may number its columns, as pandas does', async () => {
    const numbers = Array.from({ length: 16 }, (_, at) => at);
    const values = numbers.map((at) => 100 + at);
    expect(await pixelsIn(`${numbers.join(',')}\n${values.join(',')}\n`)).toEqual([values]);
    expect(await pixelsIn(`,${numbers.join(',')}\n0,${values.join(',')}\n`)).toEqual([values]);
    expect(await pixelsIn(`0,${numbers.map((at) => at + 1).join(',')}\n9,${values.join(',')}\n`)).toEqual([
      values,
    ]);
  });
});

describe('a table of paths', () => {
  const here = (text: string, name = 'a.csv') =>
    directoryOf({ [name]: text, 'one.png': '1', 'zwei ä.png': '2', 'semi;colon.png': '3' });
  async function read(text: string): Promise<{ pictures: Picture[]; directory: string }> {
    const directory = here(text);
    const source = await csvPictureSource(join(directory, 'a.csv'), 'table');
    const pictures = await allPictures(source);
    expect(source).toMatchObject({ count: pictures.length, shape: null });
    expect(await source.sample(pictures.length)).toEqual(pictures);
    return { pictures, directory };
  }

  it.each([
    ['a column of that name', 'label,file_name\ncat,one.png\ndog,zwei ä.png\n'],
    ['a column that names files', 'kind,what\ncat,one.png\ndog,zwei ä.png\n'],
    ['no names at all', 'one.png\nzwei ä.png\n'],
    ['quotes', '"label","path"\r\n"a ""cat"", or not","one.png"\r\n"dog\nor two","zwei ä.png"\r\n'],
    ['semicolons', '\ufeffpath;label\none.png;1,5\nzwei ä.png;2,5\n'],
    ['tabs', 'image\tsize\none.png\t1,5;\nzwei ä.png\t2\n'],
  ])('with %s', async (_, text) => {
    const { pictures, directory } = await read(text);
    expect(pictures).toEqual(
      ['one.png', 'zwei ä.png'].map((id) => ({ kind: 'encoded', id, file: join(directory, id) })),
    );
  });

  it('names what cannot be read and goes on', async () => {
    const directory = here(
      'path\none.png\ngone.png\n\n""\nhttps://example.com/a.png\n.\none.png\n./one.png\n',
    );
    const source = await csvPictureSource(join(directory, 'a.csv'), 'table');
    const file = join(directory, 'one.png');
    expect(await allPictures(source)).toEqual([
      { kind: 'encoded', id: 'one.png', file },
      { kind: 'unreadable', id: 'gone.png', reason: 'the file is gone' },
      {
        kind: 'unreadable',
        id: 'https://example.com/a.png',
        reason: 'it is an address, and only files on this machine are read',
      },
      { kind: 'unreadable', id: '.', reason: 'it is no regular file' },
      { kind: 'encoded', id: 'one.png#2', file },
      { kind: 'encoded', id: './one.png', file },
    ]);
  });

  it('may hold absolute paths and those of Windows', async () => {
    const directory = directoryOf({ 'one.png': '1' });
    const text = `path\n${join(directory, 'one.png')}\n..\\${directory.split('/').at(-1)}\\one.png\n`;
    writeFileSync(join(directory, 'a.csv'), text);
    const pictures = await allPictures(await csvPictureSource(join(directory, 'a.csv'), 'table'));
    expect(pictures.map((picture) => picture.kind === 'encoded' && picture.file)).toEqual(
      Array(2).fill(join(directory, 'one.png')),
    );
  });

  it('gives every row an id of its own', async () => {
    const paths = fc.array(fc.constantFrom('one.png', 'one.png#2', 'one.png#3', 'b.png'), {
      minLength: 1,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(paths, async (written) => {
        writeFileSync(join(folder, 'paths.csv'), `path\n${written.join('\n')}\n`);
        const source = await csvPictureSource(join(folder, 'paths.csv'), 'table');
        const ids = (await allPictures(source)).map(({ id }) => id);
        expect(new Set(ids).size).toBe(written.length);
        ids.forEach((id, row) => {
          expect(id.startsWith(written[row])).toBe(true);
        });
      }),
      { numRuns: 50 },
    );
  });
});
