import { expect, test } from 'vitest';
import { assignToCentres } from '#kindred/cluster/assign.js';
import { kMeans } from '#kindred/cluster/kmeans.js';
import { matrix } from '#kindred/core/matrix.js';
import { formulaRows, fromRows } from './data.js';

test('nearest and second nearest by hand', async () => {
  const x = fromRows([
    [0, 1],
    [3, 4],
    [9, 0],
    [5, 0],
  ]);
  const centres = fromRows([
    [0, 0],
    [10, 0],
    [3, 4],
  ]);
  const found = await assignToCentres(x, centres, { distance: 'euclidean', threads: 1 });
  expect(Array.from(found.assignment)).toEqual([0, 2, 1, 2]);
  const expected = [1, 0, 1, Math.hypot(2, 4)];
  const second = [Math.hypot(3, 3), 5, Math.hypot(6, 4), 5];
  for (const row of x.data.keys()) {
    if (row >= 4) break;
    expect(found.distances[row]).toBeCloseTo(expected[row], 5);
    expect(found.secondDistances[row]).toBeCloseTo(second[row], 5);
  }
});

test('cosine distances are 1 − cos; a row of zeros is 1 from all', async () => {
  const x = fromRows([
    [2, 0],
    [1, 1],
    [-5, 0],
    [0, 0],
  ]);
  const centres = fromRows([
    [3, 0],
    [0, 1],
  ]);
  const { distances, secondDistances } = await assignToCentres(x, centres, {
    distance: 'cosine',
    threads: 1,
  });
  const close = (values: Float32Array, expected: number[]) =>
    expected.forEach((value, row) => {
      expect(values[row]).toBeCloseTo(value, 5);
    });
  close(distances, [0, 1 - Math.SQRT1_2, 1, 1]);
  close(secondDistances, [1, 1 - Math.SQRT1_2, 2, 1]);
});

test.each(['euclidean', 'cosine'] as const)(
  'gives the training rows what k-means gave them (%s)',
  async (distance) => {
    const x = formulaRows(1500, 6);
    const fitted = await kMeans(x, {
      k: 7,
      restarts: 1,
      distance,
      miniBatch: null,
      maxIterations: 50,
      tolerance: 0,
      seed: 2,
      threads: 2,
    });
    const found = await assignToCentres(x, fitted.centres, { distance, threads: 2 });
    expect(found.assignment).toEqual(fitted.assignment);
    const cost = distance === 'cosine' ? (value: number) => value : (value: number) => value * value;
    const inertia = found.distances.reduce((sum, value) => sum + cost(value), 0);
    expect(inertia / fitted.inertia).toBeCloseTo(1, 4);
    expect(found.secondDistances.every((value, row) => value >= found.distances[row])).toBe(true);
  },
);

test('centres of another width are refused', async () => {
  const options = { distance: 'euclidean', threads: 1 } as const;
  await expect(assignToCentres(matrix(3, 4), matrix(2, 5), options)).rejects.toThrow(
    'x has 4 columns but the centres have 5',
  );
  await expect(assignToCentres(matrix(3, 4), matrix(1, 4), options)).rejects.toThrow('2 or more centres');
});
