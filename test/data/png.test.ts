// Our reading of plain PNGs against libvips', pixel by pixel.
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { greyOf } from '#kindred/core/pictures/raster.js';
import { resampled } from '#kindred/core/pictures/resample.js';
import { chunk, decodePlainPng, encodePlainPng, SIGNATURE } from '#kindred/data/decoding/png.js';

const picture = fc
  .record({
    width: fc.integer({ min: 1, max: 20 }),
    height: fc.integer({ min: 1, max: 20 }),
    channels: fc.constantFrom(1 as const, 3 as const),
    adaptiveFiltering: fc.boolean(),
  })
  .chain((shape) => {
    const length = shape.width * shape.height * shape.channels;
    return fc.record({
      shape: fc.constant(shape),
      data: fc.uint8Array({ minLength: length, maxLength: length }),
    });
  });

async function encode(
  raw: { width: number; height: number; channels: 1 | 3 },
  data: Uint8Array,
  adaptiveFiltering: boolean,
) {
  const colourspace = raw.channels === 1 ? 'b-w' : 'srgb';
  return sharp(data, { raw }).toColourspace(colourspace).png({ adaptiveFiltering }).toBuffer();
}

describe('plain PNGs', () => {
  it('are written as libvips and we ourselves read them', async () => {
    await fc.assert(
      fc.asyncProperty(picture, async ({ shape: { adaptiveFiltering: _, ...raw }, data }) => {
        const file = encodePlainPng({ ...raw, data })!;
        expect(decodePlainPng(file)).toEqual({ ...raw, data });
        const space = raw.channels === 1 ? 'b-w' : 'srgb';
        const read = await sharp(file).toColourspace(space).raw().toBuffer({ resolveWithObject: true });
        expect(read.info).toMatchObject(raw);
        expect(new Uint8Array(read.data)).toEqual(data);
      }),
      { numRuns: 60 },
    );
    expect(
      encodePlainPng({ height: 600, width: 600, channels: 1, data: new Uint8Array(360_000) }),
    ).toBeNull();
  });

  it('are read as they were written, with every filter', async () => {
    await fc.assert(
      fc.asyncProperty(picture, async ({ shape: { adaptiveFiltering, ...raw }, data }) => {
        const file = await encode(raw, data, adaptiveFiltering);
        expect(decodePlainPng(file)).toEqual({ ...raw, data });
      }),
    );
  });

  // RandyGaul/cute_headers #147, SquirrelJME #8: filters that look up on the first line, and to the left over a pixel's bytes. libvips
  // seldom writes the first.
  it('are read with any filter on any line', () => {
    fc.assert(
      fc.property(picture, fc.infiniteStream(fc.integer({ min: 0, max: 4 })), ({ shape, data }, filters) => {
        const { height, width, channels } = shape;
        const stride = width * channels;
        const lines = new Uint8Array(height * (stride + 1));
        for (let row = 0; row < height; row++) {
          const filter = filters.next().value as number;
          lines[row * (stride + 1)] = filter;
          for (let at = 0; at < stride; at++) {
            const [left, above, between] = [
              at < channels ? 0 : data[row * stride + at - channels],
              row === 0 ? 0 : data[(row - 1) * stride + at],
              at < channels || row === 0 ? 0 : data[(row - 1) * stride + at - channels],
            ];
            const guess = left + above - between;
            const [nearest] = [left, above, between].sort(
              (a, b) => Math.abs(guess - a) - Math.abs(guess - b),
            );
            const guesses = [0, left, above, (left + above) >> 1, nearest];
            lines[row * (stride + 1) + 1 + at] = data[row * stride + at] - guesses[filter];
          }
        }
        const header = Buffer.alloc(13);
        header.writeUInt32BE(width, 0);
        header.writeUInt32BE(height, 4);
        header.set([8, channels === 1 ? 0 : 2], 8);
        const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(lines)), chunk('IEND')];
        expect(decodePlainPng(Buffer.concat([SIGNATURE, ...parts]))).toEqual({
          height,
          width,
          channels,
          data,
        });
      }),
    );
  });

  it('that are cut short or damaged anywhere are left to others', async () => {
    const file = await encode({ width: 9, height: 7, channels: 3 }, new Uint8Array(189).fill(77), true);
    for (let end = 0; end < file.length; end++) expect(decodePlainPng(file.subarray(0, end))).toBeNull();
    for (let at = 0; at < file.length; at++) {
      const damaged = Buffer.from(file);
      damaged[at] ^= 0x41;
      expect(decodePlainPng(damaged), String(at)).toBeNull();
    }
  });

  it.each([
    ['palette', (image: Sharp) => image.png({ palette: true })],
    ['interlaced', (image: Sharp) => image.png({ progressive: true })],
    ['with alpha', (image: Sharp) => image.ensureAlpha(0.5).png()],
    ['with 16 bits', (image: Sharp) => image.toColourspace('rgb16').png()],
    ['with a profile', (image: Sharp) => image.withIccProfile('p3').png()],
    ['turned by EXIF', (image: Sharp) => image.withMetadata({ orientation: 6 }).png()],
    ['JPEG', (image: Sharp) => image.jpeg()],
  ])('%s are left to others', async (_, write) => {
    const image = sharp({ create: { width: 6, height: 5, channels: 3, background: '#468' } });
    expect(decodePlainPng(await write(image).toBuffer())).toBeNull();
  });

  it('that unpack to more than they announce are left to others', async () => {
    const file = await encode({ width: 2, height: 2, channels: 1 }, new Uint8Array(4), false);
    const start = file.indexOf('IDAT') - 4;
    const bomb = deflateSync(Buffer.alloc(1 << 20));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bomb.length);
    const crafted = Buffer.concat([
      file.subarray(0, start),
      length,
      Buffer.from('IDAT'),
      bomb,
      Buffer.alloc(4),
    ]);
    expect(decodePlainPng(crafted)).toBeNull();
  });
});

it('grey is the grey of libvips, to one value', async () => {
  const data = Uint8Array.from({ length: 3 * 4096 }, (_, at) => ((at * 2654435761) >>> 13) % 256);
  const theirs = await sharp(data, { raw: { width: 64, height: 64, channels: 3 } })
    .toColourspace('b-w')
    .raw()
    .toBuffer();
  greyOf(data).forEach((value, pixel) => {
    expect(Math.abs(value - theirs[pixel])).toBeLessThanOrEqual(1);
  });
});

describe('resampling', () => {
  it('to the same size changes nothing, and to a part of it takes means', () => {
    const data = Uint8Array.of(0, 10, 20, 30, 40, 50, 60, 70);
    const raster = { height: 2, width: 4, channels: 1, data } as const;
    const whole = { top: 0, left: 0, height: 2, width: 4 };
    expect(resampled(raster, whole, 2, 4)).toEqual(raster);
    expect(resampled(raster, whole, 1, 2).data).toEqual(Uint8Array.of(25, 45));
    expect(resampled(raster, { top: 1, left: 1, height: 1, width: 2 }, 1, 1).data).toEqual(Uint8Array.of(55));
  });

  it('enlarges by cubic convolution: the weights of Keys 1981 at quarters of a pixel, the ends going on', () => {
    const raster = { height: 1, width: 2, channels: 1, data: Uint8Array.of(100, 200) } as const;
    const [near, next, far] = [0.8671875, 0.2265625, -0.0703125];
    const outer = 1 - near - next - far;
    const inside = Math.round(100 * (far + near) + 200 * (next + outer));
    const beyond = Math.round(100 * (1 - far) + 200 * far);
    expect(resampled(raster, { top: 0, left: 0, height: 1, width: 2 }, 1, 4).data).toEqual(
      Uint8Array.of(beyond, inside, 300 - inside, 300 - beyond),
    );
  });

  it('to any size has no side: a mirrored picture becomes the mirrored result', () => {
    const mirrored = (line: Uint8Array) => Uint8Array.from(line).reverse();
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 40 }),
        (data, width) => {
          const bring = (line: Uint8Array) =>
            resampled(
              { height: 1, width: line.length, channels: 1, data: line },
              { top: 0, left: 0, height: 1, width: line.length },
              1,
              width,
            ).data;
          mirrored(bring(mirrored(data))).forEach((value, place) => {
            expect(Math.abs(value - bring(data)[place])).toBeLessThanOrEqual(1);
          });
        },
      ),
    );
  });

  it('of a part that ends within a pixel counts only what lies inside', () => {
    const raster = { height: 1, width: 3, channels: 1, data: Uint8Array.of(10, 20, 200) } as const;
    const part = { top: 0, left: 0, height: 1, width: 2.5 };
    expect(resampled(raster, part, 1, 1).data).toEqual(Uint8Array.of(Math.round((10 + 20 + 100) / 2.5)));
  });

  it('keeps the mean where it shrinks evenly', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 36, maxLength: 36 }), (data) => {
        const raster = { height: 6, width: 6, channels: 1, data } as const;
        const small = resampled(raster, { top: 0, left: 0, height: 6, width: 6 }, 3, 2).data;
        const mean = (values: Uint8Array) => values.reduce((sum, value) => sum + value, 0) / values.length;
        expect(Math.abs(mean(small) - mean(data))).toBeLessThanOrEqual(0.51);
      }),
    );
  });
});
