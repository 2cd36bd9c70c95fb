// Files with a few bytes changed, or cut off, at random: they are read, or refused with a sentence, and nothing else.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '#kindred/core/errors.js';
import { npyPictureSource } from '#kindred/data/formats/arrays/npy.js';
import { npzPictureSources } from '#kindred/data/formats/arrays/npz.js';
import { csvPictureSource } from '#kindred/data/formats/tables/csv.js';
import { parquetPictureSource } from '#kindred/data/formats/tables/parquet.js';
import { type PictureSource, READING_LIMITS } from '#kindred/data/pictures.js';
import { encodeNpy, encodeZip } from '../support/archives.js';
import { sharedFolder } from '../support/folders.js';
import { encodeImageParquet } from '../support/parquet.js';
import { allPictures } from '../support/pictures.js';

const folder = sharedFolder();
const bytes = (count: number) => Uint8Array.from({ length: count }, (_, at) => (at * 7) % 256);
const array = encodeNpy("'<u2'", '(3, 4, 4)', new Uint8Array(Uint16Array.from(bytes(48)).buffer));
const images = Array.from({ length: 12 }, (_, row) => ({ bytes: bytes(20 + row), path: `${row}.png` }));
const rows = Array.from({ length: 12 }, (_, row) => [row % 3, ...bytes(9)].join(','));

const sound: readonly [string, Uint8Array, (path: string) => Promise<PictureSource>][] = [
  ['npy', array, (path) => npyPictureSource(path, 'x')],
  [
    'npz',
    encodeZip([{ name: 'x.npy', bytes: array, deflated: true }]),
    async (path) => (await npzPictureSources(path, 'x', READING_LIMITS)).train,
  ],
  [
    'csv',
    Buffer.from(`label,${[...bytes(9).keys()].join(',')}\n${rows.join('\n')}\n`),
    (path) => csvPictureSource(path, 'x'),
  ],
  [
    'parquet',
    encodeImageParquet(images, { rowGroupSize: 5, labels: images.map((_, row) => row) }),
    (path) => parquetPictureSource([path], 'x'),
  ],
];

describe.each(sound)('a damaged .%s', (format, original, open) => {
  it('is read or refused', async () => {
    const damage = fc.record({
      places: fc.array(fc.nat({ max: original.length - 1 }), { minLength: 1, maxLength: 3 }),
      value: fc.integer({ min: 0, max: 255 }),
      kept: fc.oneof(fc.constant(original.length), fc.nat({ max: original.length })),
    });
    const path = join(folder, `damaged.${format}`);
    await fc.assert(
      fc.asyncProperty(damage, async ({ places, value, kept }) => {
        const changed = Buffer.from(original);
        for (const place of places) changed[place] = value;
        writeFileSync(path, changed.subarray(0, kept));
        try {
          const source = await open(path);
          await allPictures(source);
          await source.sample(3);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          expect(String(error)).toContain(path);
        }
      }),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 150) },
    );
  });
});
