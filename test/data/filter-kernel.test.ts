// The kernel gives the bytes of the plain version, whatever the sizes.
import { describe, expect, it } from 'vitest';
import { FILTERS, filtered } from '#kindred/core/pictures/filtering.js';
import { createRandom } from '#kindred/core/random.js';
import { filteredFast } from '#kindred/data/decoding/filter-kernel.js';

/** Bytes at random, many of them extreme, so that a bicubic overshoots. */
function raster(height: number, width: number, channels: 1 | 3) {
  const random = createRandom(height * 1000 + width, 'pixels');
  const data = Uint8Array.from(
    { length: height * width * channels },
    () => [0, 255, random.integer(256)].at(random.integer(3)) as number,
  );
  return { height, width, channels, data };
}

const SIZES = [
  [1, 1, 260, 260],
  [96, 96, 260, 260],
  [61, 83, 26, 31],
  [300, 7, 5, 260],
  [40, 40, 40, 13],
  [40, 40, 13, 40],
  [5, 2000, 3, 1],
  // Larger than the kernel's memory.
  [3000, 2000, 20, 2400],
] as const;

describe.each(FILTERS)('%s', (filter) => {
  it.each(SIZES)('%d × %d → %d × %d', (height, width, rows, columns) => {
    const picture = raster(height, width, 3);
    const [fast, plain] = [filteredFast, filtered].map((way) => way(picture, rows, columns, filter));
    expect([fast.height, fast.width, fast.channels]).toEqual([rows, columns, 3]);
    expect(Buffer.from(fast.data).equals(Buffer.from(plain.data))).toBe(true);
  });
});

it('grey goes the plain way', () => {
  const picture = raster(9, 14, 1);
  expect(filteredFast(picture, 4, 5, 'bicubic')).toEqual(filtered(picture, 4, 5, 'bicubic'));
});

it('what it returns stays when the next picture comes', () => {
  const first = filteredFast(raster(20, 20, 3), 8, 8, 'bilinear');
  const copy = first.data.slice();
  filteredFast(raster(21, 33, 3), 8, 8, 'bilinear');
  expect(first.data).toEqual(copy);
});
