// Parquet in the layout of Hugging Face: rows over shards and groups of rows, encoded pictures or paths of them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parquetPictureSource } from '#kindred/data/formats/tables/parquet.js';
import { openShards, readCells, rowRanges } from '#kindred/data/formats/tables/parquet-shards.js';
import { type Picture, READING_LIMITS } from '#kindred/data/pictures.js';
import { sharedFolder } from '../support/folders.js';
import { directoryOf } from '../support/idx.js';
import { encodeImageParquet, encodeParquet } from '../support/parquet.js';
import { allPictures } from '../support/pictures.js';

const folder = sharedFolder();

function bytesOf(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

/** The bytes of a picture as plain numbers, so that views and copies are alike. */
function plain(picture: Picture): unknown {
  if (picture.kind !== 'encoded' || typeof picture.file === 'string') return picture;
  return { ...picture, file: [...picture.file] };
}

describe('Parquet', () => {
  const shards = fc.record({
    sizes: fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 3 }),
    rowGroupSize: fc.integer({ min: 1, max: 40 }),
    pageSize: fc.constantFrom(16, 1 << 20),
    codec: fc.constantFrom('SNAPPY' as const, 'UNCOMPRESSED' as const),
    offsetIndex: fc.boolean(),
    wanted: fc.integer({ min: 1, max: 50 }),
    missing: fc.integer({ min: 2, max: 9 }),
  });

  it('gives all rows of all shards in order, and the same rows in a sample', async () => {
    await fc.assert(
      fc.asyncProperty(shards, async ({ sizes, wanted, missing, ...options }) => {
        const count = sizes.reduce((sum, size) => sum + size, 0);
        fc.pre(count > 0);
        const bytes = (row: number) =>
          Array.from({ length: 1 + (row % 40) }, (_, at) => (row * 3 + at) % 256);
        let row = 0;
        const paths = sizes.map((size, shard) => {
          const cells = Array.from({ length: size }, () => {
            const own = row++;
            return own % missing === 1 ? null : { bytes: Uint8Array.from(bytes(own)), path: `${own}.png` };
          });
          const path = join(folder, `shard-${shard}.parquet`);
          writeFileSync(path, encodeImageParquet(cells, { ...options, labels: cells.map(() => 3) }));
          return path;
        });
        const source = await parquetPictureSource(paths, 'table');
        expect(source).toMatchObject({ count, shape: null, origin: { format: 'parquet', paths } });
        const pictures = (await allPictures(source)).map(plain);
        expect(pictures).toEqual(
          Array.from({ length: count }, (_, index) =>
            index % missing === 1
              ? { kind: 'unreadable', id: String(index), reason: 'the row holds no picture' }
              : { kind: 'encoded', id: String(index), file: bytes(index) },
          ),
        );
        const sample = await source.sample(wanted);
        expect(sample.map(plain)).toEqual(sample.map(({ id }) => pictures[Number(id)]));
        expect(new Set(sample.map(({ id }) => id)).size).toBe(sample.length);
        if (wanted >= count && options.rowGroupSize >= 30) expect(sample).toHaveLength(count);
      }),
      { numRuns: 60 },
    );
  });

  it('samples a few groups of many', async () => {
    const cells = Array.from({ length: 400 }, (_, row) => ({ bytes: bytesOf(row % 256, 7), path: null }));
    const path = join(folder, 'groups.parquet');
    writeFileSync(path, encodeImageParquet(cells, { rowGroupSize: 5 }));
    const ids = (await (await parquetPictureSource([path], 'table')).sample(32)).map(({ id }) => Number(id));
    expect(ids).toHaveLength(32);
    expect(new Set(ids.map((id) => Math.floor(id / 5))).size).toBe(16);
    expect(Math.max(...ids) - Math.min(...ids)).toBeGreaterThan(350);
  });

  it('reads a large group in parts, by its index of pages', async () => {
    const cells = Array.from({ length: 200 }, (_, row) => ({
      bytes: Uint8Array.from({ length: 50 }, (_, at) => (row * 7 + at * at) % 256),
      path: `${row}.png`,
    }));
    for (const offsetIndex of [true, false]) {
      const path = join(folder, 'large.parquet');
      writeFileSync(path, encodeImageParquet(cells, { pageSize: 100, codec: 'UNCOMPRESSED', offsetIndex }));
      const [shard] = await openShards([path], READING_LIMITS);
      const ranges = rowRanges(shard, 'image', 1000);
      expect(ranges.length > 5).toBe(offsetIndex);
      const read = [];
      for (const range of ranges) read.push(...(await readCells(shard, 'image', range)));
      expect(read).toEqual(cells);
    }
  });

  it('takes the file that a row names beside its shard', async () => {
    const directory = directoryOf({ 'one.png': 'a picture' });
    const path = join(directory, 'a.parquet');
    const cells = ['one.png', 'gone.png', ''].map((each) => ({ bytes: null, path: each }));
    writeFileSync(path, encodeImageParquet(cells));
    expect(await allPictures(await parquetPictureSource([path], 'table'))).toEqual([
      { kind: 'encoded', id: '0', file: join(directory, 'one.png') },
      { kind: 'unreadable', id: '1', reason: 'the file is gone' },
      { kind: 'unreadable', id: '2', reason: 'the row holds no picture' },
    ]);
  });

  it.each([
    ['image', [{ name: 'image', data: [bytesOf(1)], type: 'BYTE_ARRAY' as const }]],
    [
      'the only one of bytes',
      [
        { name: 'id', data: [5] },
        { name: 'scan', data: [bytesOf(1)], type: 'BYTE_ARRAY' as const },
      ],
    ],
    [
      'image beside others of bytes',
      [
        { name: 'hash', data: [bytesOf(9)], type: 'BYTE_ARRAY' as const },
        { name: 'img_bytes', data: [bytesOf(1)], type: 'BYTE_ARRAY' as const },
      ],
    ],
  ])('takes the column %s', async (_, columns) => {
    const path = join(folder, 'columns.parquet');
    writeFileSync(path, encodeParquet(columns));
    const pictures = await allPictures(await parquetPictureSource([path], 'table'));
    expect(pictures.map(plain)).toEqual([{ kind: 'encoded', id: '0', file: [1] }]);
  });

  it('leaves out a picture that is larger than allowed', async () => {
    const path = join(folder, 'picture.parquet');
    writeFileSync(path, encodeImageParquet([{ bytes: new Uint8Array(3 << 20).fill(5), path: null }]));
    const source = await parquetPictureSource([path], 'table', { ...READING_LIMITS, fileBytes: 1 << 20 });
    expect(await allPictures(source)).toEqual([
      { kind: 'unreadable', id: '0', reason: 'it unpacks to more than the limit of 1 MB' },
    ]);
  });
});
