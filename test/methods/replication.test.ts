// How far neighbourhoods repeat themselves, beside all pairs looked at one by one.
import { describe, expect, it } from 'vitest';
import { type Matrix, matrix } from '#kindred/core/matrix.js';
import { createRandom } from '#kindred/core/random.js';
import { replication } from '#kindred/methods/vectors/replication.js';

const work = { threads: 1, signal: new AbortController().signal };

/** (rows, columns): points of `kinds` places, and noise of the given size. */
function points(rows: number, columns: number, { kinds, size }: { kinds: number; size: number }): Matrix {
  const random = createRandom(7, 'points');
  const places = Array.from({ length: kinds * columns }, () => random.normal());
  const data = Float32Array.from({ length: rows * columns }, (_, at) => {
    const kind = Math.floor(at / columns) % kinds;
    return places[kind * columns + (at % columns)] + size * random.normal();
  });
  return matrix(rows, columns, data);
}

/** The same, slowly: all distances, sorted. */
function slowly({ data, rows, columns }: Matrix): number {
  const used = Math.min(64, columns);
  let found = 0;
  for (let row = 0; row < rows; row++) {
    const [even, odd] = [0, 1].map((first) => {
      const near = Array.from({ length: rows }, (_, other) => {
        let sum = 0;
        for (let column = first; column < used - (used % 2); column += 2) {
          sum += (data[row * columns + column] - data[other * columns + column]) ** 2;
        }
        return { other, sum };
      });
      const others = near.filter(({ other }) => other !== row).sort((a, b) => a.sum - b.sum);
      return new Set(others.slice(0, 10).map(({ other }) => other));
    });
    for (const other of even) if (odd.has(other)) found++;
  }
  return found / rows / 10;
}

describe('replication', () => {
  it.each([
    [120, 8],
    [90, 7],
    [150, 70],
  ])('of %i points of %i numbers is what all pairs say', async (rows, columns) => {
    const x = points(rows, columns, { kinds: 6, size: 0.5 });
    expect(await replication([x], work)).toBeCloseTo(slowly(x), 6);
  });

  it('is high where groups are clear, what chance gives in noise, and the mean of several views', async () => {
    const clear = points(200, 20, { kinds: 18, size: 0.05 });
    const blurred = points(200, 20, { kinds: 1, size: 1 });
    const [high, low] = [await replication([clear], work), await replication([blurred], work)];
    expect(high).toBeGreaterThan(0.8);
    expect(low).toBeLessThan(0.15);
    expect(await replication([clear, blurred], work)).toBeCloseTo((high + low) / 2, 6);
  });
});
