// NumPy arrays in every type, byte order, layout and version, written here from the description of the format.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { npyPictureSource } from '#kindred/data/formats/arrays/npy.js';
import { encodeNpy } from '../support/archives.js';
import { NUMBER_TYPES, storedNumbers } from '../support/arrays.js';
import { sharedFolder } from '../support/folders.js';
import { directoryOf } from '../support/idx.js';
import { allPictures, pixelsOf } from '../support/pictures.js';

const folder = sharedFolder();

async function opened(bytes: Uint8Array, name = 'x.npy') {
  const path = join(directoryOf({ [name]: bytes }), name);
  return npyPictureSource(path, 'arrays');
}

function array(type: string, shape: readonly number[], values: readonly number[], order = '<', version = 1) {
  const text = `(${shape.join(', ')}${shape.length === 1 ? ',' : ''})`;
  return encodeNpy(`'${order}${type}'`, text, storedNumbers(type, values, order !== '>'), { version });
}

describe('an array of images', () => {
  const layouts = fc.record({
    count: fc.integer({ min: 1, max: 9 }),
    height: fc.integer({ min: 1, max: 6 }),
    width: fc.integer({ min: 5, max: 7 }),
    channels: fc.constantFrom(null, 1, 3, 4),
    type: fc.constantFrom(...NUMBER_TYPES.filter((type) => type !== 'b1')),
    order: fc.constantFrom('<', '>'),
    version: fc.constantFrom(1, 2, 3),
    packed: fc.boolean(),
    seed: fc.nat(),
  });

  it('gives its pixels in order, whatever its type, byte order, version and packing', async () => {
    await fc.assert(
      fc.asyncProperty(
        layouts,
        async ({ count, height, width, channels, type, order, version, packed, seed }) => {
          const size = height * width * (channels ?? 1);
          const most = type === 'i1' ? 127 : 255;
          // The first is above 1 even in an array of one dark pixel, and so is no fraction.
          const values = Array.from({ length: count * size }, (_, at) =>
            at === 0 ? 2 : (at * 73 + seed) % (most + 1),
          );
          const shape = channels === null ? [count, height, width] : [count, height, width, channels];
          const bytes = array(type, shape, values, order, version);
          const path = join(folder, packed ? 'a.npy.gz' : 'a.npy');
          writeFileSync(path, packed ? gzipSync(bytes) : bytes);
          const source = await npyPictureSource(path, 'arrays');
          expect(source).toMatchObject({ count, shape: { height, width, channels: channels ?? 1 } });
          const pictures = await allPictures(source);
          expect(pictures.map(({ id }) => id)).toEqual(pictures.map((_, row) => String(row)));
          expect(pixelsOf(pictures).flat()).toEqual(values);
          const sample = await source.sample(3);
          expect(sample).toEqual(sample.map(({ id }) => pictures[Number(id)]));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('takes floats from 0 to 1 for brightness, rounded', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 4 }),
        fc.constantFrom('<', '>'),
        async (values, order) => {
          const source = await opened(array('f8', [1, 2, 2], values, order));
          const [pixels] = pixelsOf(await allPictures(source));
          pixels.forEach((pixel, at) => {
            expect(Math.abs(pixel - values[at] * 255)).toBeLessThanOrEqual(0.5);
          });
        },
      ),
      { numRuns: 50 },
    );
  });

  it.each([
    ['f2', [0, 1, 0.5, 0.25], [0, 255, 128, 64]],
    ['f4', [0, 1.0000001, 0.2, -1e-7], [0, 255, 51, 0]],
    ['f8', [-1, 1, 0, 0.5], [0, 255, 128, 191]],
    ['f4', [0, 255, 1.4, 77.6], [0, 255, 1, 78]],
    ['f2', [2 ** -24, 1, 2 ** -14, 0], [0, 255, 0, 0]],
    ['b1', [0, 1, 1, 0], [0, 255, 255, 0]],
    ['u1', [0, 1, 1, 0], [0, 1, 1, 0]],
    ['i8', [0, 1, 1, 0], [0, 1, 1, 0]],
  ])('of %s %j has the pixels %j', async (type, values, pixels) => {
    expect(pixelsOf(await allPictures(await opened(array(type, [1, 2, 2], values))))).toEqual([pixels]);
  });

  it('is told bright by one pixel of its last image', async () => {
    const values = [...Array<number>(400_000).fill(1), 200];
    const source = await opened(array('f4', [400_001, 1, 1], values));
    expect((await source.sample(2)).map((picture) => picture.kind === 'pixels' && picture.data[0])).toEqual([
      1, 1,
    ]);
  });

  it('may keep its channels first', async () => {
    const planes = [1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16, 21, 22, 23, 24, 25, 26];
    const source = await opened(array('u1', [1, 3, 2, 3], planes));
    // (1, 3, 2, 3) could be either; the last dimension decides.
    expect(source.shape).toEqual({ height: 3, width: 2, channels: 3 });
    const first = await opened(array('u1', [1, 3, 3, 2], planes));
    expect(first.shape).toEqual({ height: 3, width: 2, channels: 3 });
    expect(pixelsOf(await allPictures(first))).toEqual([
      [1, 11, 21, 2, 12, 22, 3, 13, 23, 4, 14, 24, 5, 15, 25, 6, 16, 26],
    ]);
  });

  it('may be rows of a square number of pixels', async () => {
    const source = await opened(
      array(
        'i4',
        [2, 9],
        Array.from({ length: 18 }, (_, at) => at),
      ),
    );
    expect(source.shape).toEqual({ height: 3, width: 3, channels: 1 });
    expect(pixelsOf(await source.sample(9))).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7, 8],
      [9, 10, 11, 12, 13, 14, 15, 16, 17],
    ]);
  });

  it('is read whoever wrote the header', async () => {
    const written = [
      '{"descr": "|u1", "fortran_order": False, "shape": (1, 2, 2)}',
      "{'shape': (1L, 2L, 2L), 'fortran_order': False, 'descr': '|u1'}",
      "{'descr': '=u1', 'fortran_order': True, 'shape': (1, 4), }",
    ];
    for (const text of written) {
      const prefix = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
      prefix.writeUInt16LE(text.length, 8);
      const source = await opened(Buffer.concat([prefix, Buffer.from(text), Buffer.of(9, 8, 7, 6)]));
      expect(pixelsOf(await allPictures(source))).toEqual([[9, 8, 7, 6]]);
    }
  });

  it('larger than what is read at once is cut between images', async () => {
    const [count, side] = [3, 1500];
    const pixels = Uint8Array.from({ length: count * side * side }, (_, at) => (at * 31) % 251);
    const source = await opened(encodeNpy("'|u1'", `(${count}, ${side}, ${side})`, pixels));
    let row = 0;
    for await (const picture of source.pictures()) {
      const start = row++ * side * side;
      const same =
        picture.kind === 'pixels' &&
        Buffer.compare(picture.data, pixels.subarray(start, start + side * side));
      expect(same).toBe(0);
    }
    expect(row).toBe(count);
  });

  it('may be left in the middle and read again', async () => {
    const source = await opened(
      array(
        'u1',
        [4, 1, 5],
        Array.from({ length: 20 }, (_, at) => at),
      ),
    );
    for await (const { id } of source.pictures()) if (id === '1') break;
    expect(await allPictures(source)).toHaveLength(4);
  });
});
