// Resizing held against Pillow's own, byte for byte.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FILTERS, filtered } from '../../dist/core/pictures/filtering.js';
import type { Raster } from '../../dist/core/pictures/raster.js';
import { createRandom } from '../../dist/core/random.js';
import { hasPython, runPython } from '../support/peers.js';

/** Noise with hard edges, so that cubics overshoot. */
function noise(height: number, width: number, channels: 1 | 3, seed = height * width): Raster {
  const random = createRandom(seed, 'noise');
  const data = Uint8Array.from({ length: height * width * channels }, () => {
    const value = random.integer(256);
    return value < 64 ? 0 : value > 192 ? 255 : value;
  });
  return { height, width, channels, data };
}

const RESIZE = `
import json, sys
from PIL import Image
for line in open(sys.argv[1]):
    height, width, mode, data, rows, columns, resample = json.loads(line)
    image = Image.frombytes(mode, (width, height), bytes.fromhex(data))
    # Across first in every version; 13.0 picks the order by the sizes.
    print(image.resize((columns, height), resample).resize((columns, rows), resample).tobytes().hex())
`;

const SIZES = [
  [
    [1, 1],
    [5, 7],
  ],
  [
    [1, 40],
    [1, 7],
  ],
  [
    [37, 1],
    [10, 1],
  ],
  [
    [1, 9],
    [9, 1],
  ],
  [
    [9, 13],
    [9, 5],
  ],
  [
    [9, 13],
    [4, 13],
  ],
  [
    [12, 10],
    [6, 5],
  ],
  [
    [60, 40],
    [32, 32],
  ],
  [
    [30, 41],
    [30, 41],
  ],
  [
    [31, 47],
    [32, 46],
  ],
  [
    [60, 90],
    [7, 11],
  ],
  [
    [8, 6],
    [53, 71],
  ],
  [
    [300, 200],
    [1, 1],
  ],
  [
    [97, 203],
    [64, 128],
  ],
  [
    [224, 224],
    [256, 256],
  ],
] as const;

describe.skipIf(!hasPython('PIL'))("Pillow's resize", async () => {
  const { writeFileSync } = await import('node:fs');
  const { join } = await import('node:path');
  const { temporaryFolder } = await import('../support/folders.js');

  it('is matched byte by byte, by every filter, up and down, in grey and RGB', () => {
    const cases = FILTERS.flatMap((filter, resample) =>
      SIZES.flatMap(([from, to]) =>
        ([1, 3] as const).map((channels) => ({
          filter,
          resample,
          to,
          raster: noise(from[0], from[1], channels),
        })),
      ),
    );
    const path = join(temporaryFolder(), 'cases.jsonl');
    const lines = cases.map(({ raster: { height, width, channels, data }, to, resample }) =>
      JSON.stringify([
        height,
        width,
        channels === 1 ? 'L' : 'RGB',
        Buffer.from(data).toString('hex'),
        ...to,
        resample,
      ]),
    );
    writeFileSync(path, lines.join('\n'));
    const theirs = runPython(RESIZE, path).trimEnd().split('\n');
    cases.forEach(({ raster, to: [height, width], filter }, at) => {
      const ours = filtered(raster, height, width, filter);
      const name = `${filter} ${raster.height}x${raster.width} to ${height}x${width} of ${raster.channels}`;
      expect(Buffer.from(ours.data).toString('hex') === theirs[at], name).toBe(true);
    });
  });
});

describe('a filter', () => {
  const side = fc.integer({ min: 1, max: 40 });

  it('keeps one colour, whatever the sizes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...FILTERS),
        side,
        side,
        side,
        side,
        fc.nat(255),
        (filter, h, w, a, b, value) => {
          const raster = {
            height: h,
            width: w,
            channels: 3,
            data: new Uint8Array(h * w * 3).fill(value),
          } as const;
          expect(new Set(filtered(raster, a, b, filter).data)).toEqual(new Set([value]));
        },
      ),
    );
  });

  it('treats channels alike: grey in RGB is what grey becomes', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FILTERS), side, side, side, side, (filter, h, w, a, b) => {
        const grey = noise(h, w, 1);
        const rgb = Uint8Array.from({ length: h * w * 3 }, (_, at) => grey.data[Math.floor(at / 3)]);
        const wanted = filtered(grey, a, b, filter).data;
        const found = filtered({ ...grey, channels: 3, data: rgb }, a, b, filter).data;
        expect(found.every((value, at) => value === wanted[Math.floor(at / 3)])).toBe(true);
      }),
    );
  });
});
