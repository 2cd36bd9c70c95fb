import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InterruptedError } from '#kindred/core/errors.js';
import { type Matrix, matrix } from '#kindred/core/matrix.js';
import type { Progress } from '#kindred/core/progress.js';
import { createRandom } from '#kindred/core/random.js';
import type { Neighbours } from '#kindred/graph/neighbour-graph.js';
import {
  type NearestOptions,
  nearestAmong,
  nearestNeighbours,
} from '#kindred/graph/neighbours/nearest-neighbours.js';
import { fromRows, plantBlobs } from '../cluster/data.js';
import { plainNearestAmong, plainNearestNeighbours } from './plain-neighbours.js';

const defaults: NearestOptions = { k: 10, threads: 2 };

describe('by hand', () => {
  const line = fromRows([[0], [1], [3], [7], [3]]);

  test('five points on a line', async () => {
    const { count, k, indices, distances } = await nearestNeighbours(line, { ...defaults, k: 2 });
    expect([count, k]).toEqual([5, 2]);
    // Rows 2 and 4 lie in the same place: from rows 1 and 3 the lower one comes first.
    expect(pairs(indices)).toEqual([
      [1, 2],
      [0, 2],
      [4, 1],
      [2, 4],
      [2, 1],
    ]);
    expect(pairs(distances)).toEqual([
      [1, 3],
      [1, 2],
      [0, 2],
      [4, 4],
      [0, 2],
    ]);
  });

  test('among others, a row that is there itself counts', async () => {
    const queries = fromRows([[3], [100]]);
    const { count, k, indices, distances } = await nearestAmong(queries, line, { ...defaults, k: 3 });
    expect([count, k]).toEqual([2, 3]);
    expect(Array.from(indices)).toEqual([2, 4, 1, 3, 2, 4]);
    expect(Array.from(distances)).toEqual([0, 0, 2, 93, 97, 97]);
  });
});

describe('the same bytes as the plain version', () => {
  const spread = [0.3, 1, 1000];
  const cases: [string, Matrix][] = [
    ['two rows', normalRows(2, 3, 1)],
    ['one column', normalRows(500, 1, 2)],
    ['65 columns', normalRows(400, 65, 3)],
    ['16 columns', normalRows(300, 16, 4)],
    ['one more row than two blocks', normalRows(129, 17, 5)],
    ['clusters', plantBlobs(900, 20, 9, 6).x],
    ['far from the origin', scaled(normalRows(400, 24, 7), 1, 1e4)],
    ['tiny values', scaled(normalRows(200, 8, 8), 1e-30, 0)],
    ['huge values', scaled(normalRows(200, 8, 9), 1e37, 0)],
    ['whole numbers, many ties', whole(normalRows(700, 4, 10))],
    ['every row the same', matrix(300, 5)],
    ['one row far away from all others', outlier(normalRows(400, 20, 11), 1e6)],
    ['columns of very different spread', normalRows(400, 30, 12, (column) => spread[column % 3])],
  ];

  test.each(cases)('%s', async (_, x) => {
    const k = Math.min(10, x.rows - 1);
    expectSame(await nearestNeighbours(x, { ...defaults, k }), plainNearestNeighbours(x, k));
  });

  test.each(cases)('among others: %s', async (_, x) => {
    const half = Math.floor(x.rows / 2);
    const queries = matrix(half, x.columns, x.data.slice(0, half * x.columns));
    const references = matrix(x.rows - half, x.columns, x.data.slice(half * x.columns));
    const k = Math.min(7, references.rows);
    const fast = await nearestAmong(queries, references, { ...defaults, k });
    expectSame(fast, plainNearestAmong(queries, references, k));
  });

  test('any shape, with repeated rows', async () => {
    const shapes = fc.record({
      rows: fc.integer({ min: 1, max: 260 }),
      others: fc.integer({ min: 1, max: 200 }),
      columns: fc.integer({ min: 1, max: 40 }),
      k: fc.integer({ min: 1, max: 30 }),
      threads: fc.integer({ min: 1, max: 3 }),
      distinct: fc.integer({ min: 1, max: 200 }),
      power: fc.integer({ min: -3, max: 3 }),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(shapes, async ({ rows, others, columns, k, threads, distinct, power, seed }) => {
        const random = createRandom(seed, 'shapes');
        const pool = scaled(normalRows(distinct, columns, seed), 10 ** power, 10 ** -power);
        const pick = (count: number): Matrix => {
          const picked = Array.from({ length: count }, () => random.integer(distinct) * columns);
          const values = picked.flatMap((at) => Array.from(pool.data.subarray(at, at + columns)));
          return matrix(count, columns, Float32Array.from(values));
        };
        const [x, references] = [pick(rows), pick(others)];
        const self = await nearestNeighbours(x, { k, threads });
        expectSame(self, plainNearestNeighbours(x, Math.min(k, rows - 1)));
        const among = await nearestAmong(x, references, { k, threads });
        expectSame(among, plainNearestAmong(x, references, Math.min(k, others)));
      }),
      { numRuns: 25, seed: 5 },
    );
  });
});

describe('awkward arguments', () => {
  test('k beyond the rows there are gives all of them', async () => {
    const x = normalRows(6, 3, 1);
    expectSame(await nearestNeighbours(x, { ...defaults, k: 50 }), plainNearestNeighbours(x, 5));
    expectSame(await nearestAmong(x, x, { ...defaults, k: 50 }), plainNearestAmong(x, x, 6));
  });

  test('a single row has no neighbours', async () => {
    const alone = await nearestNeighbours(matrix(1, 3), defaults);
    expect(alone).toEqual({ count: 1, k: 0, indices: new Int32Array(0), distances: new Float32Array(0) });
  });

  test.each([
    [{ k: 0 }, 'k is 0: it must be a whole number, 1 or more'],
    [{ k: 2.5 }, 'k is 2.5'],
    [{ threads: 0 }, 'threads is 0'],
  ])('%o is refused', async (option, message) => {
    await expect(nearestNeighbours(matrix(3, 2), { ...defaults, ...option })).rejects.toThrow(message);
  });

  test('a value that is not finite is named by its place', async () => {
    const x = normalRows(9, 4, 1);
    const broken = { ...x, data: x.data.slice() };
    broken.data[13] = Number.NaN;
    await expect(nearestNeighbours(broken, defaults)).rejects.toThrow('x holds NaN in row 3, column 1');
    broken.data[13] = Number.NEGATIVE_INFINITY;
    const among = nearestAmong(x, broken, defaults);
    await expect(among).rejects.toThrow('references holds -Infinity in row 3, column 1');
    await expect(nearestAmong(x, matrix(3, 5), defaults)).rejects.toThrow(
      'queries have 4 columns but references have 5',
    );
  });
});

describe('repeatability', () => {
  test('every number of threads gives the same bytes', async () => {
    const { x } = plantBlobs(3000, 20, 12, 3);
    const one = await nearestNeighbours(x, { k: 10, threads: 1 });
    for (const threads of [2, 3, 5]) expectSame(await nearestNeighbours(x, { k: 10, threads }), one);
  });

  test('x in shared memory is used and left as it was', async () => {
    const x = normalRows(300, 9, 2);
    const data = new Float32Array(new SharedArrayBuffer(x.data.byteLength));
    data.set(x.data);
    expectSame(await nearestNeighbours({ ...x, data }, defaults), await nearestNeighbours(x, defaults));
    expect(data).toEqual(x.data);
  });
});

describe('recorded values', () => {
  // scikit-learn 1.2.1: NearestNeighbors(algorithm='brute') on the same formula in numpy, as float64.
  const x = formulaRows(500, 6, 0);

  test('neighbours of each row', async () => {
    const found = await nearestNeighbours(x, { ...defaults, k: 5 });
    const rows = [0, 123, 499].map((row) => Array.from(found.indices.subarray(row * 5, row * 5 + 5)));
    expect(rows).toEqual([
      [1, 2, 3, 4, 5],
      [124, 122, 305, 312, 25],
      [311, 308, 314, 317, 250],
    ]);
    expect(found.distances[0]).toBeCloseTo(4.76, 4);
    expect(found.distances[123 * 5 + 4]).toBeCloseTo(40.6283, 4);
    expect(found.distances.reduce((sum, distance) => sum + distance, 0)).toBeCloseTo(73462.3142, 1);
    expect(found.indices.reduce((sum, row, at) => sum + row * ((at % 5) + 1), 0)).toBe(1_876_005);
  });

  test('neighbours of other rows', async () => {
    const found = await nearestAmong(formulaRows(40, 6, 555), x, { ...defaults, k: 3 });
    expect(Array.from(found.indices.subarray(0, 3))).toEqual([2, 3, 1]);
    expect(Array.from(found.indices.subarray(39 * 3))).toEqual([48, 229, 45]);
    expect(found.distances.reduce((sum, distance) => sum + distance, 0)).toBeCloseTo(2348.9101, 2);
    expect(found.indices.reduce((sum, row, at) => sum + row * ((at % 3) + 1), 0)).toBe(10_773);
  });
});

describe('progress and interruption', () => {
  test('reports rows up to the total', async () => {
    const seen: Progress[] = [];
    await nearestNeighbours(normalRows(3000, 8, 1), { ...defaults, report: (each) => seen.push(each) });
    const done = seen.map((each) => each.done);
    expect(done.toSorted((a, b) => a - b)).toEqual(done);
    expect([done[0], done.at(-1)]).toEqual([0, 3000]);
    expect(seen[0]).toMatchObject({ stage: 'neighbours', total: 3000, unit: 'rows' });
  });

  test('an abort ends the work at once', async () => {
    const aborter = new AbortController();
    // Round noise: hardly anything can be skipped, much work.
    const x = normalRows(60_000, 64, 1);
    const report = ({ done }: Progress) => done > 0 && aborter.abort();
    const search = nearestNeighbours(x, { ...defaults, report, signal: aborter.signal });
    await expect(search).rejects.toThrow(InterruptedError);
    const late = nearestNeighbours(x, { ...defaults, signal: AbortSignal.abort() });
    await expect(late).rejects.toThrow(InterruptedError);
  });

  test('nothing keeps the process alive after the result', () => {
    const program = `
      import { nearestNeighbours } from '#kindred/graph/neighbours/nearest-neighbours.js';
      const x = { data: Float32Array.from({ length: 900 }, (_, at) => at % 7), rows: 300, columns: 3 };
      process.stdout.write(String((await nearestNeighbours(x, { k: 4, threads: 2 })).indices.length));`;
    const result = spawnSync(process.execPath, ['--input-type=module', '-e', program], { timeout: 60_000 });
    expect(result.stdout.toString()).toBe('1200');
    expect(result.status).toBe(0);
  });
});

function expectSame(found: Neighbours, wanted: Neighbours): void {
  expect([found.count, found.k]).toEqual([wanted.count, wanted.k]);
  expect(found.indices).toEqual(wanted.indices);
  expect(found.distances).toEqual(wanted.distances);
}

function normalRows(
  rows: number,
  columns: number,
  seed: number,
  spread: (column: number) => number = () => 1,
): Matrix {
  const random = createRandom(seed, 'rows');
  const data = Float32Array.from(
    { length: rows * columns },
    (_, at) => random.normal() * spread(at % columns),
  );
  return matrix(rows, columns, data);
}

function scaled({ rows, columns, data }: Matrix, factor: number, offset: number): Matrix {
  return matrix(
    rows,
    columns,
    data.map((value) => value * factor + offset),
  );
}

function whole({ rows, columns, data }: Matrix): Matrix {
  return matrix(rows, columns, data.map(Math.round));
}

function outlier(x: Matrix, value: number): Matrix {
  x.data.fill(value, 0, x.columns);
  return x;
}

/** A fixed data set without ties that Python can make too. */
function formulaRows(rows: number, columns: number, offset: number): Matrix {
  const data = Float32Array.from({ length: rows * columns }, (_, at) => {
    const [i, j] = [Math.floor(at / columns), at % columns];
    return ((i * i * 37 + j * 101 + i * j * j * 13 + offset) % 9973) / 100;
  });
  return matrix(rows, columns, data);
}

function pairs(values: ArrayLike<number>): number[][] {
  return Array.from({ length: values.length / 2 }, (_, row) => [values[row * 2], values[row * 2 + 1]]);
}
