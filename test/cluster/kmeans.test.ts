import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type KMeansOptions, kMeans } from '#kindred/cluster/kmeans/kmeans.js';
import { InterruptedError } from '#kindred/core/errors.js';
import { type Matrix, matrix, matrixRow } from '#kindred/core/matrix.js';
import { createRandom } from '#kindred/core/random.js';
import { formulaRows, fromRows, plantBlobs, sameGroups } from './data.js';
import { plainLloyd, squared } from './plain-lloyd.js';

const defaults: KMeansOptions = {
  k: 2,
  restarts: 1,
  distance: 'euclidean',
  miniBatch: null,
  maxIterations: 100,
  tolerance: 0,
  seed: 1,
  threads: 1,
};

describe('Lloyd', () => {
  test('1, 2, 3 and 11, 12, 16 by hand', async () => {
    const x = fromRows([[1], [2], [3], [11], [12], [16]]);
    const result = await kMeans(x, { ...defaults, initialCentres: fromRows([[1], [2]]) });
    // {1} {2 3 11 12 16} → 1, 8.8 → {1 2 3} {11 12 16} → 2, 13 → no change.
    expect(Array.from(result.assignment)).toEqual([0, 0, 0, 1, 1, 1]);
    expect(result.centres.data[0]).toBeCloseTo(2, 5);
    expect(result.centres.data[1]).toBeCloseTo(13, 5);
    expect(result.inertia).toBeCloseTo(1 + 0 + 1 + 4 + 1 + 9, 4);
    expect(result).toMatchObject({ iterations: 3, converged: true });
  });

  test('recovers planted blobs up to renaming', async () => {
    const { x, planted } = plantBlobs(3000, 6, 9, 4);
    const result = await kMeans(x, { ...defaults, k: 9, restarts: 3, threads: 2 });
    expect(sameGroups(result.assignment, planted)).toBe(true);
    expect(result.converged).toBe(true);
    expect(result.inertia / (3000 * 6)).toBeCloseTo(1, 1);
  });

  test('follows the plain version from the same start', async () => {
    const sets = fc.record({
      rows: fc.integer({ min: 20, max: 700 }),
      columns: fc.integer({ min: 1, max: 9 }),
      k: fc.integer({ min: 2, max: 6 }),
      passes: fc.integer({ min: 1, max: 12 }),
      seed: fc.nat(),
      offset: fc.constantFrom(0, -300),
    });
    await fc.assert(
      fc.asyncProperty(sets, async ({ rows, columns, k, passes, seed, offset }) => {
        const random = createRandom(seed, 'rows');
        const x = matrix(
          rows,
          columns,
          Float32Array.from({ length: rows * columns }, () => random.normal() + offset),
        );
        const start = matrix(k, columns, x.data.slice(0, k * columns));
        const options = { ...defaults, k, maxIterations: passes, initialCentres: start, threads: 2 };
        const fast = await kMeans(x, options);
        const plain = plainLloyd(rowsOf(x), rowsOf(start), passes);
        expect(fast.inertia / plain.inertia).toBeCloseTo(1, 4);
        for (const [cluster, centre] of plain.centres.entries()) {
          expect(squared(centre, Array.from(matrixRow(fast.centres, cluster)))).toBeLessThan(1e-6);
        }
      }),
      { numRuns: 20, seed: 3 },
    );
  });

  // scikit-learn 1.2.1: KMeans(k, tol=0, max_iter=1000, algorithm='lloyd') on the same formula in numpy.
  test('reaches the inertia that scikit-learn reaches', async () => {
    const x = formulaRows(400, 5);
    const five = await kMeans(x, { ...defaults, k: 5, restarts: 5 });
    expect(five.inertia).toBeCloseTo(6071.489808, 1);
    const twelve = await kMeans(x, { ...defaults, k: 12, restarts: 60 });
    // Its best of 60 starts lies between 4565 and 4588, depending on the seed; of 200 starts, 4557.47.
    expect(twelve.inertia).toBeLessThan(4592);
    expect(twelve.inertia).toBeGreaterThan(4550);
    const firstRows = matrix(12, 5, x.data.slice(0, 60));
    const started = await kMeans(x, { ...defaults, k: 12, initialCentres: firstRows });
    expect(started.inertia).toBeCloseTo(4609.494729, 1);
  });

  test('a looser tolerance stops earlier, and the cap is kept', async () => {
    const x = formulaRows(400, 5);
    const start = { ...defaults, k: 12, initialCentres: matrix(12, 5, x.data.slice(0, 60)) };
    const exact = await kMeans(x, start);
    const loose = await kMeans(x, { ...start, tolerance: 0.05 });
    const capped = await kMeans(x, { ...start, maxIterations: 2 });
    expect(loose.iterations).toBeLessThan(exact.iterations);
    expect(loose.converged).toBe(true);
    // A small tolerance must not end the fit at once: nothing comes before the first pass.
    const close = await kMeans(x, { ...start, tolerance: 1e-6 });
    expect(close.iterations).toBeGreaterThan(3);
    expect(close.inertia / exact.inertia).toBeLessThan(1.001);
    expect(capped).toMatchObject({ iterations: 2, converged: false });
    expect(capped.inertia).toBeGreaterThan(exact.inertia);
  });
});

describe('awkward data', () => {
  test('an empty cluster takes the farthest row', async () => {
    const x = fromRows([[0], [1], [2], [100]]);
    // Both far starts lose every row to the first two centres; each is given a row of its own.
    const start = fromRows([[0], [2], [5000], [6000]]);
    const result = await kMeans(x, { ...defaults, k: 4, initialCentres: start });
    expect(new Set(result.assignment).size).toBe(4);
    expect(result.inertia).toBeCloseTo(0, 8);
  });

  test('fewer distinct rows than centres', async () => {
    const x = fromRows([
      [1, 1],
      [1, 1],
      [1, 1],
      [5, 5],
      [5, 5],
      [5, 5],
    ]);
    for (const distance of ['euclidean', 'cosine'] as const) {
      for (const miniBatch of [null, 3]) {
        const result = await kMeans(x, { ...defaults, k: 5, distance, miniBatch, restarts: 2 });
        expect(result.inertia).toBeCloseTo(0, 5);
        expect(result.centres.data.every(Number.isFinite)).toBe(true);
        expect(result.assignment[0]).toBe(result.assignment[2]);
        if (distance === 'euclidean') expect(result.assignment[0]).not.toBe(result.assignment[3]);
      }
    }
  });

  test('k = n gives every row a cluster of its own', async () => {
    const { x } = plantBlobs(40, 3, 5, 2);
    const result = await kMeans(x, { ...defaults, k: 40 });
    expect(new Set(result.assignment).size).toBe(40);
    expect(result.inertia).toBeCloseTo(0, 6);
  });

  test.each([
    [{ k: 40 }, 'k is 40 but x has 31 rows'],
    [{ k: 1 }, 'k is 1: it must be a whole number, 2 or more'],
    [{ k: 2.5 }, 'k is 2.5'],
    [{ restarts: 0 }, 'restarts is 0'],
    [{ maxIterations: Number.NaN }, 'maxIterations is NaN'],
    [{ threads: -1 }, 'threads is -1'],
    [{ miniBatch: 0 }, 'miniBatch is 0'],
    [{ tolerance: -1e-4 }, 'tolerance is -0.0001'],
    [{ initialCentres: matrix(3, 2) }, 'initialCentres is 3×2: it must be 2×2'],
  ])('%o is refused', async (option, message) => {
    await expect(kMeans(formulaRows(31, 2), { ...defaults, ...option })).rejects.toThrow(message);
  });

  test('a NaN is named by its place', async () => {
    const x = formulaRows(31, 2);
    x.data[13] = Number.NaN;
    await expect(kMeans(x, defaults)).rejects.toThrow('x holds NaN in row 6, column 1');
  });
});

describe('repeatability', () => {
  test('the same seed and threads give the same bytes; other threads the same up to rounding', async () => {
    const x = formulaRows(2000, 7);
    const run = (threads: number) => kMeans(x, { ...defaults, k: 6, restarts: 2, threads });
    const [one, two, again] = [await run(1), await run(2), await run(2)];
    expect(again).toEqual(two);
    expect(one.inertia / two.inertia).toBeCloseTo(1, 5);
    expect(sameGroups(one.assignment, two.assignment)).toBe(true);
  });

  test('the order of the rows does not matter', async () => {
    const { x, planted } = plantBlobs(900, 4, 4, 8);
    const sorted = Array.from(planted.keys()).sort((a, b) => planted[a] - planted[b]);
    const inOrder = fromRows(sorted.map((row) => Array.from(matrixRow(x, row))));
    const result = await kMeans(inOrder, { ...defaults, k: 4, restarts: 3 });
    expect(
      sameGroups(
        result.assignment,
        sorted.map((row) => planted[row]),
      ),
    ).toBe(true);
  });

  test('x in shared memory is used and left as it was', async () => {
    const plain = formulaRows(600, 4);
    const data = new Float32Array(new SharedArrayBuffer(plain.data.byteLength));
    data.set(plain.data);
    const options = { ...defaults, k: 5, threads: 2 };
    expect(await kMeans({ ...plain, data }, options)).toEqual(await kMeans(plain, options));
    expect(data).toEqual(plain.data);
  });
});

describe('cosine', () => {
  test('only the direction of a row counts, and a row of zeros does no harm', async () => {
    const { x } = plantBlobs(600, 5, 5, 6);
    x.data.fill(0, 0, 5);
    const scaled = matrix(
      600,
      5,
      x.data.map((value, at) => value * 2 ** ((Math.floor(at / 5) % 9) - 4)),
    );
    const options = { ...defaults, k: 5, restarts: 2, distance: 'cosine' } as const;
    const [plain, other] = [await kMeans(x, options), await kMeans(scaled, options)];
    expect(other).toEqual(plain);
    for (let cluster = 0; cluster < 5; cluster++) {
      expect(squared(Array.from(matrixRow(plain.centres, cluster)), [0, 0, 0, 0, 0])).toBeCloseTo(1, 5);
    }
  });

  test('Σ 1 − cos by hand', async () => {
    const x = fromRows([
      [1, 1],
      [10, 0],
      [0, 2],
      [-3, 0],
      [0, 0],
    ]);
    const result = await kMeans(x, {
      ...defaults,
      distance: 'cosine',
      initialCentres: fromRows([
        [1, 1],
        [-1, 0],
      ]),
    });
    expect(Array.from(result.assignment.subarray(0, 4))).toEqual([0, 0, 0, 1]);
    expect(result.inertia).toBeCloseTo(2 * (1 - Math.SQRT1_2) + 1, 5);
  });
});

describe('mini-batch', () => {
  test('comes close to the full batch', async () => {
    const x = formulaRows(3000, 6);
    const options = { ...defaults, k: 8, restarts: 2, tolerance: 1e-4, threads: 2 };
    const full = await kMeans(x, options);
    const mini = await kMeans(x, { ...options, miniBatch: 256 });
    expect(mini.inertia / full.inertia).toBeLessThan(1.05);
    expect(await kMeans(x, { ...options, miniBatch: 256 })).toEqual(mini);
  });

  test.each(['euclidean', 'cosine'] as const)('recovers planted blobs (%s)', async (distance) => {
    const { x, planted } = plantBlobs(2000, 6, 6, 5);
    const result = await kMeans(x, { ...defaults, k: 6, miniBatch: 100, distance, maxIterations: 10 });
    expect(sameGroups(result.assignment, planted)).toBe(true);
  });

  test('a centre that sees no rows starts again', async () => {
    const { x } = plantBlobs(1000, 3, 3, 7);
    const initialCentres = fromRows([
      [0, 0, 0],
      [10, 10, 10],
      [1e5, 1e5, 1e5],
    ]);
    const result = await kMeans(x, { ...defaults, k: 3, miniBatch: 50, maxIterations: 30, initialCentres });
    expect(new Set(result.assignment).size).toBe(3);
  });
});

describe('progress and interruption', () => {
  test('reports passes up to the total', async () => {
    const seen: number[] = [];
    const options = { ...defaults, restarts: 2, maxIterations: 20 };
    await kMeans(formulaRows(300, 3), { ...options, report: ({ done }) => seen.push(done) });
    expect(seen.toSorted((a, b) => a - b)).toEqual(seen);
    expect([seen[0], seen.at(-1)]).toEqual([0, 40]);
  });

  test('an abort ends the work at once', async () => {
    const aborter = new AbortController();
    const report = () => aborter.abort();
    const endless = { ...defaults, k: 50, restarts: 1_000_000, threads: 2, report, signal: aborter.signal };
    await expect(kMeans(formulaRows(5000, 8), endless)).rejects.toThrow(InterruptedError);
    await expect(kMeans(formulaRows(50, 8), { ...defaults, signal: AbortSignal.abort() })).rejects.toThrow(
      InterruptedError,
    );
  });
});

test('nothing keeps the process alive after the result', () => {
  const program = `
    import { kMeans } from '#kindred/cluster/kmeans/kmeans.js';
    const x = { data: Float32Array.from({ length: 900 }, (_, at) => at % 7), rows: 300, columns: 3 };
    const options = ${JSON.stringify({ ...defaults, threads: 2 })};
    process.stdout.write(String((await kMeans(x, options)).assignment.length));`;
  const result = spawnSync(process.execPath, ['--input-type=module', '-e', program], { timeout: 60_000 });
  expect(result.stdout.toString()).toBe('300');
  expect(result.status).toBe(0);
});

function rowsOf(m: Matrix): number[][] {
  return Array.from({ length: m.rows }, (_, row) => Array.from(matrixRow(m, row)));
}
