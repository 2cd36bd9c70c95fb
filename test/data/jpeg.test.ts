// JPEG files as they are decoded here, beside libvips; and files of all kinds in one folder, by threads and by hand.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import sharp, { type JpegOptions, type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Raster } from '#kindred/core/pictures/raster.js';
import { withChannels } from '#kindred/core/pictures/raster.js';
import { decodePicture } from '#kindred/data/decoding/decode.js';
import { decodePlainJpeg } from '#kindred/data/decoding/jpeg.js';
import { decodePlain } from '#kindred/data/decoding/plain-picture.js';
import { openDataset } from '#kindred/data/formats/open.js';
import { framedSource } from '#kindred/data/framing/framed-source.js';
import { type Framing, frameRaster } from '#kindred/data/framing/framing.js';
import { READING_LIMITS } from '#kindred/data/pictures.js';
import { temporaryFolder } from '../support/folders.js';

/** A smooth picture with an edge, in which every colour changes; its waves are `scale` times 30 to 60 pixels long. */
function picture(height: number, width: number, channels: 1 | 3, scale = 1): Sharp {
  const data = new Uint8Array(height * width * channels);
  for (let row = 0, at = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      for (let channel = 0; channel < channels; channel++, at++) {
        const wave =
          90 * Math.sin(row / scale / (5 + channel) + channel) +
          60 * Math.cos(column / scale / (9 - channel));
        data[at] = Math.max(0, Math.min(255, 120 + wave + (column > row ? 30 : 0)));
      }
    }
  }
  return sharp(data, { raw: { height, width, channels } });
}

async function file(height: number, width: number, channels: 1 | 3, options: JpegOptions): Promise<Buffer> {
  const image = picture(height, width, channels);
  return (channels === 1 ? image.toColourspace('b-w') : image).jpeg(options).toBuffer();
}

/** All pixels in RGB. */
function byLibvips(jpeg: Buffer | string): Promise<Buffer> {
  return sharp(jpeg).toColourspace('srgb').raw().toBuffer();
}

function inColour({ channels, data }: Raster): Uint8Array {
  return withChannels(data, channels, 3);
}

function differences(ours: Uint8Array, theirs: Uint8Array): { mean: number; most: number } {
  expect(ours.length).toBe(theirs.length);
  let [sum, most] = [0, 0];
  ours.forEach((value, at) => {
    const difference = Math.abs(value - theirs[at]);
    sum += difference;
    most = Math.max(most, difference);
  });
  return { mean: sum / ours.length, most };
}

const SIZES = fc.record({ height: fc.integer({ min: 1, max: 70 }), width: fc.integer({ min: 1, max: 70 }) });

/** 52 × 38 pixels, 4:2:0, a restart marker behind every third unit; written by Pillow 13.0. */
const WITH_RESTARTS = Buffer.from(
  [
    '/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxO',
    'UlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09P',
    'T09PT09PT0//wAARCAAmADQDASIAAhEBAxEB/8QAHwAAAQUBAQEBAQEAAAAAAAAAAAECAwQFBgcICQoL/8QAtRAAAgEDAwIEAwUF',
    'BAQAAAF9AQIDAAQRBRIhMUEGE1FhByJxFDKBkaEII0KxwRVS0fAkM2JyggkKFhcYGRolJicoKSo0NTY3ODk6Q0RFRkdISUpTVFVW',
    'V1hZWmNkZWZnaGlqc3R1dnd4eXqDhIWGh4iJipKTlJWWl5iZmqKjpKWmp6ipqrKztLW2t7i5usLDxMXGx8jJytLT1NXW19jZ2uHi',
    '4+Tl5ufo6erx8vP09fb3+Pn6/8QAHwEAAwEBAQEBAQEBAQAAAAAAAAECAwQFBgcICQoL/8QAtREAAgECBAQDBAcFBAQAAQJ3AAEC',
    'AxEEBSExBhJBUQdhcRMiMoEIFEKRobHBCSMzUvAVYnLRChYkNOEl8RcYGRomJygpKjU2Nzg5OkNERUZHSElKU1RVVldYWVpjZGVm',
    'Z2hpanN0dXZ3eHl6goOEhYaHiImKkpOUlZaXmJmaoqOkpaanqKmqsrO0tba3uLm6wsPExcbHyMnK0tPU1dbX2Nna4uPk5ebn6Onq',
    '8vP09fb3+Pn6/90ABAAD/9oADAMBAAIRAxEAPwDora7TA5q2btNvWuFttTOB81XP7TO371fHywDbPXw2XP2Z0Nzdpg81kz3aZ61j',
    '3OpnB+asmfUzn71d+Hy1s8DM8udzqY7pN3WtO1uk45rz+PUju61qWupHjmuiplbaOTL8vfOf/9Dqkuk29aK5RNSO3rRXzX9ks9mO',
    'XuxzNsr4HWrmx9vete10vgfLV3+yvl+7XWsTBs9PDY2Hszj7lHwetZU6PnvXc3OlcH5ay5tK5+7Xr4WtBnz+aY2Fz//R4CNHz3rT',
    'tEfjrWlHpXzfdrUtNJ6fLXdKpBoWAx0OczUR9veiumTSflHy0VlzQPq446FjZtbdMDirv2dNvSiivz6Ddz5fDSfsz//S6m4t0weK',
    'zJrdM9KKK8bBtngZpJ3GR26bulatpbpxxRRXsdDhwEnz7molum0cUUUUj6qMnbc//9k=',
  ].join(''),
  'base64',
);

describe('plain JPEGs', () => {
  it('are those of libvips, value by value, at every scale', async () => {
    const folder = temporaryFolder();
    await fc.assert(
      fc.asyncProperty(
        SIZES,
        fc.constantFrom<1 | 3>(1, 3),
        fc.integer({ min: 30, max: 100 }),
        fc.boolean(),
        fc.constantFrom('4:4:4', '4:2:0'),
        async ({ height, width }, channels, quality, optimiseCoding, chromaSubsampling) => {
          const jpeg = await file(height, width, channels, {
            quality,
            optimiseCoding,
            chromaSubsampling,
          });
          const ours = decodePlainJpeg(jpeg);
          if (ours === null) throw new Error('left to others');
          expect(ours).toMatchObject({ height, width, raster: { height, width } });
          const theirs = await byLibvips(jpeg);
          expect(differences(inColour(ours.raster), theirs).most).toBe(0);
          const path = join(folder, 'one.jpg');
          writeFileSync(path, jpeg);
          for (const shrinkage of [2, 4, 8].filter((each) => Math.min(height, width) >= each)) {
            const small = decodePlainJpeg(jpeg, () => shrinkage);
            if (small === null) throw new Error('left to others');
            const shrunk = await byLibvips(`${path}[shrink=${shrinkage}]`);
            expect(differences(inColour(small.raster), shrunk).most).toBe(0);
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('with restart markers are read from marker to marker', async () => {
    const ours = decodePlainJpeg(WITH_RESTARTS);
    if (ours === null) throw new Error('left to others');
    const { mean } = differences(inColour(ours.raster), await byLibvips(WITH_RESTARTS));
    expect(mean).toBe(0);
    const cut = WITH_RESTARTS.indexOf(Buffer.of(0xff, 0xd3));
    const without = Buffer.concat([WITH_RESTARTS.subarray(0, cut), WITH_RESTARTS.subarray(cut + 2)]);
    expect(decodePlainJpeg(without)).toBeNull();
  });

  it.each([
    [1, 8],
    [2, 4],
    [4, 2],
  ])('at %s/8 of their size hold the means of %s × %s pixels', async (side, pixels) => {
    const [height, width] = [96, 128];
    const jpeg = await file(height, width, 1, { quality: 95 });
    const small = decodePlainJpeg(jpeg, () => pixels)?.raster;
    const full = decodePlainJpeg(jpeg)?.raster;
    if (!small || !full) throw new Error('left to others');
    expect([small.height, small.width]).toEqual([height / pixels, width / pixels]);
    let sum = 0;
    small.data.forEach((value, at) => {
      const [top, left] = [Math.floor(at / small.width) * pixels, (at % small.width) * pixels];
      let mean = 0;
      for (let y = 0; y < pixels; y++) {
        for (let x = 0; x < pixels; x++) mean += full.data[(top + y) * width + left + x] / pixels ** 2;
      }
      sum += Math.abs(value - mean);
    });
    expect(sum / small.data.length).toBeLessThanOrEqual(side === 1 ? 0.6 : 3);
  });

  it('brought to a box are nearly what libvips brings to it', async () => {
    const jpeg = await picture(300, 400, 3, 6).jpeg({ quality: 90 }).toBuffer();
    for (const channels of [1, 3] as const) {
      const box = { height: 28, width: 28, enlarge: true };
      const ours = decodePlain(jpeg, { channels, box, limits: READING_LIMITS });
      const theirs = await sharp(jpeg)
        .resize(28, 28, { fit: 'inside' })
        .toColourspace(channels === 1 ? 'b-w' : 'srgb')
        .raw()
        .toBuffer();
      expect(ours).toMatchObject({ height: 21, width: 28, channels });
      expect(differences(ours?.data ?? new Uint8Array(), theirs).mean).toBeLessThanOrEqual(5);
    }
  });

  it.each([
    ['progressive', (image: Sharp) => image.jpeg({ progressive: true })],
    ['in CMYK', (image: Sharp) => image.toColourspace('cmyk').jpeg()],
    ['with a profile', (image: Sharp) => image.withIccProfile('p3').jpeg()],
    ['turned by EXIF', (image: Sharp) => image.withMetadata({ orientation: 6 }).jpeg()],
    ['PNG', (image: Sharp) => image.png()],
  ])('%s are left to others', async (_, write) => {
    expect(decodePlainJpeg(await write(picture(20, 30, 3)).toBuffer())).toBeNull();
  });

  it('upright by EXIF are not', async () => {
    const jpeg = await picture(20, 30, 3)
      .withExif({ IFD0: { Orientation: '1', Make: 'x' } })
      .jpeg()
      .toBuffer();
    expect(jpeg.includes('Exif')).toBe(true);
    expect(decodePlainJpeg(jpeg)).not.toBeNull();
  });

  it('of more pixels than are allowed are left to others', async () => {
    const jpeg = await file(40, 50, 3, {});
    const options = { channels: 3, box: null, limits: { ...READING_LIMITS, pixels: 1999 } } as const;
    expect(decodePlain(jpeg, options)).toBeNull();
    expect(decodePlain(jpeg, { ...options, limits: { ...READING_LIMITS, pixels: 2000 } })).not.toBeNull();
  });

  it('cut short are left to others', async () => {
    const jpeg = await file(33, 47, 3, {});
    for (let length = 0; length < jpeg.length - 1; length += 3) {
      expect(decodePlainJpeg(jpeg.subarray(0, length))).toBeNull();
    }
  });

  it('damaged anywhere are a picture or left to others, and the next is as before', async () => {
    const files = [await file(33, 47, 3, {}), await file(60, 20, 1, {}), WITH_RESTARTS];
    const sound = files.map((jpeg) => decodePlainJpeg(jpeg)?.raster.data);
    fc.assert(
      fc.property(
        fc.nat(files.length - 1),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.constantFrom(1, 4),
        (index, damages, shrinkage) => {
          const jpeg = Buffer.from(files[index]);
          for (const [place, value] of damages) jpeg[place % jpeg.length] = value;
          const found = decodePlainJpeg(jpeg, () => shrinkage);
          if (found !== null) {
            const { height, width, channels, data } = found.raster;
            expect(data.length).toBe(height * width * channels);
          }
          expect(decodePlainJpeg(files[index])?.raster.data).toEqual(sound[index]);
        },
      ),
      { numRuns: 400 },
    );
  });
});

it('many files of all kinds are framed by threads as one by one, in their order', async () => {
  const folder = temporaryFolder();
  mkdirSync(folder, { recursive: true });
  const writers = [
    (image: Sharp) => image.png(),
    (image: Sharp) => image.jpeg(),
    (image: Sharp) => image.jpeg({ progressive: true }),
    (image: Sharp) => image.webp(),
  ];
  const endings = ['png', 'jpg', 'jpeg', 'webp'];
  for (let index = 0; index < 120; index++) {
    const image = picture(20 + (index % 31), 20 + (index % 17), index % 3 === 0 ? 1 : 3);
    const bytes = await writers[index % 4](image).toBuffer();
    const name = `${String(index).padStart(3, '0')}.${endings[index % 4]}`;
    writeFileSync(join(folder, name), index % 29 === 28 ? bytes.subarray(0, 60) : bytes);
  }
  const framing: Framing = { height: 28, width: 28, channels: 1, polarity: 'each', crop: 'content' };
  const { train } = await openDataset([folder]);
  const skipped: string[] = [];
  const found: Record<string, Uint8Array> = {};
  for await (const { ids, data } of framedSource(train, framing).batches(50, ({ id }) => skipped.push(id))) {
    for (const [index, id] of ids.entries()) found[id] = data.slice(index * 784, (index + 1) * 784);
  }
  const expected: Record<string, Uint8Array> = {};
  const refused: string[] = [];
  const decoding = {
    channels: 1,
    box: { height: 112, width: 112, enlarge: false },
    limits: READING_LIMITS,
  } as const;
  for await (const each of train.pictures()) {
    if (each.kind === 'unreadable') throw new Error(each.reason);
    await decodePicture(each, decoding).then(
      (raster) => {
        expected[each.id] = frameRaster(raster, framing);
      },
      () => refused.push(each.id),
    );
  }
  expect(refused.length).toBeGreaterThan(2);
  expect(skipped).toEqual(refused);
  expect(Object.keys(found)).toEqual(Object.keys(expected));
  expect(found).toEqual(expected);
});

it('large ones of other kinds are shrunk as they are decoded, nearly alike as files and inside of archives', async () => {
  const folder = temporaryFolder();
  const writers = [
    (image: Sharp) => image.jpeg({ quality: 90, progressive: true }),
    (image: Sharp) => image.withMetadata({ orientation: 6 }).jpeg({ quality: 90 }),
    (image: Sharp) => image.toColourspace('b-w').jpeg({ progressive: true }),
  ];
  for (const [index, write] of writers.entries()) {
    for (const [height, width] of [
      [1201, 903],
      [640, 2001],
    ]) {
      const bytes = await write(picture(height, width, 3, 9)).toBuffer();
      const path = join(folder, `${index} [${width}].jpg`);
      writeFileSync(path, bytes);
      const decoding = {
        channels: 3,
        box: { height: 100, width: 100, enlarge: true },
        limits: READING_LIMITS,
      } as const;
      const asFile = await decodePicture({ kind: 'encoded', id: 'a', file: path }, decoding);
      const inside = await decodePicture({ kind: 'encoded', id: 'a', file: bytes }, decoding);
      expect([inside.height, inside.width]).toEqual([asFile.height, asFile.width]);
      expect(Math.max(asFile.height, asFile.width)).toBe(100);
      expect(differences(asFile.data, inside.data).mean).toBeLessThan(2);
      // A limit holds for the whole picture, however small it is decoded.
      const limits = { ...READING_LIMITS, pixels: 500_000 };
      await expect(
        decodePicture({ kind: 'encoded', id: 'a', file: path }, { ...decoding, limits }),
      ).rejects.toThrow('megapixels');
    }
  }
});
