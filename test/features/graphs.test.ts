// Frame, deskewing and gradient histograms: against PyTorch's recorded values, and by hand.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/folders.js';
import { firstDigits } from '../support/mnist.js';
import { relativeError } from '../support/numbers.js';
import { hasPython, runPython } from '../support/peers.js';
import { recorded, unpacked } from './recorded.js';
import { DIGIT, picture, runStages, writeStages } from './views.js';

const { pixels } = firstDigits('t10k', recorded.images);

/** The largest |actual − expected|. */
function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  return Array.from(expected).reduce(
    (most, value, index) => Math.max(most, Math.abs(actual[index] - value)),
    0,
  );
}

describe('on digits', () => {
  it('agrees with PyTorch: deskewed to 1e-5, histograms to 5e-5', async () => {
    const stages = await runStages(pixels, DIGIT);
    expect(difference(stages.deskewed, unpacked(recorded.deskewed))).toBeLessThan(1e-5);
    expect(difference(stages.hogRaw, unpacked(recorded.hog.raw))).toBeLessThan(5e-5);
    expect(difference(stages.hogDeskewed, unpacked(recorded.hog.deskewed))).toBeLessThan(5e-5);
  });

  it('does not touch a picture that lies in the frame', async () => {
    const { frame } = await runStages(pixels, DIGIT);
    expect(Array.from(frame, (value) => Math.round(value * 255))).toEqual(Array.from(pixels));
  });

  it.skipIf(!hasPython('onnxruntime', 'numpy'))('gives the same in Python', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'stages.onnx'), writeStages(DIGIT));
    writeFileSync(join(folder, 'pixels'), pixels);
    const printed = runPython(
      `
import sys, json, numpy, onnxruntime
folder = sys.argv[1]
images = numpy.fromfile(folder + '/pixels', numpy.uint8).reshape(-1, 28, 28, 1)
session = onnxruntime.InferenceSession(folder + '/stages.onnx')
print(json.dumps(session.run(['hogDeskewed'], {'images': images})[0].ravel().tolist()))
`,
      folder,
    );
    const { hogDeskewed } = await runStages(pixels, DIGIT);
    expect(relativeError(JSON.parse(printed), hogDeskewed)).toBeLessThan(1e-5);
  });
});

describe('deskewing', () => {
  const centreOf = (view: Float32Array) => {
    let [ink, x, y, xy] = [0, 0, 0, 0];
    for (const [pixel, value] of view.entries()) {
      const [column, row] = [(pixel % 28) - 13.5, Math.floor(pixel / 28) - 13.5];
      ink += value;
      x += value * column;
      y += value * row;
      xy += value * column * row;
    }
    return { x: x / ink, y: y / ink, slant: xy / ink };
  };

  it('centres a slanted bar and stands it upright', async () => {
    const bar = picture(DIGIT, (row, column) =>
      row >= 4 && row < 20 && Math.abs(column - 8 - row / 3) < 2 ? 255 : 0,
    );
    const { frame, deskewed } = await runStages(bar, DIGIT);
    expect(centreOf(frame).slant).toBeGreaterThan(5);
    const { x, y, slant } = centreOf(deskewed);
    expect([x, y, slant].every((value) => Math.abs(value) < 0.1)).toBe(true);
  });

  it('makes of a picture moved by whole pixels the same view', async () => {
    const blob = (down: number, right: number) =>
      picture(DIGIT, (row, column) => {
        const [y, x] = [row - 10 - down, column - 11 - right];
        return y * y + 2 * x * x + x * y < 30 ? 200 - 10 * y : 0;
      });
    const one = await runStages(blob(0, 0), DIGIT);
    const other = await runStages(blob(5, 4), DIGIT);
    expect(difference(one.hogRaw, other.hogRaw)).toBeGreaterThan(0.1);
    expect(difference(one.deskewed, other.deskewed)).toBeLessThan(1e-4);
  });
});

describe('gradient histograms', () => {
  /** How much of each of the 8 directions the middle cell has; they sum to 1. */
  async function middle(ink: (row: number, column: number) => number): Promise<number[]> {
    const { hogRaw } = await runStages(picture(DIGIT, ink), DIGIT);
    const values = Array.from({ length: 8 }, (_, direction) => hogRaw[direction * 49 + 24] ** 2);
    const total = values.reduce((sum, value) => sum + value, 0);
    return values.map((value) => value / total);
  }
  /** A plane that rises by (x, y) a pixel. */
  const plane = (x: number, y: number) => (row: number, column: number) =>
    128 + x * (column - 13) + y * (row - 13);

  const steps = [
    [1, 0],
    [1, 1],
    [0, 1],
    [-1, 1],
    [-1, 0],
    [-1, -1],
    [0, -1],
    [1, -1],
  ];
  it.each(steps.map(([x, y], direction) => ({ x, y, direction })))(
    'puts the slope ($x, $y) into direction $direction',
    async ({ x, y, direction }) => {
      const shares = await middle(plane(3 * x, 3 * y));
      shares.forEach((share, other) => {
        expect(share).toBeCloseTo(other === direction ? 1 : 0, 4);
      });
    },
  );

  it.each(steps.map(([x, y], direction) => ({ x, y, direction })))(
    'shares a slope between directions $direction and its next by the angle',
    async ({ x, y, direction }) => {
      const next = (direction + 1) % 8;
      // 2 : 1 towards this one.
      const shares = await middle(plane(2 * (2 * x + steps[next][0]), 2 * (2 * y + steps[next][1])));
      const angle = Math.atan2(2 * y + steps[next][1], 2 * x + steps[next][0]);
      const place = ((angle / (2 * Math.PI)) * 8 + 8) % 8;
      expect(shares[next]).toBeCloseTo(place - direction, 4);
      expect(shares[direction]).toBeCloseTo(1 - (place - direction), 4);
    },
  );

  it('gives a blank picture zeros', async () => {
    const stages = await runStages(
      picture(DIGIT, () => 0),
      DIGIT,
    );
    for (const values of Object.values(stages)) expect(values.every((value) => value === 0)).toBe(true);
  });
});

describe('the frame', () => {
  const at = (frame: Float32Array, row: number, column: number) => frame[row * 28 + column];

  it('takes the mean of the channels', async () => {
    const shape = { height: 28, width: 28, channels: 3 };
    const { frame } = await runStages(
      picture(shape, (row, column, channel) => (row + column) * (channel + 1)),
      shape,
    );
    expect(at(frame, 20, 10)).toBeCloseTo((30 + 60 + 90) / 3 / 255, 6);
  });

  it('shrinks to the mean of the area', async () => {
    const shape = { height: 56, width: 56, channels: 1 };
    const { frame } = await runStages(
      picture(shape, (row, column) => row * 2 + (column % 2) * 50),
      shape,
    );
    expect(at(frame, 3, 9)).toBeCloseTo((2 * 6.5 + 25) / 255, 6);
    const uneven = { height: 64, width: 64, channels: 1 };
    const white = await runStages(
      picture(uneven, () => 255),
      uneven,
    );
    expect(white.frame.every((value) => Math.abs(value - 1) < 1e-5)).toBe(true);
  });

  it('enlarges smoothly and stays between black and white', async () => {
    const shape = { height: 8, width: 8, channels: 1 };
    const white = await runStages(
      picture(shape, () => 255),
      shape,
    );
    expect(white.frame.every((value) => Math.abs(value - 1) < 1e-5)).toBe(true);
    const { frame } = await runStages(
      picture(shape, (_, column) => (column < 4 ? 0 : 255)),
      shape,
    );
    expect(Math.min(...frame)).toBe(0);
    expect(Math.max(...frame)).toBe(1);
    // The edge lies in the middle, and either side mirrors the other.
    expect(at(frame, 11, 13) + at(frame, 11, 14)).toBeCloseTo(1, 5);
    expect(at(frame, 11, 10)).toBeLessThan(0.1);
    expect(at(frame, 11, 17)).toBeGreaterThan(0.9);
  });

  it('centres what is not square on black, and keeps its proportions', async () => {
    const wide = { height: 14, width: 56, channels: 1 };
    const { frame } = await runStages(
      picture(wide, () => 255),
      wide,
    );
    const inkOf = (row: number) =>
      frame.subarray(row * 28, (row + 1) * 28).reduce((sum, value) => sum + value, 0);
    expect(Array.from({ length: 28 }, (_, row) => Math.round(inkOf(row)))).toEqual(
      // 56 wide becomes 28; so 14 high becomes 7, rows 21 to 35 of 56.
      Array.from({ length: 28 }, (_, row) =>
        row === 10 || row === 17 ? (row === 10 ? 14 : 14) : row > 10 && row < 17 ? 28 : 0,
      ),
    );
    const tall = { height: 20, width: 3, channels: 1 };
    const line = await runStages(
      picture(tall, (_, column) => (column === 1 ? 255 : 0)),
      tall,
    );
    expect(at(line.frame, 14, 12) + at(line.frame, 14, 13)).toBeGreaterThan(1);
    expect(at(line.frame, 14, 4)).toBe(0);
  });
});
