// The kernel beside the same correlations in plain words.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createShiftedCorrelation } from '#kindred/cluster/copies/shifted-correlation.js';
import { createRandom } from '#kindred/core/random.js';

/** Pearson's r of a and of b moved by (down, right), pixel by pixel; 0 where one of the two parts is flat. */
function plainCorrelation(a: Uint8Array, b: Uint8Array, side: number, down: number, right: number): number {
  const pairs: [number, number][] = [];
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [fromRow, fromColumn] = [row - down, column - right];
      if (fromRow < 0 || fromRow >= side || fromColumn < 0 || fromColumn >= side) continue;
      pairs.push([a[row * side + column], b[fromRow * side + fromColumn]]);
    }
  }
  const mean = (at: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[at], 0) / pairs.length;
  const [meanA, meanB] = [mean(0), mean(1)];
  let [products, squaresA, squaresB] = [0, 0, 0];
  for (const [x, y] of pairs) {
    products += (x - meanA) * (y - meanB);
    squaresA += (x - meanA) ** 2;
    squaresB += (y - meanB) ** 2;
  }
  return squaresA < 1e-9 || squaresB < 1e-9 ? 0 : products / Math.sqrt(squaresA * squaresB);
}

function plainBest(a: Uint8Array, b: Uint8Array, side: number): number {
  const found: number[] = [];
  for (const down of [-1, 0, 1]) {
    for (const right of [-1, 0, 1]) {
      if (down !== 0 || right !== 0) found.push(plainCorrelation(a, b, side, down, right));
    }
  }
  return Math.max(...found);
}

describe('the greatest correlation of shifts', () => {
  it('is what plain sums say, for any side, images in any order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 40 }), fc.nat(), async (side, seed) => {
        const random = createRandom(seed, 'shifted');
        const data = Uint8Array.from({ length: 4 * side * side }, () => random.integer(256));
        const image = (at: number) => data.subarray(at * side * side, (at + 1) * side * side);
        const correlation = await createShiftedCorrelation(data, side);
        for (const [a, b] of [
          [0, 1],
          [0, 2],
          [3, 2],
          [2, 3],
          [1, 1],
        ]) {
          expect(correlation(a, b)).toBeCloseTo(plainBest(image(a), image(b), side), 9);
        }
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    [1, 0],
    [-1, 1],
    [0, -1],
  ])('is 1 for an image and itself moved by (%i, %i)', async (down, right) => {
    const side = 28;
    const random = createRandom(1, 'moved');
    const still = Uint8Array.from({ length: side * side }, () => random.integer(256));
    const moved = still.map((_, at) => {
      const [row, column] = [Math.floor(at / side) - down, (at % side) - right];
      return row < 0 || row >= side || column < 0 || column >= side ? 0 : still[row * side + column];
    });
    const correlation = await createShiftedCorrelation(Uint8Array.from([...still, ...moved]), side);
    expect(correlation(0, 1)).toBeCloseTo(1, 12);
    expect(correlation(1, 0)).toBeCloseTo(1, 12);
  });

  it('is 0 for a flat image, and of white ones no sum overflows', async () => {
    const side = 255;
    const data = new Uint8Array(2 * side * side).fill(255);
    data[7] = 0;
    const correlation = await createShiftedCorrelation(data, side);
    expect(correlation(0, 1)).toBe(0);
    expect(correlation(0, 0)).toBeCloseTo(
      plainBest(data.subarray(0, side * side), data.subarray(0, side * side), side),
      9,
    );
  });

  it('refuses sides whose sums do not fit', async () => {
    await expect(createShiftedCorrelation(new Uint8Array(256 * 256), 256)).rejects.toThrow(RangeError);
  });
});
