import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError } from '#kindred/core/errors.js';
import { idxPictureSource, openIdxFile, readIdxHeader } from '#kindred/data/formats/arrays/idx.js';
import { framedSource } from '#kindred/data/framing/framed-source.js';
import { collectImages, type ImageSource } from '#kindred/data/source.js';
import { directoryOf, encodeIdx, encodeLabels, patternImages } from '../support/idx.js';

const imageFile = fc
  .record({
    count: fc.integer({ min: 1, max: 9 }),
    height: fc.integer({ min: 1, max: 7 }),
    width: fc.integer({ min: 1, max: 7 }),
    channels: fc.constantFrom(null, 1, 3),
  })
  .chain(({ count, height, width, channels }) => {
    const length = count * height * width * (channels ?? 1);
    return fc.record({
      dimensions: fc.constant([count, height, width, ...(channels === null ? [] : [channels])]),
      pixels: fc.uint8Array({ minLength: length, maxLength: length }),
    });
  });

function fileOf(bytes: Uint8Array, name = 'train-images-idx3-ubyte'): string {
  return join(directoryOf({ [name]: bytes }), name);
}

async function refusal(bytes: Uint8Array, name?: string): Promise<string> {
  const path = fileOf(bytes, name);
  const error = await imageSource(path, 'pile')
    .then(readAll)
    .catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(InputError);
  const { message } = error as InputError;
  expect(message).toContain(path);
  return message.replaceAll(path, 'FILE');
}

async function readAll(source: ImageSource): Promise<null> {
  await collectImages(source);
  return null;
}

async function imageSource(path: string, name: string) {
  const pictures = await idxPictureSource(path, name);
  const channels = pictures.shape?.channels === 3 ? 3 : 1;
  return framedSource(pictures, { ...pictures.shape!, channels, polarity: 'keep', crop: 'whole' });
}

describe('IDX images', () => {
  it('come back as they were written, raw and gzipped, in batches of any size', async () => {
    const directory = directoryOf({});
    const path = join(directory, 'images');
    await fc.assert(
      fc.asyncProperty(
        imageFile,
        fc.boolean(),
        fc.integer({ min: 1, max: 12 }),
        async (file, packed, size) => {
          const bytes = encodeIdx(file.dimensions, file.pixels);
          writeFileSync(path, packed ? gzipSync(bytes) : bytes);
          const source = await imageSource(path, 'pile');
          const [count, height, width, channels = 1] = file.dimensions;
          expect(source).toMatchObject({ name: 'pile', count, shape: { height, width, channels } });
          const pixels: number[] = [];
          const ids: string[] = [];
          for await (const batch of source.batches(size)) {
            expect(batch).toMatchObject({ height, width, channels });
            expect(batch.count).toBe(Math.min(size, count - ids.length));
            pixels.push(...batch.data);
            ids.push(...batch.ids);
          }
          expect(pixels).toEqual([...file.pixels]);
          expect(ids).toEqual(Array.from({ length: count }, (_, row) => String(row)));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('can be read twice and left early', async () => {
    const source = await imageSource(fileOf(gzipSync(patternImages(5))), 'pile');
    for await (const batch of source.batches(2)) {
      expect(batch.ids).toEqual(['0', '1']);
      break;
    }
    const first = await collectImages(source);
    expect((await collectImages(source)).data).toEqual(first.data);
    expect(first.count).toBe(5);
    await expect(readAll({ ...source, batches: () => source.batches(0) })).rejects.toThrow(RangeError);
  });

  it('cut anywhere are refused with an InputError', async () => {
    const directory = directoryOf({});
    const path = join(directory, 'images');
    await fc.assert(
      fc.asyncProperty(imageFile, fc.nat(), fc.boolean(), async (file, cut, packed) => {
        const bytes = encodeIdx(file.dimensions, file.pixels);
        const whole = packed ? gzipSync(bytes) : bytes;
        writeFileSync(path, whole.subarray(0, cut % whole.length));
        await expect(imageSource(path, 'pile')).rejects.toThrow(InputError);
      }),
      { numRuns: 100 },
    );
  });

  it('with any damaged header byte are refused with an InputError', async () => {
    const directory = directoryOf({});
    const path = join(directory, 'images');
    await fc.assert(
      fc.asyncProperty(imageFile, fc.nat(), fc.integer({ min: 1, max: 255 }), async (file, at, flip) => {
        const bytes = encodeIdx(file.dimensions, file.pixels);
        const headerBytes = 4 + 4 * file.dimensions.length;
        bytes[at % headerBytes] ^= flip;
        writeFileSync(path, bytes);
        const outcome = await imageSource(path, 'pile').catch((caught: unknown) => caught);
        // One byte changes one extent, hence the product, hence the length that must be there.
        expect(outcome).toBeInstanceOf(InputError);
        expect(String(outcome)).toContain(path);
      }),
      { numRuns: 200 },
    );
  });

  it('of random bytes are never anything but an InputError or a header', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 24 }), fc.constantFrom('images', 'labels'), (bytes, content) => {
        try {
          const header = readIdxHeader(bytes, 'FILE', content as 'images' | 'labels');
          expect(header.shape[0]).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('IDX refusals say what is wrong', () => {
  const changed = (bytes: Buffer, offset: number, value: number) => {
    bytes.writeUInt32BE(value, offset);
    return bytes;
  };
  const cases: [string, Uint8Array, string, string?][] = [
    ['empty', new Uint8Array(0), 'FILE is empty, too short for an IDX file: fetch it again.'],
    [
      'three bytes',
      Uint8Array.of(0, 0, 8),
      'FILE is only 3 bytes long, too short for an IDX file: fetch it again.',
    ],
    [
      'half a header',
      patternImages(2).subarray(0, 9),
      'FILE is cut short: its header needs 16 bytes and it has 9; fetch it again.',
    ],
    [
      'a missing byte',
      patternImages(2).subarray(0, 27),
      'FILE is cut short: its header announces 2 images of 2×3×1, 28 bytes in all, and it has 27; fetch it again.',
    ],
    [
      'a byte too many',
      Buffer.concat([patternImages(2), Buffer.of(0)]),
      'FILE has bytes after its end: its header announces 2 images of 2×3×1, 28 bytes in all, and it has 29; fetch it again.',
    ],
    [
      'a byte too many, packed',
      gzipSync(Buffer.concat([patternImages(2), Buffer.of(0)])),
      'FILE has bytes after its end: its header announces 2 images of 2×3×1, 28 bytes in all, and it has more; fetch it again.',
    ],
    [
      'labels',
      encodeLabels(1, 2, 3),
      'FILE holds labels (IDX magic 0x00000801) where images were expected: name the images file.',
    ],
    [
      'text',
      Buffer.from('<!DOCTYPE html>'),
      'FILE is no IDX file: it begins with 0x3c21444f, where one of images begins with 0x00000803; name another file.',
    ],
    [
      'floats',
      changed(patternImages(2), 0, 0x00000d03),
      'FILE holds IDX values that are 32-bit floats (magic 0x00000d03), where kindred reads unsigned bytes: write it again with values 0 to 255.',
    ],
    [
      'two dimensions',
      encodeIdx([2, 3], new Uint8Array(6)),
      'FILE is an IDX file of 2 dimensions (magic 0x00000802), where images have 3 (or 4, with channels): name an IDX file of images.',
    ],
    [
      'no images',
      encodeIdx([0, 28, 28], new Uint8Array(0)),
      'FILE holds 0 images: name a file with at least one.',
    ],
    [
      'no height',
      encodeIdx([5, 0, 28], new Uint8Array(0)),
      'FILE announces images of 0×28 pixels, where a side is 1 to 16384: its header is damaged; fetch it again.',
    ],
    [
      'absurd width',
      encodeIdx([1, 1, 4_000_000_000], new Uint8Array(1)),
      'FILE announces images of 1×4000000000 pixels, where a side is 1 to 16384: its header is damaged; fetch it again.',
    ],
    [
      'absurd count',
      encodeIdx([4_294_967_295, 16_384, 16_384], new Uint8Array(8)),
      'FILE is cut short: its header announces 4294967295 images of 16384×16384×1, 1152921504338411500 bytes in all, and it has 24; fetch it again.',
    ],
    [
      'two channels',
      encodeIdx([1, 1, 1, 2], new Uint8Array(2)),
      'FILE announces 2 channels a pixel, where kindred reads 1 (grey), 3 (RGB) or 4 (RGBA) as the last of its dimensions: write it that way.',
    ],
    [
      '.gz that is not',
      patternImages(2),
      'FILE is called .gz but begins with 0x0000, where gzip begins with 0x1f8b: fetch it again, or drop .gz from its name if it is unpacked.',
      'a.gz',
    ],
    [
      'empty .gz',
      new Uint8Array(0),
      'FILE is called .gz but is empty, where gzip begins with 0x1f8b: fetch it again, or drop .gz from its name if it is unpacked.',
      'a.gz',
    ],
    [
      'cut .gz',
      gzipSync(patternImages(99)).subarray(0, -12),
      'FILE is cut short: its gzip data ends too early; fetch it again.',
      'a.gz',
    ],
  ];
  for (const [what, bytes, sentence, name] of cases) {
    it(what, async () => expect(await refusal(bytes, name)).toBe(sentence));
  }

  it('damaged gzip', async () => {
    const bytes = gzipSync(patternImages(500));
    bytes[bytes.length >> 1] ^= 0xff;
    bytes[bytes.length - 6] ^= 0xff;
    expect(await refusal(bytes, 'a.gz')).toMatch(/^FILE is damaged: gzip says ".+"; fetch it again\.$/);
  });

  it('images where labels were expected', async () => {
    const path = fileOf(patternImages(2));
    await expect(openIdxFile(path, 'labels')).rejects.toThrow(
      `${path} holds images (IDX magic 0x00000803) where labels were expected: put the labels file there.`,
    );
  });

  it('a missing file, a directory and a file that shrinks while it is read', async () => {
    const directory = directoryOf({ images: patternImages(3) });
    mkdirSync(join(directory, 'folder'));
    const missing = imageSource(join(directory, 'none'), 'pile');
    await expect(missing).rejects.toThrow(`There is no file ${directory}/none: check the path.`);
    const folder = imageSource(join(directory, 'folder'), 'pile');
    await expect(folder).rejects.toThrow(`${directory}/folder is a directory: name a file.`);
    const source = await imageSource(join(directory, 'images'), 'pile');
    writeFileSync(join(directory, 'images'), patternImages(1));
    await expect(readAll(source)).rejects.toThrow('became shorter while it was read');
  });
});
