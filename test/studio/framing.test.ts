// The page's framing of drawings and pictures, held against the one that files of a pile go through.
import { describe, expect, it } from 'vitest';
import type { Raster } from '#kindred/core/pictures/raster.js';
import { fitted } from '#kindred/data/decoding/plain-picture.js';
import { type Framing, frameRaster } from '#kindred/data/framing/framing.js';
import { READING_LIMITS } from '#kindred/data/pictures.js';
import { framed, lookOf } from '../../src/studio/web/framing.js';
import { firstDigits, PIXELS } from '../support/mnist.js';

const side = 28;
const mnist: Framing = { height: side, width: side, channels: 1, polarity: 'keep', crop: 'whole' };
const cut: Framing = { ...mnist, crop: 'content' };

const { pixels } = firstDigits('train', 64);
const digits = Array.from({ length: 64 }, (_, at): Raster => {
  const data = pixels.subarray(at * PIXELS, (at + 1) * PIXELS);
  return { height: side, width: side, channels: 1, data };
});
const look = lookOf(digits);

/** Strokes of a round pen from point to point, on a ground. */
function drawing(
  [height, width]: readonly [number, number],
  points: readonly (readonly [number, number])[],
  [ground, ink] = [0, 255],
): Raster {
  const data = new Uint8Array(height * width).fill(ground);
  points.slice(1).forEach(([toX, toY], at) => {
    const [fromX, fromY] = points[at];
    for (let part = 0; part <= 1; part += 0.005) {
      const [x, y] = [fromX + part * (toX - fromX), fromY + part * (toY - fromY)];
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          if (Math.hypot(column - x, row - y) <= 9) data[row * width + column] = ink;
        }
      }
    }
  });
  return { height, width, channels: 1, data };
}

const seven = [
  [60, 40],
  [150, 50],
  [90, 170],
] as const;
const drawings: readonly (readonly [string, Raster])[] = [
  ['white on black', drawing([200, 200], seven)],
  ['a wide sheet', drawing([180, 260], seven)],
  ['black on white', drawing([200, 200], seven, [255, 0])],
  ['pencil on grey paper', drawing([200, 200], seven, [210, 60])],
  [
    'a small one',
    drawing(
      [90, 90],
      [
        [30, 25],
        [60, 70],
      ],
    ),
  ],
];

/** As `kindred predict` frames a file whose ground is light where the run's is dark. */
function framedByServer(raster: Raster, framing: Framing): Uint8Array {
  const times = framing.crop === 'content' ? 4 : 1;
  const box = { height: side * times, width: side * times, enlarge: framing.crop === 'whole' };
  const polarity = raster.data[0] > 127 ? 'invert' : 'keep';
  return frameRaster(fitted(raster, { channels: framing.channels, box, limits: READING_LIMITS }), {
    ...framing,
    polarity,
  });
}

/** Mean and largest difference of two images. */
function differences(ours: Uint8Array, theirs: Uint8Array): [mean: number, largest: number] {
  expect(ours).toHaveLength(theirs.length);
  const each = Array.from(ours, (value, at) => Math.abs(value - theirs[at]));
  return [each.reduce((sum, value) => sum + value, 0) / each.length, Math.max(...each)];
}

describe("the page's framing", () => {
  it.each(drawings)('cuts %s to its content as the server does', (_, raster) => {
    const [mean, largest] = differences(framed(raster, cut, look), framedByServer(raster, cut));
    expect(mean).toBeLessThan(0.5);
    expect(largest).toBeLessThanOrEqual(3);
  });

  it('gives a drawing the size and the place that MNIST gave its digits', () => {
    expect(look).toMatchObject({ isLight: false, isPlain: true });
    expect(look.share).toBeCloseTo(20 / 28, 6);
    for (const [, raster] of drawings) {
      const [mean] = differences(framed(raster, mnist, look), framedByServer(raster, cut));
      expect(mean).toBeLessThan(0.5);
    }
  });

  it('leaves an image of the dataset as it is', () => {
    for (const digit of digits.slice(0, 8)) expect(framed(digit, mnist, look)).toEqual(digit.data);
  });

  it('takes colour, and makes it grey, as the server does', () => {
    const grey = drawing(
      [120, 150],
      [
        [40, 30],
        [90, 90],
      ],
    );
    const data = new Uint8Array(grey.data.length * 3);
    for (const [at, value] of grey.data.entries()) data.set(value > 0 ? [220, 40, 90] : [0, 0, 30], at * 3);
    const coloured: Raster = { ...grey, channels: 3, data };
    const [mean] = differences(framed(coloured, cut, look), framedByServer(coloured, cut));
    expect(mean).toBeLessThan(1);
    const rgb: Framing = { ...mnist, height: 64, width: 48, channels: 3 };
    const busy = { isLight: false, isPlain: false, share: 1 };
    const whole = fitted(coloured, {
      channels: 3,
      box: { height: 64, width: 48, enlarge: true },
      limits: READING_LIMITS,
    });
    expect(differences(framed(coloured, rgb, busy), frameRaster(whole, rgb))[1]).toBeLessThanOrEqual(2);
  });

  it('draws an empty sheet as empty, and ink dark where the pile lies on white', () => {
    const sheet = drawing([200, 200], []);
    expect(framed(sheet, mnist, look).every((value) => value === 0)).toBe(true);
    const paper = { ...look, isLight: true };
    const onPaper = framed(drawing([200, 200], seven), mnist, paper);
    expect([...onPaper].filter((value) => value > 200).length).toBeGreaterThan(400);
    expect(Math.min(...onPaper)).toBeLessThan(60);
  });
});
